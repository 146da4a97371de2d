using System.Security.Cryptography;

namespace Connet.Quic.Core.Tls;

/// <summary>Finds certificates and a private key in PEM text.</summary>
internal static class PemKeys
{
    /// <summary>Every CERTIFICATE block, in order.</summary>
    public static IReadOnlyList<byte[]> ReadCertificates(string pem)
    {
        List<byte[]> certificates = [];
        ReadOnlySpan<char> rest = pem;
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            if (rest[fields.Label] is "CERTIFICATE")
            {
                certificates.Add(Convert.FromBase64String(rest[fields.Base64Data].ToString()));
            }

            rest = rest[fields.Location.End..];
        }

        return certificates;
    }

    /// <summary>The first private key, as PKCS#8; the caller wipes it.</summary>
    /// <exception cref="ArgumentException">There is no private key, or it is encrypted.</exception>
    public static byte[] ReadPkcs8(string pem)
    {
        ReadOnlySpan<char> rest = pem;
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            string label = rest[fields.Label].ToString();
            switch (label)
            {
                case "PRIVATE KEY":
                    return Convert.FromBase64String(rest[fields.Base64Data].ToString());
                case "EC PRIVATE KEY":
                    return ToPkcs8(rest[fields.Location], ECDsa.Create());
                case "RSA PRIVATE KEY":
                    return ToPkcs8(rest[fields.Location], RSA.Create());
                case "ENCRYPTED PRIVATE KEY":
                    throw new ArgumentException("The private key is encrypted; decrypt it first.", nameof(pem));
                default:
                    rest = rest[fields.Location.End..];
                    break;
            }
        }

        throw new ArgumentException("There is no private key in the PEM text.", nameof(pem));
    }

    private static byte[] ToPkcs8(ReadOnlySpan<char> pem, AsymmetricAlgorithm key)
    {
        using (key)
        {
            try
            {
                key.ImportFromPem(pem);
                return key.ExportPkcs8PrivateKey();
            }
            catch (CryptographicException)
            {
                throw new ArgumentException("The platform does not accept the private key.", nameof(pem));
            }
        }
    }
}
