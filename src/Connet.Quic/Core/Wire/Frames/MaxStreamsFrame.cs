namespace Connet.Quic.Core.Wire.Frames;

/// <summary>MAX_STREAMS (RFC 9000, section 19.11): how many streams of a kind may be opened in all.</summary>
/// <param name="Unidirectional">Which kind of stream.</param>
/// <param name="Maximum">The number of streams, at most 2^60.</param>
internal readonly record struct MaxStreamsFrame(bool Unidirectional, long Maximum)
{
    /// <summary>
    /// Reads the frame after its type. <c>false</c> is a FRAME_ENCODING_ERROR: also for more streams than can be numbered.
    /// </summary>
    public static bool TryParse(FrameType type, ref ReadOnlySpan<byte> payload, out MaxStreamsFrame frame)
    {
        frame = default;
        if (!VarInt.TryRead(ref payload, out long maximum) || maximum > FrameTypes.MaxStreamCount)
        {
            return false;
        }

        frame = new(type == FrameType.MaxStreamsUnidirectional, maximum);
        return true;
    }

    /// <summary>Writes the frame with its type; <c>false</c>, and nothing written, if it does not fit.</summary>
    public bool TryWrite(ref Span<byte> destination)
    {
        if (destination.Length < 1 + VarInt.Length(Maximum))
        {
            return false;
        }

        FrameTypes.Write(ref destination, Unidirectional ? FrameType.MaxStreamsUnidirectional : FrameType.MaxStreamsBidirectional);
        VarInt.Write(ref destination, Maximum);
        return true;
    }
}
