namespace Connet.Quic.Core.Wire.Frames;

/// <summary>DATAGRAM (RFC 9221, section 4): bytes that are sent once. It borrows the packet.</summary>
internal readonly ref struct DatagramFrame(ReadOnlySpan<byte> data)
{
    public ReadOnlySpan<byte> Data { get; } = data;

    /// <summary>
    /// Reads the frame after its type, which says whether it has a length or goes on to the end of the packet. <c>false</c> is
    /// a FRAME_ENCODING_ERROR.
    /// </summary>
    public static bool TryParse(FrameType type, ref ReadOnlySpan<byte> payload, out DatagramFrame frame)
    {
        frame = default;
        long length = payload.Length;
        if (type == FrameType.DatagramWithLength && (!VarInt.TryRead(ref payload, out length) || length > payload.Length))
        {
            return false;
        }

        frame = new(payload[..(int)length]);
        payload = payload[(int)length..];
        return true;
    }

    /// <summary>How many bytes the frame takes with so much data, its type and length included.</summary>
    public static int Size(int dataLength) => 1 + VarInt.Length(dataLength) + dataLength;

    /// <summary>The most data that a frame of so many bytes carries; negative if it carries none at all.</summary>
    public static int LargestData(int frameSize)
    {
        // A length of 64 takes a byte more than one of 63, so there are sizes that no frame has: then the largest below.
        const int LargestOfOneByte = (1 << 6) - 1;
        const int LargestOfTwoBytes = (1 << 14) - 1;
        int data = Math.Min(frameSize - 2, LargestOfOneByte);
        data = Math.Max(data, Math.Min(frameSize - 3, LargestOfTwoBytes));
        return Math.Max(data, frameSize - 5);
    }

    /// <summary>
    /// Writes type and length, which <paramref name="dataLength"/> bytes must follow: always with the length, so that other
    /// frames and padding can come after it. The caller has made sure of the room.
    /// </summary>
    public static void WriteHeader(ref Span<byte> destination, int dataLength)
    {
        FrameTypes.Write(ref destination, FrameType.DatagramWithLength);
        VarInt.Write(ref destination, dataLength);
    }
}
