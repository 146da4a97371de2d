using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connet.Quic.Core.Tls;

namespace Connet.Quic;

/// <summary>
/// A certificate chain together with the private key of its leaf: what an endpoint authenticates with. Keys are Ed25519,
/// ECDSA on P-256 or P-384, or RSA of at least 2048 bits. Immutable and safe to share between connections and threads.
/// </summary>
public sealed class QuicCertificate
{
    private QuicCertificate(TlsIdentity identity)
    {
        Identity = identity;
        Chain = [.. identity.Chain.Select(certificate => new ReadOnlyMemory<byte>(certificate))];
    }

    /// <summary>The certificates in DER as they are sent, the leaf first.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Chain { get; }

    /// <summary>The leaf certificate in DER: what a peer that pins this endpoint compares with.</summary>
    public ReadOnlyMemory<byte> RawLeaf => Chain[0];

    internal TlsIdentity Identity { get; }

    /// <summary>Reads a chain and its key from PEM text.</summary>
    /// <param name="certificatePem">One or more CERTIFICATE blocks, the leaf first.</param>
    /// <param name="keyPem">The leaf's private key, unencrypted: PKCS#8, SEC1 ("EC PRIVATE KEY") or PKCS#1 ("RSA PRIVATE KEY").</param>
    /// <exception cref="ArgumentException">A part is missing, cannot be read or is not supported, or the key is not the leaf's.</exception>
    public static QuicCertificate FromPem(string certificatePem, string keyPem) => new(TlsIdentity.FromPem(certificatePem, keyPem));

    /// <summary>Reads a chain and its key from PEM files. Both may be the same file.</summary>
    /// <param name="certificatePath">The file with the CERTIFICATE blocks, the leaf first.</param>
    /// <param name="keyPath">The file with the leaf's unencrypted private key.</param>
    /// <exception cref="ArgumentException">A part is missing, cannot be read or is not supported, or the key is not the leaf's.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static QuicCertificate FromPemFiles(string certificatePath, string keyPath) =>
        FromPem(File.ReadAllText(certificatePath), File.ReadAllText(keyPath));

    /// <summary>Takes a chain in DER and its key in PKCS#8.</summary>
    /// <param name="chain">The certificates, the leaf first; they are copied.</param>
    /// <param name="pkcs8">The leaf's private key as an unencrypted PKCS#8 structure.</param>
    /// <exception cref="ArgumentException">A part is missing, cannot be read or is not supported, or the key is not the leaf's.</exception>
    public static QuicCertificate FromDer(IEnumerable<byte[]> chain, ReadOnlySpan<byte> pkcs8) => new(TlsIdentity.FromDer(chain, pkcs8));

    /// <summary>
    /// Takes a platform certificate with its ECDSA or RSA private key, which may be one that cannot be exported. The
    /// platform does not hold Ed25519 keys: give those as PEM or DER.
    /// </summary>
    /// <param name="certificate">The leaf; it may be disposed of afterwards.</param>
    /// <param name="intermediates">The certificates to send after the leaf.</param>
    /// <exception cref="ArgumentException">The certificate has no key of a supported kind.</exception>
    public static QuicCertificate FromX509Certificate(
        X509Certificate2 certificate, params IEnumerable<X509Certificate2> intermediates) =>
        new(TlsIdentity.FromX509(certificate, intermediates));

    /// <summary>Names the leaf by its SHA-256 fingerprint; the key is never shown.</summary>
    public override string ToString() => $"QuicCertificate {{ Leaf = sha256:{Convert.ToHexStringLower(SHA256.HashData(RawLeaf.Span))} }}";
}
