using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security;

namespace Connet.Quic.Core.Tls;

/// <summary>Reads private keys. Its messages never quote what it read.</summary>
internal static class SigningKeyReader
{
    /// <exception cref="ArgumentException">Not a PKCS#8 key of a kind this stack signs with.</exception>
    public static SigningKey FromPkcs8(ReadOnlySpan<byte> pkcs8, AlgorithmIdentifier certificateAlgorithm)
    {
        AsymmetricKeyParameter key;
        byte[] encoded;
        try
        {
            key = PrivateKeyFactory.CreateKey(pkcs8.ToArray());

            // Encoded anew: the platform does not read RSA keys that are marked for PSS, and needs no such mark.
            encoded = key is Ed25519PrivateKeyParameters ? [] : PrivateKeyInfoFactory.CreatePrivateKeyInfo(key).GetEncoded();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The cause is left out: it may quote bytes of the key.
            throw new ArgumentException("The private key cannot be parsed as PKCS#8.", nameof(pkcs8));
        }

        try
        {
            return key switch
            {
                Ed25519PrivateKeyParameters ed25519 => new Ed25519SigningKey(ed25519),
                ECPrivateKeyParameters => new EcdsaSigningKey(() => Import(ECDsa.Create(), encoded)),
                RsaPrivateCrtKeyParameters => new RsaSigningKey(() => Import(RSA.Create(), encoded), certificateAlgorithm),
                _ => throw new ArgumentException("The private key is neither Ed25519 nor ECDSA nor RSA.", nameof(pkcs8)),
            };
        }
        catch (CryptographicException)
        {
            throw new ArgumentException("The platform does not accept the private key.", nameof(pkcs8));
        }
    }

    /// <exception cref="ArgumentException">The certificate has no ECDSA or RSA private key.</exception>
    public static SigningKey FromX509(X509Certificate2 certificate, AlgorithmIdentifier certificateAlgorithm)
    {
        // A copy of its own, so that the caller may dispose of the certificate.
        X509Certificate2 own = new(certificate);
        using (ECDsa? ecdsa = own.GetECDsaPrivateKey())
        {
            if (ecdsa is not null)
            {
                return new EcdsaSigningKey(() => own.GetECDsaPrivateKey()!);
            }
        }

        using (RSA? rsa = own.GetRSAPrivateKey())
        {
            if (rsa is not null)
            {
                return new RsaSigningKey(() => own.GetRSAPrivateKey()!, certificateAlgorithm);
            }
        }

        own.Dispose();
        throw new ArgumentException(
            "The certificate has no ECDSA or RSA private key; an Ed25519 key has to be given as PEM or PKCS#8.", nameof(certificate));
    }

    private static TKey Import<TKey>(TKey key, byte[] pkcs8)
        where TKey : AsymmetricAlgorithm
    {
        key.ImportPkcs8PrivateKey(pkcs8, out _);
        return key;
    }
}
