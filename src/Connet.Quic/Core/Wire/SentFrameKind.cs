namespace Connet.Quic.Core.Wire;

/// <summary>What a sent packet carried, in so far as its acknowledgement or loss has consequences (RFC 9000, section 13.3).</summary>
internal enum SentFrameKind : byte
{
    /// <summary>An ACK frame; <see cref="SentFrame.Offset"/> is its largest acknowledged number.</summary>
    Ack,

    /// <summary>CRYPTO bytes: offset and length.</summary>
    Crypto,

    /// <summary>STREAM bytes: stream, offset, length, fin.</summary>
    Stream,
    ResetStream,
    StopSending,
    MaxData,
    MaxStreamData,
    MaxStreamsBidirectional,
    MaxStreamsUnidirectional,
    DataBlocked,
    StreamDataBlocked,
    StreamsBlockedBidirectional,
    StreamsBlockedUnidirectional,

    /// <summary>NEW_CONNECTION_ID; <see cref="SentFrame.Id"/> is the sequence number.</summary>
    NewConnectionId,

    /// <summary>RETIRE_CONNECTION_ID; <see cref="SentFrame.Id"/> is the sequence number.</summary>
    RetireConnectionId,
    NewToken,
    HandshakeDone,
    Ping,

    /// <summary>Never repeated when lost: the path validator sends a new challenge of its own.</summary>
    PathChallenge,

    /// <summary>Never repeated when lost (RFC 9000, section 13.3).</summary>
    PathResponse,

    /// <summary>The PING and PADDING of a path MTU probe; <see cref="SentFrame.Length"/> is the size probed.</summary>
    MtuProbe,

    /// <summary>DATAGRAM frames, <see cref="SentFrame.Length"/> of them. Never repeated when lost (RFC 9221, section 5.2).</summary>
    Datagram,
}
