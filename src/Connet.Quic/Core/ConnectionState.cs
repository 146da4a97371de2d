namespace Connet.Quic.Core;

/// <summary>Where a connection is in its life (RFC 9000, section 10.2 for the last three).</summary>
internal enum ConnectionState
{
    /// <summary>The TLS handshake is under way.</summary>
    Handshake,

    /// <summary>The TLS handshake is complete; streams may be used.</summary>
    Established,

    /// <summary>We sent CONNECTION_CLOSE and answer stray packets with it until the period ends.</summary>
    Closing,

    /// <summary>The peer closed: nothing is sent any more.</summary>
    Draining,

    /// <summary>Over: the endpoint forgets the connection.</summary>
    Drained,
}
