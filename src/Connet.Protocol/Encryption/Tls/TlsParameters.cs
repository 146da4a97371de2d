using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls;

namespace Connet.Protocol.Encryption.Tls;

/// <summary>What both sides offer and accept: TLS 1.3 with Ed25519 certificates, which every peer has (protocol.md section 3).</summary>
internal static class TlsParameters
{
    /// <summary>The bytes of a record's header (RFC 8446, section 5.1).</summary>
    public const int HeaderLength = 5;

    /// <summary>The most plaintext in a record (RFC 8446, section 5.1).</summary>
    public const int MaxPlaintext = 16 * 1024;

    /// <summary>The longest handshake message; those of peers have well under 4 KiB.</summary>
    public const int MaxMessageLength = 32 * 1024;

    /// <summary>The most certificates in a chain. Only the leaf is needed, and only the leaf is looked at.</summary>
    public const int MaxChainLength = 10;

    /// <summary>
    /// Key updates in a row without a byte of data between them. Each costs a derivation of keys and brings nothing.
    /// </summary>
    public const int MaxIdleKeyUpdates = 16;

    /// <summary>Best first. The hybrid one keeps what a relay records today unreadable tomorrow.</summary>
    public static int[] Groups => [NamedGroup.X25519MLKEM768, NamedGroup.x25519];

    /// <summary>Best first.</summary>
    public static int[] CipherSuites =>
        [CipherSuite.TLS_AES_128_GCM_SHA256, CipherSuite.TLS_AES_256_GCM_SHA384, CipherSuite.TLS_CHACHA20_POLY1305_SHA256];

    /// <summary>The one signature scheme. The list is explicit because the engine's own has schemes that TLS 1.3 forbids.</summary>
    public static SignatureAndHashAlgorithm Ed25519 => SignatureScheme.GetSignatureAndHashAlgorithm(SignatureScheme.ed25519);

    /// <summary>The one generator for every session: the engine would otherwise make and seed one per instance.</summary>
    public static SecureRandom Random { get; } = new(new SystemRandomGenerator());
}
