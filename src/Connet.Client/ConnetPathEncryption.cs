namespace Connet.Client;

/// <summary>What keeps the bytes of a path from everybody but the two clients.</summary>
public enum ConnetPathEncryption
{
    /// <summary>Nothing: the relay sees them. Between the clients and the relay they are encrypted all the same.</summary>
    None,

    /// <summary>TLS 1.3 between the clients, through a relay.</summary>
    Tls,

    /// <summary>A key agreement of its own for each connection, and ChaCha20-Poly1305, through a relay.</summary>
    Dhxcp,

    /// <summary>The QUIC connection itself, which is between the clients: a direct path.</summary>
    Quic,
}
