using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1.X509;

namespace Connet.Quic.Core.Tls;

/// <summary>A certificate chain and the private key of its leaf. Immutable; shared by any number of connections.</summary>
internal sealed class TlsIdentity
{
    private TlsIdentity(IReadOnlyList<byte[]> chain, SigningKey key)
    {
        Chain = chain;
        Key = key;
    }

    /// <summary>The certificates as they are sent, leaf first.</summary>
    public IReadOnlyList<byte[]> Chain { get; }

    public SigningKey Key { get; }

    /// <summary>Takes certificates (leaf first) and an unencrypted PKCS#8, SEC1 or PKCS#1 key in PEM.</summary>
    /// <exception cref="ArgumentException">No certificate, no usable key, or a key that does not belong to the leaf.</exception>
    public static TlsIdentity FromPem(string certificatePem, string keyPem)
    {
        ArgumentNullException.ThrowIfNull(certificatePem);
        ArgumentNullException.ThrowIfNull(keyPem);
        byte[] pkcs8 = PemKeys.ReadPkcs8(keyPem);
        try
        {
            return FromDer(PemKeys.ReadCertificates(certificatePem), pkcs8);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    /// <summary>Takes certificates (leaf first) and an unencrypted PKCS#8 key in DER.</summary>
    /// <exception cref="ArgumentException">No certificate, no usable key, or a key that does not belong to the leaf.</exception>
    public static TlsIdentity FromDer(IEnumerable<byte[]> chain, ReadOnlySpan<byte> pkcs8)
    {
        ArgumentNullException.ThrowIfNull(chain);
        byte[][] copy = [.. chain.Select(certificate => (byte[])certificate.Clone())];
        SubjectPublicKeyInfo publicKey = ReadPublicKey(copy);
        return Create(copy, publicKey, SigningKeyReader.FromPkcs8(pkcs8, publicKey.Algorithm));
    }

    /// <summary>
    /// Takes a platform certificate with its private key, and the intermediates to send after it. Ed25519 keys are not
    /// among those the platform can hold.
    /// </summary>
    /// <exception cref="ArgumentException">The certificate has no usable ECDSA or RSA key.</exception>
    public static TlsIdentity FromX509(X509Certificate2 certificate, params IEnumerable<X509Certificate2> intermediates)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        ArgumentNullException.ThrowIfNull(intermediates);
        byte[][] chain = [certificate.RawData, .. intermediates.Select(intermediate => intermediate.RawData)];
        SubjectPublicKeyInfo publicKey = ReadPublicKey(chain);
        return Create(chain, publicKey, SigningKeyReader.FromX509(certificate, publicKey.Algorithm));
    }

    /// <summary>Names the leaf by its fingerprint; says nothing of the key.</summary>
    public override string ToString() => $"TlsIdentity {{ Leaf = sha256:{Convert.ToHexStringLower(SHA256.HashData(Chain[0]))} }}";

    private static SubjectPublicKeyInfo ReadPublicKey(byte[][] chain)
    {
        if (chain.Length is 0 or > TlsDefaults.MaxChainLength)
        {
            throw new ArgumentException($"A chain has 1 to {TlsDefaults.MaxChainLength} certificates, not {chain.Length}.", nameof(chain));
        }

        try
        {
            SubjectPublicKeyInfo? leaf = null;
            foreach (byte[] encoded in chain)
            {
                SubjectPublicKeyInfo publicKey = X509CertificateStructure.GetInstance(encoded).SubjectPublicKeyInfo;
                leaf ??= publicKey;
            }

            return leaf!;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or IOException)
        {
            throw new ArgumentException("A certificate of the chain cannot be parsed.", nameof(chain), e);
        }
    }

    private static TlsIdentity Create(byte[][] chain, SubjectPublicKeyInfo publicKey, SigningKey key) =>
        key.Matches(publicKey)
            ? new TlsIdentity(chain, key)
            : throw new ArgumentException("The private key does not belong to the first certificate of the chain.");
}
