using Org.BouncyCastle.Crypto.Digests;

namespace Connet.Protocol.Naming;

/// <summary>The short name of a certificate: base32hex of the unkeyed BLAKE2s-256 hash of its DER.</summary>
internal static class CertificateKey
{
    private const int HashLength = 32;

    /// <summary>The key of a certificate.</summary>
    public static string Of(ReadOnlySpan<byte> certificate)
    {
        Blake2sDigest digest = new(HashLength * 8);
        digest.BlockUpdate(certificate);
        Span<byte> hash = stackalloc byte[HashLength];
        digest.DoFinal(hash);
        return Base32Hex.Encode(hash);
    }
}
