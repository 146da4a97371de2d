namespace Connet.Quic.Core.Wire.Frames;

/// <summary>RETIRE_CONNECTION_ID (RFC 9000, section 19.16): the sender will not use that ID of the receiver's any more.</summary>
/// <param name="Sequence">The ID's sequence number.</param>
internal readonly record struct RetireConnectionIdFrame(long Sequence)
{
    /// <summary>Reads the frame after its type. <c>false</c> is a FRAME_ENCODING_ERROR.</summary>
    public static bool TryParse(ref ReadOnlySpan<byte> payload, out RetireConnectionIdFrame frame)
    {
        frame = default;
        if (!VarInt.TryRead(ref payload, out long sequence))
        {
            return false;
        }

        frame = new(sequence);
        return true;
    }

    /// <summary>Writes the frame with its type; <c>false</c>, and nothing written, if it does not fit.</summary>
    public bool TryWrite(ref Span<byte> destination)
    {
        if (destination.Length < 1 + VarInt.Length(Sequence))
        {
            return false;
        }

        FrameTypes.Write(ref destination, FrameType.RetireConnectionId);
        VarInt.Write(ref destination, Sequence);
        return true;
    }
}
