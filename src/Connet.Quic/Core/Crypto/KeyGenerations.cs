using System.Security.Cryptography;

namespace Connet.Quic.Core.Crypto;

/// <summary>The sequence of packet keys of one direction: each call gives the next generation (RFC 9001, section 6.1).</summary>
internal sealed class KeyGenerations(CryptoProvider provider, CipherSuite suite, ReadOnlySpan<byte> firstSecret) : IDisposable
{
    private readonly byte[] _secret = firstSecret.ToArray();

    /// <summary>Makes the key of the next generation and forgets the secret it came from.</summary>
    public PacketKey Next()
    {
        PacketKey key = PacketKey.Create(provider, suite, _secret);
        Span<byte> following = stackalloc byte[_secret.Length];
        KeyDerivation.ExpandLabel(CipherSuiteParameters.Hash(suite), _secret, "quic ku"u8, following);
        following.CopyTo(_secret);
        CryptographicOperations.ZeroMemory(following);
        return key;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_secret);
}
