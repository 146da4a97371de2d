namespace Connet.Quic.Core;

/// <summary>What a <see cref="ConnectionEvent"/> reports.</summary>
internal enum ConnectionEventKind
{
    /// <summary>The TLS handshake completed; the peer is authenticated as far as it was asked to be.</summary>
    HandshakeCompleted,

    /// <summary>The handshake waits for <see cref="Connection.CompleteCertificateValidation"/>.</summary>
    PeerCertificateReceived,

    /// <summary>Something happened to a stream: see <see cref="ConnectionEvent.Stream"/>.</summary>
    Stream,

    /// <summary>The connection ended: see <see cref="Connection.CloseReason"/>. No stream event follows.</summary>
    Closed,

    /// <summary>The peer's address changed and the new path was validated (RFC 9000, section 9).</summary>
    PathChanged,

    /// <summary>Datagrams arrived, one or more: see <see cref="Connection.ReadDatagram"/>.</summary>
    DatagramsArrived,
}
