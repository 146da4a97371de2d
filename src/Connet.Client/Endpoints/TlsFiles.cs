using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Connet.Client.Endpoints;

/// <summary>Reads the PEM files of <see cref="EndpointTlsOptions"/>. What is wrong with one is a sentence that names it.</summary>
internal static class TlsFiles
{
    private const string PrivateKeyLabel = "PRIVATE KEY";
    private const string EncryptedKeyLabel = "ENCRYPTED PRIVATE KEY";

    /// <summary>Public key algorithms (RFC 8017, RFC 5480) of certificates that the platform can use with TLS everywhere.</summary>
    private static readonly string[] s_usableKeys = ["1.2.840.113549.1.1.1", "1.2.840.10045.2.1"];

    /// <summary>Reads an own certificate with its chain and its key.</summary>
    /// <param name="certificateFile">The certificate first, then what it chains over.</param>
    /// <param name="keyFile">The key; null if it stands beside the certificate.</param>
    /// <exception cref="ConnetEndpointException">A file cannot be read, has nothing in it, or the key is for another certificate.</exception>
    public static SslStreamCertificateContext ReadIdentity(string certificateFile, string? keyFile)
    {
        string certificatePem = ReadText("certificate", certificateFile);
        X509Certificate2Collection chain = ReadCertificates("certificate", certificateFile, certificatePem);
        string keyPem = keyFile is null ? certificatePem : ReadText("key", keyFile);
        string keyPlace = keyFile ?? certificateFile;
        RequireKey(keyPlace, keyPem);
        X509Certificate2 leaf;
        try
        {
            leaf = X509Certificate2.CreateFromPem(certificatePem, keyPem);
            if (OperatingSystem.IsWindows())
            {
                // Schannel takes no key that lives in memory alone.
                using X509Certificate2 inMemory = leaf;
                leaf = X509CertificateLoader.LoadPkcs12(inMemory.Export(X509ContentType.Pkcs12), password: null);
            }
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new ConnetEndpointException(
                s_usableKeys.Contains(chain[0].GetKeyAlgorithm())
                    ? $"The private key in {keyPlace} does not fit the certificate in {certificateFile}: use the key that this certificate was made for."
                    : $"The certificate in {certificateFile} has a kind of key that cannot be used here: use RSA or ECDSA.",
                exception);
        }

        chain.RemoveAt(0);
        return SslStreamCertificateContext.Create(leaf, chain, offline: true);
    }

    /// <summary>Reads the certificates that vouch for the other side.</summary>
    /// <exception cref="ConnetEndpointException">The file cannot be read, or has no certificate.</exception>
    public static X509Certificate2Collection ReadAuthorities(string file) => ReadCertificates("CA", file, ReadText("CA", file));

    private static X509Certificate2Collection ReadCertificates(string kind, string file, string pem)
    {
        X509Certificate2Collection certificates = [];
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException exception)
        {
            throw new ConnetEndpointException($"The {kind} file {file} has a certificate that cannot be read: {exception.Message.TrimEnd('.')}.", exception);
        }

        return certificates.Count > 0
            ? certificates
            : throw new ConnetEndpointException($"The {kind} file {file} has no certificate: it needs one in PEM form, which begins with '-----BEGIN CERTIFICATE-----'.");
    }

    private static void RequireKey(string file, string pem)
    {
        ReadOnlySpan<char> rest = pem;
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            ReadOnlySpan<char> label = rest[fields.Label];
            if (label.SequenceEqual(EncryptedKeyLabel))
            {
                throw new ConnetEndpointException($"The private key in {file} is encrypted with a password: use one that is not, and keep the file from others.");
            }

            if (label.EndsWith(PrivateKeyLabel, StringComparison.Ordinal))
            {
                return;
            }

            rest = rest[fields.Location.End..];
        }

        throw new ConnetEndpointException($"The file {file} has no private key: it needs one in PEM form, which begins with '-----BEGIN PRIVATE KEY-----'.");
    }

    private static string ReadText(string kind, string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ConnetEndpointException($"The {kind} file {file} cannot be read: {exception.Message.TrimEnd('.')}.", exception);
        }
    }
}
