namespace Connet.Quic.Core.Wire.Frames;

/// <summary>DATA_BLOCKED (RFC 9000, section 19.12): the connection's limit stops the sender.</summary>
/// <param name="Limit">The limit that stops it.</param>
internal readonly record struct DataBlockedFrame(long Limit)
{
    /// <summary>Reads the frame after its type. <c>false</c> is a FRAME_ENCODING_ERROR.</summary>
    public static bool TryParse(ref ReadOnlySpan<byte> payload, out DataBlockedFrame frame)
    {
        frame = default;
        if (!VarInt.TryRead(ref payload, out long limit))
        {
            return false;
        }

        frame = new(limit);
        return true;
    }

    /// <summary>Writes the frame with its type; <c>false</c>, and nothing written, if it does not fit.</summary>
    public bool TryWrite(ref Span<byte> destination)
    {
        if (destination.Length < 1 + VarInt.Length(Limit))
        {
            return false;
        }

        FrameTypes.Write(ref destination, FrameType.DataBlocked);
        VarInt.Write(ref destination, Limit);
        return true;
    }
}
