using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Connet.Cli.Configuration;

namespace Connet.Cli.Generation;

/// <summary>A certificate and its key as PEM files in a folder.</summary>
/// <param name="Certificate">The certificate's file.</param>
/// <param name="Key">The key's file.</param>
internal sealed record CertificateFiles(string Certificate, string Key)
{
    /// <summary>A server's.</summary>
    public static CertificateFiles Server(string folder) => new(Path.Combine(folder, "cert.pem"), Path.Combine(folder, "key.pem"));

    /// <summary>An authority's.</summary>
    public static CertificateFiles Authority(string folder) => new(Path.Combine(folder, "ca.pem"), Path.Combine(folder, "ca-key.pem"));

    /// <summary>Writes both; the key is its owner's alone.</summary>
    /// <exception cref="CommandFailure">One is there already, or cannot be written.</exception>
    public void Write(X509Certificate2 certificate, AsymmetricAlgorithm key, bool overwrite)
    {
        if (!overwrite)
        {
            NewFile.ExpectNone(Certificate, Key);
        }

        NewFile.Write(Key, Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"), isSecret: true, overwrite);
        NewFile.Write(Certificate, Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n"), isSecret: false, overwrite);
    }

    /// <summary>Reads both.</summary>
    /// <exception cref="CommandFailure">They cannot be read, or do not fit each other.</exception>
    public X509Certificate2 Read()
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(Certificate, Key);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure($"the authority in {Certificate} and {Key} cannot be read: {FileProblem.Describe(exception)}");
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new CommandFailure($"{Certificate} and {Key} are no certificate with its key: {exception.Message.Split(" (Parameter ")[0].TrimEnd('.')}");
        }
    }
}
