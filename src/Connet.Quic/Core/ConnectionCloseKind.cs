namespace Connet.Quic.Core;

/// <summary>Why a connection ended.</summary>
internal enum ConnectionCloseKind
{
    /// <summary>We closed it on the application's wish.</summary>
    LocalApplication,

    /// <summary>We closed it because of a transport or TLS error.</summary>
    LocalTransport,

    /// <summary>The peer's application closed it.</summary>
    PeerApplication,

    /// <summary>The peer closed it with a transport or TLS error.</summary>
    PeerTransport,

    /// <summary>Nothing arrived for the idle timeout (RFC 9000, section 10.1).</summary>
    IdleTimeout,

    /// <summary>The handshake made no progress in time.</summary>
    HandshakeTimeout,

    /// <summary>The peer lost its state and said so (RFC 9000, section 10.3).</summary>
    StatelessReset,

    /// <summary>The peer speaks no version that we speak (RFC 9000, section 6).</summary>
    VersionMismatch,
}
