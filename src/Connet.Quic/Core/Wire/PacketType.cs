namespace Connet.Quic.Core.Wire;

/// <summary>
/// The kinds of packet that a datagram can begin with (RFC 9000, section 17). The first four have the values of the type
/// bits.
/// </summary>
internal enum PacketType
{
    Initial = 0,
    ZeroRtt = 1,
    Handshake = 2,
    Retry = 3,
    VersionNegotiation,

    /// <summary>A long header of a version other than 1: only its connection IDs are known (RFC 8999).</summary>
    UnknownVersion,

    /// <summary>A short header.</summary>
    OneRtt,
}
