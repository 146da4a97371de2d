using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connet.Quic.Core.Tls;

namespace Connet.Quic.Tests.Tls;

public sealed class TlsIdentityTests
{
    [Test]
    public void A_PKCS8_key_in_PEM_is_read([Values("ed25519", "p256", "p384", "rsa", "rsa-pss")] string kind)
    {
        TestCertificate certificate = TestCertificate.Issue(TestKey.OfKind(kind));
        TlsIdentity identity = TlsIdentity.FromPem(Pem("CERTIFICATE", certificate.Der), Pem("PRIVATE KEY", certificate.Key.Pkcs8));
        Assert.That(identity.Chain, Is.EqualTo(new[] { certificate.Der }));
        TlsPair.Create(server: TlsPair.ServerOptions(identity)).Run().AssertComplete();
    }

    [Test]
    public void SEC1_and_PKCS1_keys_in_PEM_are_read()
    {
        using ECDsa ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using RSA rsa = RSA.Create(2048);
        AssertCompletes(TlsIdentity.FromPem(SelfSigned(new CertificateRequest("CN=a", ecdsa, HashAlgorithmName.SHA256)), ecdsa.ExportECPrivateKeyPem()));
        AssertCompletes(TlsIdentity.FromPem(
            SelfSigned(new CertificateRequest("CN=a", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)), rsa.ExportRSAPrivateKeyPem()));

        static string SelfSigned(CertificateRequest request)
        {
            using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            return certificate.ExportCertificatePem();
        }
    }

    [Test]
    public void A_platform_certificate_may_be_disposed_of_afterwards([Values] bool rsaKey)
    {
        TlsIdentity identity;
        using (ECDsa ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP384))
        using (RSA rsa = RSA.Create(2048))
        {
            CertificateRequest request = rsaKey
                ? new("CN=a", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
                : new("CN=a", ecdsa, HashAlgorithmName.SHA256);
            using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            identity = TlsIdentity.FromX509(certificate);
        }

        AssertCompletes(identity);
    }

    [Test]
    public void Intermediates_are_sent_after_the_leaf()
    {
        TestCertificate authority = TestCertificate.Issue(TestKey.P256(), "authority", isAuthority: true);
        TestCertificate leaf = TestCertificate.Issue(TestKey.Ed25519(), issuer: authority);
        TlsIdentity identity = TlsIdentity.FromPem(
            Pem("CERTIFICATE", leaf.Der) + "\n" + Pem("CERTIFICATE", authority.Der), Pem("PRIVATE KEY", leaf.Key.Pkcs8));
        TlsPair pair = TlsPair.Create(server: TlsPair.ServerOptions(identity)).Run();
        pair.AssertComplete();
        Assert.That(pair.Client.PeerChain, Is.EqualTo(new[] { leaf.Der, authority.Der }));
    }

    [Test]
    public void A_key_of_another_certificate_is_refused([Values("ed25519", "p256", "rsa")] string kind)
    {
        TestCertificate certificate = TestCertificate.Issue(TestKey.OfKind(kind));
        TestKey other = kind == "rsa" ? TestKey.SharedRsaPss : TestKey.OfKind(kind);
        Assert.That(() => TlsIdentity.FromDer([certificate.Der], other.Pkcs8), Throws.ArgumentException);
        Assert.That(() => TlsIdentity.FromDer([certificate.Der], TestKey.P384().Pkcs8), Throws.ArgumentException);
    }

    [Test]
    public void What_cannot_be_used_is_refused_without_quoting_it()
    {
        TestCertificate good = TestCertificate.Issue(TestKey.Ed25519());
        string certificate = Pem("CERTIFICATE", good.Der), key = Pem("PRIVATE KEY", good.Key.Pkcs8);
        string broken = Pem("PRIVATE KEY", good.Key.Pkcs8[..^8]);
        Assert.Multiple(() =>
        {
            Assert.That(() => TlsIdentity.FromPem("", key), Throws.ArgumentException);
            Assert.That(() => TlsIdentity.FromPem(certificate, certificate), Throws.ArgumentException);
            Assert.That(() => TlsIdentity.FromPem(certificate, Pem("ENCRYPTED PRIVATE KEY", [1, 2])), Throws.ArgumentException.With.Message.Contains("encrypted"));
            Assert.That(
                () => TlsIdentity.FromPem(certificate, broken),
                Throws.ArgumentException.With.Message.Not.Contains(Convert.ToHexString(good.Key.Pkcs8)[20..40]).And.InnerException.Null);
            Assert.That(() => TlsIdentity.FromDer([[1, 2, 3]], good.Key.Pkcs8), Throws.ArgumentException);
            Assert.That(() => TlsIdentity.FromDer([.. Enumerable.Repeat(good.Der, 11)], good.Key.Pkcs8), Throws.ArgumentException);
            Assert.That(() => TestCertificate.Issue(TestKey.P521()).ToIdentity(), Throws.ArgumentException);
            Assert.That(() => TestCertificate.Issue(TestKey.Rsa(1024)).ToIdentity(), Throws.ArgumentException);
        });
    }

    [Test]
    public void ToString_shows_a_fingerprint_and_no_key()
    {
        string text = Identities.Server.ToString();
        Assert.That(text, Is.EqualTo($"TlsIdentity {{ Leaf = sha256:{Convert.ToHexStringLower(SHA256.HashData(Identities.Server.Chain[0]))} }}"));
    }

    [Test]
    public void Secrets_are_not_printed()
    {
        SecretsOutput output = new(Connet.Quic.Core.Primitives.EncryptionLevel.Handshake, Connet.Quic.Core.Crypto.CipherSuite.Aes128GcmSha256, [1], [2]);
        Assert.That(output.ToString(), Is.EqualTo("SecretsOutput { Level = Handshake, Suite = Aes128GcmSha256 }"));
    }

    internal static string Pem(string label, byte[] der) => PemEncoding.WriteString(label, der);

    private static void AssertCompletes(TlsIdentity identity) =>
        TlsPair.Create(server: TlsPair.ServerOptions(identity)).Run().AssertComplete();
}
