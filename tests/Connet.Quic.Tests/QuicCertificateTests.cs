using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connet.Quic.Tests.Tls;

namespace Connet.Quic.Tests;

public sealed class QuicCertificateTests
{
    [Test]
    public void Every_way_in_gives_the_same_leaf()
    {
        TestCertificate leaf = TestCertificate.Issue(TestKey.P256());
        string pem = TlsIdentityTests.Pem("CERTIFICATE", leaf.Der), key = TlsIdentityTests.Pem("PRIVATE KEY", leaf.Key.Pkcs8);
        string folder = Directory.CreateTempSubdirectory("connet-quic-tests-").FullName;
        try
        {
            string both = Path.Combine(folder, "both.pem");
            File.WriteAllText(both, pem + "\n" + key);
            using X509Certificate2 platform = X509Certificate2.CreateFromPem(pem, key);
            QuicCertificate[] certificates =
            [
                QuicCertificate.FromPem(pem, key), QuicCertificate.FromPemFiles(both, both),
                QuicCertificate.FromDer([leaf.Der], leaf.Key.Pkcs8), QuicCertificate.FromX509Certificate(platform),
            ];
            Assert.That(certificates.Select(certificate => certificate.RawLeaf.ToArray()), Is.All.EqualTo(leaf.Der));
            Assert.That(certificates.Select(certificate => certificate.Chain.Count), Is.All.EqualTo(1));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void Intermediates_follow_the_leaf()
    {
        TestCertificate authority = TestCertificate.Issue(TestKey.P256(), "authority", isAuthority: true);
        TestCertificate leaf = TestCertificate.Issue(TestKey.P256(), issuer: authority);
        using X509Certificate2 platform = X509Certificate2.CreateFromPem(
            TlsIdentityTests.Pem("CERTIFICATE", leaf.Der), TlsIdentityTests.Pem("PRIVATE KEY", leaf.Key.Pkcs8));
        using X509Certificate2 intermediate = X509CertificateLoader.LoadCertificate(authority.Der);
        QuicCertificate certificate = QuicCertificate.FromX509Certificate(platform, intermediate);
        Assert.That(certificate.Chain.Select(c => c.ToArray()), Is.EqualTo(new[] { leaf.Der, authority.Der }));
    }

    [Test]
    public void A_platform_certificate_without_a_key_is_refused()
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(TestCertificate.Issue(TestKey.P256()).Der);
        Assert.That(() => QuicCertificate.FromX509Certificate(certificate), Throws.ArgumentException);
    }

    [Test]
    public void ToString_shows_only_the_fingerprint()
    {
        TestCertificate leaf = TestCertificate.Issue(TestKey.Ed25519());
        QuicCertificate certificate = QuicCertificate.FromDer([leaf.Der], leaf.Key.Pkcs8);
        Assert.That(
            certificate.ToString(), Is.EqualTo($"QuicCertificate {{ Leaf = sha256:{Convert.ToHexStringLower(SHA256.HashData(leaf.Der))} }}"));
    }
}
