namespace Connet.Quic.Core.Wire;

/// <summary>The frame types of RFC 9000, section 19, and RFC 9221, section 4.</summary>
internal enum FrameType : byte
{
    Padding = 0x00,
    Ping = 0x01,
    Ack = 0x02,
    AckEcn = 0x03,
    ResetStream = 0x04,
    StopSending = 0x05,
    Crypto = 0x06,
    NewToken = 0x07,

    /// <summary>The first of eight, 0x08 to 0x0f: the low bits say FIN (1), LEN (2) and OFF (4).</summary>
    Stream = 0x08,
    MaxData = 0x10,
    MaxStreamData = 0x11,
    MaxStreamsBidirectional = 0x12,
    MaxStreamsUnidirectional = 0x13,
    DataBlocked = 0x14,
    StreamDataBlocked = 0x15,
    StreamsBlockedBidirectional = 0x16,
    StreamsBlockedUnidirectional = 0x17,
    NewConnectionId = 0x18,
    RetireConnectionId = 0x19,
    PathChallenge = 0x1a,
    PathResponse = 0x1b,
    ConnectionClose = 0x1c,
    ConnectionCloseApplication = 0x1d,
    HandshakeDone = 0x1e,

    /// <summary>A DATAGRAM that goes on to the end of its packet.</summary>
    Datagram = 0x30,

    /// <summary>A DATAGRAM that says its length.</summary>
    DatagramWithLength = 0x31,
}
