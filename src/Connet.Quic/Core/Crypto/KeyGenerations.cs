using System.Security.Cryptography;

namespace Connet.Quic.Core.Crypto;

/// <summary>
/// The sequence of packet keys of one direction (RFC 9001, section 6.1): the current one, and the next one made ahead of
/// time, so that a packet of either takes equally long (section 9.5).
/// </summary>
internal sealed class KeyGenerations : IDisposable
{
    private readonly CryptoProvider _provider;
    private readonly CipherSuite _suite;
    private readonly byte[] _followingSecret;

    public KeyGenerations(CryptoProvider provider, CipherSuite suite, ReadOnlySpan<byte> firstSecret)
    {
        _provider = provider;
        _suite = suite;
        _followingSecret = firstSecret.ToArray();
        Current = MakeFollowing();
        Next = MakeFollowing();
    }

    /// <summary>The key of the current generation.</summary>
    public PacketKey Current { get; private set; }

    /// <summary>The key of the generation after it.</summary>
    public PacketKey Next { get; private set; }

    /// <summary>Moves on by one generation and hands the key of the previous one to the caller, who disposes it.</summary>
    public PacketKey Advance()
    {
        PacketKey previous = Current;
        Current = Next;
        Next = MakeFollowing();
        return previous;
    }

    public void Dispose()
    {
        Current.Dispose();
        Next.Dispose();
        CryptographicOperations.ZeroMemory(_followingSecret);
    }

    /// <summary>Makes one more key and replaces the secret that it came from by its successor.</summary>
    private PacketKey MakeFollowing()
    {
        PacketKey key = PacketKey.Create(_provider, _suite, _followingSecret);
        Span<byte> successor = stackalloc byte[_followingSecret.Length];
        KeyDerivation.ExpandLabel(CipherSuiteParameters.Hash(_suite), _followingSecret, "quic ku"u8, successor);
        successor.CopyTo(_followingSecret);
        CryptographicOperations.ZeroMemory(successor);
        return key;
    }
}
