using Org.BouncyCastle.Tls;
using CipherSuite = Connet.Quic.Core.Crypto.CipherSuite;

namespace Connet.Quic.Core.Tls;

/// <summary>What a session offers and accepts unless its options say otherwise, and the limits it never leaves.</summary>
internal static class TlsDefaults
{
    /// <summary>The longest handshake message taken, in bytes: a chain of ten ordinary certificates fits.</summary>
    public const int MaxMessageLength = 32_768;

    /// <summary>The most certificates taken in one chain.</summary>
    public const int MaxChainLength = 10;

    /// <summary>The extension that carries transport parameters (RFC 9001, section 8.2).</summary>
    public const int TransportParametersExtension = 0x39;

    public static IReadOnlyList<CipherSuite> CipherSuites { get; } =
        [CipherSuite.Aes128GcmSha256, CipherSuite.Aes256GcmSha384, CipherSuite.ChaCha20Poly1305Sha256];

    public static IReadOnlyList<TlsNamedGroup> Groups { get; } =
        [TlsNamedGroup.X25519MLKem768, TlsNamedGroup.X25519, TlsNamedGroup.Secp256r1];

    /// <summary>The groups a client sends key shares for at once; every other group costs a HelloRetryRequest.</summary>
    public static IReadOnlyList<TlsNamedGroup> KeyShareGroups { get; } = [TlsNamedGroup.X25519MLKem768, TlsNamedGroup.X25519];

    /// <summary>
    /// The signature schemes for CertificateVerify. The list is explicit because the engine's own contains schemes that
    /// TLS 1.3 forbids there, rsa_pkcs1 among them (RFC 8446, section 4.2.3).
    /// </summary>
    public static IReadOnlyList<SignatureAndHashAlgorithm> SignatureAlgorithms { get; } =
    [
        .. new[]
        {
            SignatureScheme.ed25519, SignatureScheme.ecdsa_secp256r1_sha256, SignatureScheme.ecdsa_secp384r1_sha384,
            SignatureScheme.rsa_pss_rsae_sha256, SignatureScheme.rsa_pss_rsae_sha384, SignatureScheme.rsa_pss_rsae_sha512,
            SignatureScheme.rsa_pss_pss_sha256, SignatureScheme.rsa_pss_pss_sha384, SignatureScheme.rsa_pss_pss_sha512,
        }.Select(SignatureScheme.GetSignatureAndHashAlgorithm),
    ];
}
