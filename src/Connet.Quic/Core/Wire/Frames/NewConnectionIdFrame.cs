using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Wire.Frames;

/// <summary>NEW_CONNECTION_ID (RFC 9000, section 19.15): another ID by which the sender can be reached.</summary>
/// <param name="Sequence">The ID's number; each has its own.</param>
/// <param name="RetirePriorTo">The receiver is to retire the IDs with smaller numbers.</param>
/// <param name="ConnectionId">The ID, 1 to 20 bytes.</param>
/// <param name="Token">The stateless reset token that goes with it.</param>
internal readonly record struct NewConnectionIdFrame(long Sequence, long RetirePriorTo, ConnectionId ConnectionId, StatelessResetToken Token)
{
    /// <summary>
    /// Reads the frame after its type. <c>false</c> is a FRAME_ENCODING_ERROR: also for a length of 0 or above 20, or a
    /// Retire Prior To beyond the sequence number.
    /// </summary>
    public static bool TryParse(ref ReadOnlySpan<byte> payload, out NewConnectionIdFrame frame)
    {
        frame = default;
        if (!VarInt.TryRead(ref payload, out long sequence)
            || !VarInt.TryRead(ref payload, out long retirePriorTo)
            || retirePriorTo > sequence
            || payload.IsEmpty)
        {
            return false;
        }

        int length = payload[0];
        if (length is 0 or > ConnectionId.MaxLength || payload.Length < 1 + length + StatelessResetToken.Length)
        {
            return false;
        }

        frame = new(
            sequence,
            retirePriorTo,
            new ConnectionId(payload.Slice(1, length)),
            new StatelessResetToken(payload.Slice(1 + length, StatelessResetToken.Length)));
        payload = payload[(1 + length + StatelessResetToken.Length)..];
        return true;
    }

    /// <summary>Writes the frame with its type; <c>false</c>, and nothing written, if it does not fit.</summary>
    public bool TryWrite(ref Span<byte> destination)
    {
        int length = 1 + VarInt.Length(Sequence) + VarInt.Length(RetirePriorTo) + 1 + ConnectionId.Length + StatelessResetToken.Length;
        if (destination.Length < length)
        {
            return false;
        }

        FrameTypes.Write(ref destination, FrameType.NewConnectionId);
        VarInt.Write(ref destination, Sequence);
        VarInt.Write(ref destination, RetirePriorTo);
        destination[0] = (byte)ConnectionId.Length;
        ConnectionId.CopyTo(destination[1..]);
        Token.CopyTo(destination[(1 + ConnectionId.Length)..]);
        destination = destination[(1 + ConnectionId.Length + StatelessResetToken.Length)..];
        return true;
    }
}
