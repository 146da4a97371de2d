namespace Connet.Quic.Core.Wire.Frames;

/// <summary>MAX_DATA (RFC 9000, section 19.9): the connection's flow control limit.</summary>
/// <param name="Maximum">How many bytes may be sent in all.</param>
internal readonly record struct MaxDataFrame(long Maximum)
{
    /// <summary>Reads the frame after its type. <c>false</c> is a FRAME_ENCODING_ERROR.</summary>
    public static bool TryParse(ref ReadOnlySpan<byte> payload, out MaxDataFrame frame)
    {
        frame = default;
        if (!VarInt.TryRead(ref payload, out long maximum))
        {
            return false;
        }

        frame = new(maximum);
        return true;
    }

    /// <summary>Writes the frame with its type; <c>false</c>, and nothing written, if it does not fit.</summary>
    public bool TryWrite(ref Span<byte> destination)
    {
        if (destination.Length < 1 + VarInt.Length(Maximum))
        {
            return false;
        }

        FrameTypes.Write(ref destination, FrameType.MaxData);
        VarInt.Write(ref destination, Maximum);
        return true;
    }
}
