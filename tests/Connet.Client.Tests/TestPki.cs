using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Connet.Client.Tests;

/// <summary>An authority and what it signs, as PEM files in a folder of their own.</summary>
internal sealed class TestPki : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connet-pki-");
    private readonly X509Certificate2 _authority;
    private int _issued;

    public TestPki()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=Test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        CaFile = Write("ca.pem", _authority.ExportCertificatePem());
    }

    /// <summary>The authority's own certificate.</summary>
    public string CaFile { get; }

    /// <summary>A file in the folder.</summary>
    public string Write(string name, string content)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, content);
        return path;
    }

    /// <summary>A certificate for <c>localhost</c> and <c>127.0.0.1</c>, or for a client, with its key.</summary>
    public (string Certificate, string Key) Issue(bool server = true, string name = "localhost", bool expired = false)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(server ? "1.3.6.1.5.5.7.3.1" : "1.3.6.1.5.5.7.3.2")], critical: false));
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(name);
        if (name == "localhost")
        {
            names.AddIpAddress(IPAddress.Loopback);
        }

        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 certificate = request.Create(
            _authority, now.AddHours(-2), expired ? now.AddHours(-1) : now.AddDays(1), RandomNumberGenerator.GetBytes(8));
        string stem = $"issued{Interlocked.Increment(ref _issued)}";
        return (Write($"{stem}.pem", certificate.ExportCertificatePem()), Write($"{stem}.key", key.ExportPkcs8PrivateKeyPem()));
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }
}
