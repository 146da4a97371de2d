using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connet.Quic;

namespace Connet.Client.Control;

/// <summary>Whom the client believes to be its control server.</summary>
internal static class ServerTrust
{
    /// <summary>The check that the options ask for.</summary>
    /// <exception cref="ConnetClientException">The file of authorities cannot be read, or has no certificate.</exception>
    public static QuicCertificateValidation Of(ConnetClientOptions options) =>
        options.ServerCertificateValidation
        ?? (options.ServerCaFile is { } file ? FromFile(file) : QuicCertificateValidation.System());

    private static QuicCertificateValidation FromFile(string file)
    {
        X509Certificate2Collection certificates = [];
        try
        {
            certificates.ImportFromPemFile(file);
            return certificates.Count > 0
                ? QuicCertificateValidation.CustomRoots(certificates)
                : throw Unreadable(file, "it has no certificate in PEM form", null);
        }
        catch (Exception exception) when (exception is IOException and not ConnetClientException or UnauthorizedAccessException or CryptographicException)
        {
            throw Unreadable(file, exception.Message.TrimEnd('.'), exception);
        }
        finally
        {
            foreach (X509Certificate2 certificate in certificates)
            {
                certificate.Dispose();
            }
        }
    }

    private static ConnetClientException Unreadable(string file, string reason, Exception? cause) =>
        new(ConnetClientError.CertificateFileUnreadable, $"The file of authorities {file} cannot be used: {reason}.", cause);
}
