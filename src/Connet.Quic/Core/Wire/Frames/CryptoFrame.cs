namespace Connet.Quic.Core.Wire.Frames;

/// <summary>CRYPTO (RFC 9000, section 19.6): handshake bytes of one encryption level. It borrows the packet.</summary>
internal readonly ref struct CryptoFrame(long offset, ReadOnlySpan<byte> data)
{
    public long Offset { get; } = offset;

    public ReadOnlySpan<byte> Data { get; } = data;

    /// <summary>Reads the frame after its type. <c>false</c> is a FRAME_ENCODING_ERROR: also for an end beyond 2^62 - 1.</summary>
    public static bool TryParse(ref ReadOnlySpan<byte> payload, out CryptoFrame frame)
    {
        frame = default;
        if (!VarInt.TryRead(ref payload, out long offset)
            || !VarInt.TryRead(ref payload, out long length)
            || length > payload.Length
            || offset > VarInt.MaxValue - length)
        {
            return false;
        }

        frame = new(offset, payload[..(int)length]);
        payload = payload[(int)length..];
        return true;
    }

    /// <summary>How many bytes such a frame takes besides its data.</summary>
    public static int Overhead(long offset, int length) => 1 + VarInt.Length(offset) + VarInt.Length(length);

    /// <summary>
    /// Writes everything but the data, of which <paramref name="length"/> bytes must follow. The caller has made sure of
    /// the room.
    /// </summary>
    public static void WriteHeader(ref Span<byte> destination, long offset, int length)
    {
        FrameTypes.Write(ref destination, FrameType.Crypto);
        VarInt.Write(ref destination, offset);
        VarInt.Write(ref destination, length);
    }
}
