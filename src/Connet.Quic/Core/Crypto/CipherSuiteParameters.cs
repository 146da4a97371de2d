using System.Security.Cryptography;

namespace Connet.Quic.Core.Crypto;

/// <summary>The sizes, the hash and the usage limits that go with a cipher suite.</summary>
internal static class CipherSuiteParameters
{
    /// <summary>The longest packet protection key of any suite.</summary>
    public const int MaxKeyLength = 32;

    /// <summary>The longest traffic secret of any suite: the output of SHA-384.</summary>
    public const int MaxHashLength = 48;

    /// <summary>The length of the packet protection key, and of the header protection key (RFC 9001, section 5.4.1).</summary>
    public static int KeyLength(CipherSuite suite) => suite switch
    {
        CipherSuite.Aes128GcmSha256 => 16,
        CipherSuite.Aes256GcmSha384 or CipherSuite.ChaCha20Poly1305Sha256 => 32,
        _ => throw Unknown(suite),
    };

    /// <summary>The hash of the suite's key schedule.</summary>
    public static HashAlgorithmName Hash(CipherSuite suite) => suite switch
    {
        CipherSuite.Aes128GcmSha256 or CipherSuite.ChaCha20Poly1305Sha256 => HashAlgorithmName.SHA256,
        CipherSuite.Aes256GcmSha384 => HashAlgorithmName.SHA384,
        _ => throw Unknown(suite),
    };

    /// <summary>The length of the suite's traffic secrets.</summary>
    public static int HashLength(CipherSuite suite) => suite == CipherSuite.Aes256GcmSha384 ? 48 : 32;

    /// <summary>How many packets one key may seal (RFC 9001, section 6.6). ChaCha20 has no limit below that of packet numbers.</summary>
    public static long ConfidentialityLimit(CipherSuite suite) =>
        suite == CipherSuite.ChaCha20Poly1305Sha256 ? 1L << 62 : 1L << 23;

    /// <summary>How many packets of one connection may fail to open, over all its keys (RFC 9001, section 6.6).</summary>
    public static long IntegrityLimit(CipherSuite suite) =>
        suite == CipherSuite.ChaCha20Poly1305Sha256 ? 1L << 36 : 1L << 52;

    /// <exception cref="ArgumentException">The key does not have the suite's length.</exception>
    public static void RequireKeyLength(CipherSuite suite, ReadOnlySpan<byte> key)
    {
        if (key.Length != KeyLength(suite))
        {
            throw new ArgumentException($"A key of {suite} has {KeyLength(suite)} bytes, not {key.Length}.", nameof(key));
        }
    }

    private static ArgumentOutOfRangeException Unknown(CipherSuite suite) => new(nameof(suite), suite, "Not a cipher suite of QUIC.");
}
