using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Connet.Protocol.Keys;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;

namespace Connet.Protocol.Encryption;

/// <summary>
/// The two keys of one stream that is encrypted by the <c>dhxcp</c> scheme. Its hash H is BLAKE2s-256 keyed with the ASCII text
/// "connet-hash"; HKDF (RFC 5869) runs over H, so HMAC uses H with its block of 64 bytes.
/// </summary>
internal sealed class DhxcpKeys
{
    /// <summary>The bytes of each key.</summary>
    public const int KeyLength = 32;

    private readonly byte[] _source;
    private readonly byte[] _destination;

    private DhxcpKeys(byte[] source, byte[] destination)
    {
        _source = source;
        _destination = destination;
    }

    private static ReadOnlySpan<byte> HashKey => "connet-hash"u8;

    /// <summary>What the source writes with and the destination reads with.</summary>
    public ReadOnlySpan<byte> SourceKey => _source;

    /// <summary>What the destination writes with and the source reads with.</summary>
    public ReadOnlySpan<byte> DestinationKey => _destination;

    /// <summary>Derives the keys at the source.</summary>
    /// <returns>False if the destination's key is none.</returns>
    public static bool TryDeriveAtSource(
        X25519KeyPair own, ReadOnlySpan<byte> destinationPublicKey, [NotNullWhen(true)] out DhxcpKeys? keys)
    {
        keys = own.TryAgree(destinationPublicKey, out byte[]? secret) ? Derive(secret, own.PublicKey, destinationPublicKey) : null;
        return keys is not null;
    }

    /// <summary>Derives the keys at the destination.</summary>
    /// <returns>False if the source's key is none.</returns>
    public static bool TryDeriveAtDestination(
        X25519KeyPair own, ReadOnlySpan<byte> sourcePublicKey, [NotNullWhen(true)] out DhxcpKeys? keys)
    {
        keys = own.TryAgree(sourcePublicKey, out byte[]? secret) ? Derive(secret, sourcePublicKey, own.PublicKey) : null;
        return keys is not null;
    }

    private static DhxcpKeys Derive(byte[] secret, ReadOnlySpan<byte> sourcePublicKey, ReadOnlySpan<byte> destinationPublicKey)
    {
        byte[] hash = Hash(Hash(Padded("connet-hashing"u8), sourcePublicKey), destinationPublicKey);
        byte[] chaining = Expand(secret, Padded("connet-chaining"u8), KeyLength);
        byte[] keys = Expand(hash, chaining, 2 * KeyLength);
        CryptographicOperations.ZeroMemory(secret);
        CryptographicOperations.ZeroMemory(chaining);
        return new DhxcpKeys(keys[..KeyLength], keys[KeyLength..]);
    }

    private static byte[] Padded(ReadOnlySpan<byte> label)
    {
        byte[] padded = new byte[KeyLength];
        label.CopyTo(padded);
        return padded;
    }

    private static byte[] Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        Blake2sDigest digest = NewHash();
        digest.BlockUpdate(first);
        digest.BlockUpdate(second);
        byte[] hash = new byte[KeyLength];
        digest.DoFinal(hash, 0);
        return hash;
    }

    private static byte[] Expand(byte[] inputKey, byte[] salt, int length)
    {
        HkdfBytesGenerator generator = new(NewHash());
        generator.Init(new HkdfParameters(inputKey, salt, []));
        byte[] output = new byte[length];
        generator.GenerateBytes(output, 0, length);
        return output;
    }

    private static Blake2sDigest NewHash() => new(HashKey.ToArray(), KeyLength, null, null);
}
