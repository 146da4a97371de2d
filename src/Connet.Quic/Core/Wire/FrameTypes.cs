using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Wire;

/// <summary>What holds for frame types as such: how they are read, where they may stand, which call for an acknowledgement.</summary>
internal static class FrameTypes
{
    /// <summary>The most streams of one kind that a connection can have: more could not be numbered (RFC 9000, section 4.6).</summary>
    public const long MaxStreamCount = 1L << 60;

    private const byte I = 1 << (int)EncryptionLevel.Initial;
    private const byte H = 1 << (int)EncryptionLevel.Handshake;
    private const byte A = 1 << (int)EncryptionLevel.Application;

    // RFC 9000, table 3, by frame type from 0x00 to 0x1e.
    private static ReadOnlySpan<byte> AllowedLevels =>
    [
        I | H | A, I | H | A, I | H | A, I | H | A, A, A, I | H | A, A,
        A, A, A, A, A, A, A, A,
        A, A, A, A, A, A, A, A,
        A, A, A, A, I | H | A, A, A,
    ];

    /// <summary>
    /// Reads a frame type and advances past it. A longer form than needed is a PROTOCOL_VIOLATION (RFC 9000, section
    /// 12.4), an unknown or truncated type a FRAME_ENCODING_ERROR. STREAM types 0x08 to 0x0f come out as they are.
    /// </summary>
    public static TransportErrorCode TryRead(ref ReadOnlySpan<byte> payload, out FrameType type)
    {
        int before = payload.Length;
        type = FrameType.Padding;
        if (!VarInt.TryRead(ref payload, out long value))
        {
            return TransportErrorCode.FrameEncodingError;
        }

        if (before - payload.Length != VarInt.Length(value))
        {
            return TransportErrorCode.ProtocolViolation;
        }

        if (value > (long)FrameType.HandshakeDone && !IsDatagram((FrameType)Math.Min(value, byte.MaxValue)))
        {
            return TransportErrorCode.FrameEncodingError;
        }

        type = (FrameType)value;
        return TransportErrorCode.NoError;
    }

    /// <summary>Writes a frame type and advances past it.</summary>
    public static void Write(ref Span<byte> destination, FrameType type)
    {
        destination[0] = (byte)type;
        destination = destination[1..];
    }

    /// <summary>Whether this is one of the eight STREAM types.</summary>
    public static bool IsStream(FrameType type) => ((byte)type & 0xf8) == (byte)FrameType.Stream;

    /// <summary>Whether this is one of the two DATAGRAM types (RFC 9221, section 4).</summary>
    public static bool IsDatagram(FrameType type) => type is FrameType.Datagram or FrameType.DatagramWithLength;

    /// <summary>Whether a frame may stand in a packet of that level (RFC 9000, table 3; RFC 9221, section 4). If not: PROTOCOL_VIOLATION.</summary>
    public static bool IsAllowed(FrameType type, EncryptionLevel level)
    {
        if (IsDatagram(type))
        {
            return level == EncryptionLevel.Application;
        }

        ReadOnlySpan<byte> allowed = AllowedLevels;
        return (byte)type < allowed.Length && (allowed[(byte)type] & (1 << (int)level)) != 0;
    }

    /// <summary>
    /// Whether a packet with such a frame must be acknowledged (RFC 9000, section 13.2): all but PADDING, ACK and
    /// CONNECTION_CLOSE.
    /// </summary>
    public static bool IsAckEliciting(FrameType type) => type is not (FrameType.Padding or FrameType.Ack or FrameType.AckEcn
        or FrameType.ConnectionClose or FrameType.ConnectionCloseApplication);
}
