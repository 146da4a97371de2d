using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connet.Quic;

namespace Connet.Cli.Configuration;

/// <summary>Reads certificates and keys before anything starts, so that an error can name the setting.</summary>
internal static class PemFiles
{
    /// <summary>The certificate and key of an ingress.</summary>
    /// <param name="section">The section with <c>cert-file</c> and <c>key-file</c>.</param>
    /// <param name="place">What the section is, for the error if they are missing.</param>
    /// <exception cref="ConfigurationException">They are missing, cannot be read or do not fit each other.</exception>
    public static QuicCertificate ServerCertificate(SettingsSection section, string place)
    {
        string? certificatePath = section.Text("cert-file");
        string? keyPath = section.Text("key-file");
        if (certificatePath is null || keyPath is null)
        {
            throw new ConfigurationException($"{place} needs {(certificatePath is null ? "cert-file" : "key-file")}: a certificate and its key in PEM files");
        }

        string certificate = Read(certificatePath, section.OriginOf("cert-file"));
        string key = Read(keyPath, section.OriginOf("key-file"));
        try
        {
            return QuicCertificate.FromPem(certificate, key);
        }
        catch (ArgumentException exception)
        {
            // Without what the platform adds about the parameter.
            string reason = exception.Message.ReplaceLineEndings(" ").Split(" (Parameter ")[0].TrimEnd('.');
            throw new ConfigurationException($"{section.OriginOf("cert-file")}: {certificatePath} with {keyPath} is no server certificate: {reason}");
        }
    }

    /// <summary>Checks a file of certificates that vouch for a server.</summary>
    /// <returns>Its path; null if the key is not set.</returns>
    /// <exception cref="ConfigurationException">It cannot be read, or holds no certificate.</exception>
    public static string? Authorities(SettingsSection section, string key)
    {
        if (section.Text(key) is not { } path)
        {
            return null;
        }

        string text = Read(path, section.OriginOf(key));
        try
        {
            X509Certificate2Collection found = [];
            found.ImportFromPem(text);
            bool any = found.Count > 0;
            foreach (X509Certificate2 certificate in found)
            {
                certificate.Dispose();
            }

            return any ? path : throw new ConfigurationException($"{section.OriginOf(key)}: {path} has no certificate in PEM");
        }
        catch (CryptographicException)
        {
            throw new ConfigurationException($"{section.OriginOf(key)}: {path} has a certificate that cannot be read");
        }
    }

    /// <summary>Checks the certificate of an endpoint, if it has one, and its key, which may be in the same file.</summary>
    /// <exception cref="ConfigurationException">They cannot be read or do not fit each other, or there is a key alone.</exception>
    public static void CheckPair(SettingsSection section)
    {
        string? keyPath = section.Text("key-file");
        if (section.Text("cert-file") is not { } certificatePath)
        {
            if (keyPath is not null)
            {
                throw new ConfigurationException($"{section.OriginOf("key-file")} is there without cert-file: give the certificate of this key too");
            }

            return;
        }

        string certificate = Read(certificatePath, section.OriginOf("cert-file"));
        string key = keyPath is null ? certificate : Read(keyPath, section.OriginOf("key-file"));
        try
        {
            using X509Certificate2 found = X509Certificate2.CreateFromPem(certificate, key);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            string reason = exception.Message.ReplaceLineEndings(" ").Split(" (Parameter ")[0].TrimEnd('.');
            throw new ConfigurationException($"{section.OriginOf("cert-file")}: {certificatePath} with the key in {keyPath ?? certificatePath} cannot be used: {reason}");
        }
    }

    private static string Read(string path, Origin origin)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{origin}: cannot read {path}: {FileProblem.Describe(exception)}");
        }
    }
}
