using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Connet.Quic.Interop.Tests;

/// <summary>
/// A certificate authority and a leaf for localhost, 127.0.0.1 and ::1, all on P-256, also as ca.pem, cert.pem (leaf, then authority) and
/// key.pem in a temporary folder for the peers. The leaf is no authority itself: rustls, in quinn, refuses such a leaf.
/// </summary>
internal sealed class TestCertificates : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connet-certificates-");

    private TestCertificates(X509Certificate2 authority, string chainPem, string keyPem)
    {
        Authority = authority;
        ChainPem = chainPem;
        KeyPem = keyPem;
        File.WriteAllText(Path.Combine(Folder, "ca.pem"), authority.ExportCertificatePem() + "\n");
        File.WriteAllText(Path.Combine(Folder, "cert.pem"), chainPem);
        File.WriteAllText(Path.Combine(Folder, "key.pem"), keyPem + "\n");
    }

    public string Folder => _folder.FullName;

    /// <summary>The authority's certificate, without its key.</summary>
    public X509Certificate2 Authority { get; }

    public string ChainPem { get; }

    public string KeyPem { get; }

    public static TestCertificates Create()
    {
        DateTimeOffset from = DateTimeOffset.UtcNow.AddDays(-1);
        DateTimeOffset until = from.AddDays(30);
        using ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest authorityRequest = new($"CN=Connet test authority {Guid.NewGuid():N}", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        authorityRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        authorityRequest.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(authorityRequest.PublicKey, false));
        using X509Certificate2 authority = authorityRequest.CreateSelfSigned(from, until);

        using ECDsa leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 leaf = CreateLeafRequest(leafKey, authority).Create(authority, from, until, RandomNumberGenerator.GetBytes(16));
        string chainPem = leaf.ExportCertificatePem() + "\n" + authority.ExportCertificatePem() + "\n";
        return new TestCertificates(
            X509CertificateLoader.LoadCertificate(authority.RawData), chainPem, leafKey.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        Authority.Dispose();
        _folder.Delete(recursive: true);
    }

    private static CertificateRequest CreateLeafRequest(ECDsa key, X509Certificate2 authority)
    {
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(TestProtocol.ServerName);
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        CertificateRequest request = new($"CN={TestProtocol.ServerName}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        return request;
    }
}
