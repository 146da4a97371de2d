using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc7748;

namespace Connet.Protocol.Keys;

/// <summary>An X25519 key (RFC 7748), made for one connection or stream.</summary>
internal sealed class X25519KeyPair
{
    /// <summary>The bytes of a secret key, a public key and an agreed secret.</summary>
    public const int KeyLength = 32;

    private readonly byte[] _secret;
    private readonly byte[] _public = new byte[KeyLength];

    private X25519KeyPair(ReadOnlySpan<byte> secret)
    {
        _secret = secret.ToArray();
        X25519.ScalarMultBase(_secret, _public);
    }

    /// <summary>The key to send.</summary>
    public ReadOnlySpan<byte> PublicKey => _public;

    /// <summary>A new random key.</summary>
    public static X25519KeyPair Generate()
    {
        Span<byte> secret = stackalloc byte[KeyLength];
        RandomNumberGenerator.Fill(secret);
        X25519KeyPair pair = new(secret);
        CryptographicOperations.ZeroMemory(secret);
        return pair;
    }

    /// <summary>The key of a known secret.</summary>
    /// <exception cref="ArgumentException">The secret is not 32 bytes long.</exception>
    public static X25519KeyPair FromSecret(ReadOnlySpan<byte> secret) =>
        secret.Length == KeyLength ? new(secret) : throw new ArgumentException("An X25519 secret has 32 bytes.", nameof(secret));

    /// <summary>Agrees on a secret.</summary>
    /// <returns>
    /// False if the other key has the wrong length or is one of the few that lead to the all-zero secret whatever ours is
    /// (RFC 7748 section 6.1).
    /// </returns>
    public bool TryAgree(ReadOnlySpan<byte> otherPublicKey, [NotNullWhen(true)] out byte[]? secret)
    {
        secret = null;
        if (otherPublicKey.Length != KeyLength)
        {
            return false;
        }

        byte[] agreed = new byte[KeyLength];
        if (!X25519.CalculateAgreement(_secret, 0, otherPublicKey.ToArray(), 0, agreed, 0))
        {
            return false;
        }

        secret = agreed;
        return true;
    }
}
