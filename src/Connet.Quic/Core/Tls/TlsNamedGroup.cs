namespace Connet.Quic.Core.Tls;

/// <summary>The key exchange groups of this stack, by their code points (RFC 8446, section 4.2.7).</summary>
internal enum TlsNamedGroup
{
    Secp256r1 = 0x0017,
    X25519 = 0x001d,

    /// <summary>ML-KEM-768 and X25519 together: safe as long as either of the two is.</summary>
    X25519MLKem768 = 0x11ec,
}
