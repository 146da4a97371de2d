namespace Connet.Quic.Core.Wire.Frames;

/// <summary>STREAMS_BLOCKED (RFC 9000, section 19.14): the limit on streams of a kind stops the sender.</summary>
/// <param name="Unidirectional">Which kind of stream.</param>
/// <param name="Limit">The number of streams, at most 2^60.</param>
internal readonly record struct StreamsBlockedFrame(bool Unidirectional, long Limit)
{
    /// <summary>
    /// Reads the frame after its type. <c>false</c> is a FRAME_ENCODING_ERROR: also for more streams than can be numbered.
    /// </summary>
    public static bool TryParse(FrameType type, ref ReadOnlySpan<byte> payload, out StreamsBlockedFrame frame)
    {
        frame = default;
        if (!VarInt.TryRead(ref payload, out long limit) || limit > FrameTypes.MaxStreamCount)
        {
            return false;
        }

        frame = new(type == FrameType.StreamsBlockedUnidirectional, limit);
        return true;
    }

    /// <summary>Writes the frame with its type; <c>false</c>, and nothing written, if it does not fit.</summary>
    public bool TryWrite(ref Span<byte> destination)
    {
        if (destination.Length < 1 + VarInt.Length(Limit))
        {
            return false;
        }

        FrameTypes.Write(ref destination, Unidirectional ? FrameType.StreamsBlockedUnidirectional : FrameType.StreamsBlockedBidirectional);
        VarInt.Write(ref destination, Limit);
        return true;
    }
}
