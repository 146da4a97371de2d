namespace Connet.Quic;

/// <summary>What an endpoint does with a first packet, before any work for TLS.</summary>
public enum QuicAdmission
{
    /// <summary>Goes on with the handshake.</summary>
    Accept,

    /// <summary>Makes the client prove its address first (RFC 9000, section 8.1.2).</summary>
    Retry,

    /// <summary>Answers CONNECTION_REFUSED.</summary>
    Refuse,

    /// <summary>Does not answer.</summary>
    Ignore,
}
