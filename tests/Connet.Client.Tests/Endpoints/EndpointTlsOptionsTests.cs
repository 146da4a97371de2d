using System.Security.Cryptography;
using Connet.Client.Endpoints;
using Connet.HandPeer;

namespace Connet.Client.Tests.Endpoints;

/// <summary>What is wrong with a file is said in one sentence, when the endpoint starts.</summary>
public sealed class EndpointTlsOptionsTests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Test]
    public void A_source_needs_a_certificate() =>
        Assert.That(() => new EndpointTlsOptions().ToServerOptions(), Fails("A source with TLS needs a certificate: "));

    [Test]
    public void A_key_needs_its_certificate() =>
        Assert.That(() => new EndpointTlsOptions { KeyFile = "/x.key" }.ToClientOptions("localhost"), Fails("There is a KeyFile, /x.key, but no CertificateFile: "));

    [Test]
    public void A_certificate_that_is_not_there_is_named()
    {
        EndpointTlsOptions options = new() { CertificateFile = "/nowhere/cert.pem", KeyFile = "/nowhere/cert.key" };
        Assert.That(() => options.ToServerOptions(), Fails("The certificate file /nowhere/cert.pem cannot be read: "));
        Assert.That(() => options.ToClientOptions("localhost"), Fails("The certificate file /nowhere/cert.pem cannot be read: "));
    }

    [Test]
    public void A_key_that_is_not_there_is_named()
    {
        EndpointTlsOptions options = new() { CertificateFile = _pki.Issue().Certificate, KeyFile = "/nowhere/cert.key" };
        Assert.That(() => options.ToServerOptions(), Fails("The key file /nowhere/cert.key cannot be read: "));
    }

    [TestCase("")]
    [TestCase("not PEM at all")]
    public void A_certificate_file_without_a_certificate_is_named(string content)
    {
        string file = _pki.Write("no.pem", content);
        EndpointTlsOptions options = new() { CertificateFile = file, KeyFile = _pki.Issue().Key };
        Assert.That(() => options.ToServerOptions(), Fails($"The certificate file {file} has no certificate: "));
    }

    [Test]
    public void A_certificate_that_is_none_is_named()
    {
        string file = _pki.Write("bad.pem", PemEncoding.WriteString("CERTIFICATE", [1, 2, 3]));
        Assert.That(
            () => new EndpointTlsOptions { CertificateFile = file, KeyFile = _pki.Issue().Key }.ToServerOptions(),
            Fails($"The certificate file {file} has a certificate that cannot be read: "));
        Assert.That(() => new EndpointTlsOptions { CaFile = file }.ToClientOptions("localhost"), Fails($"The CA file {file} has a certificate that cannot be read: "));
    }

    [Test]
    public void A_key_of_another_certificate_is_named_and_not_shown()
    {
        (string certificate, string key) = (_pki.Issue().Certificate, _pki.Issue().Key);
        EndpointTlsOptions options = new() { CertificateFile = certificate, KeyFile = key };
        ConnetEndpointException failure = Assert.Throws<ConnetEndpointException>(() => options.ToServerOptions())!;
        Assert.That(failure.Message, Is.EqualTo($"The private key in {key} does not fit the certificate in {certificate}: use the key that this certificate was made for."));
        Assert.That(failure.ToString(), Does.Not.Contain(File.ReadAllLines(key)[1]));
    }

    [Test]
    public void A_key_of_another_kind_does_not_fit()
    {
        using RSA rsa = RSA.Create(2048);
        string key = _pki.Write("rsa.key", rsa.ExportPkcs8PrivateKeyPem());
        EndpointTlsOptions options = new() { CertificateFile = _pki.Issue().Certificate, KeyFile = key };
        Assert.That(() => options.ToServerOptions(), Fails($"The private key in {key} does not fit the certificate in {options.CertificateFile}: "));
    }

    [Test]
    public void A_key_file_without_a_key_is_named()
    {
        (string certificate, _) = _pki.Issue();
        Assert.That(
            () => new EndpointTlsOptions { CertificateFile = certificate, KeyFile = _pki.CaFile }.ToServerOptions(), Fails($"The file {_pki.CaFile} has no private key: "));
        Assert.That(() => new EndpointTlsOptions { CertificateFile = certificate }.ToServerOptions(), Fails($"The file {certificate} has no private key: "));
    }

    [Test]
    public void A_key_with_a_password_is_refused()
    {
        using ECDsa key = ECDsa.Create();
        string file = _pki.Write("locked.key", key.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1)));
        EndpointTlsOptions options = new() { CertificateFile = _pki.Issue().Certificate, KeyFile = file };
        Assert.That(() => options.ToServerOptions(), Fails($"The private key in {file} is encrypted with a password: "));
    }

    [Test]
    public void A_certificate_with_an_Ed25519_key_is_refused()
    {
        string file = _pki.Write("ed25519.pem", PemEncoding.WriteString("CERTIFICATE", HandIdentity.Peer().Server.Certificate.Span));
        EndpointTlsOptions options = new() { CertificateFile = file, KeyFile = _pki.Issue().Key };
        Assert.That(() => options.ToServerOptions(), Fails($"The certificate in {file} has a kind of key that cannot be used here: use RSA or ECDSA."));
    }

    [Test]
    public void A_CA_file_without_a_certificate_is_named()
    {
        (string certificate, string key) = _pki.Issue();
        EndpointTlsOptions options = new() { CertificateFile = certificate, KeyFile = key, CaFile = key };
        Assert.That(() => options.ToServerOptions(), Fails($"The CA file {key} has no certificate: "));
        options.CaFile = "/nowhere/ca.pem";
        Assert.That(() => options.ToServerOptions(), Fails("The CA file /nowhere/ca.pem cannot be read: "));
        Assert.That(() => options.ToClientOptions("localhost"), Fails("The CA file /nowhere/ca.pem cannot be read: "));
    }

    [Test]
    public void A_key_may_stand_beside_its_certificate()
    {
        (string certificate, string key) = _pki.Issue();
        string both = _pki.Write("both.pem", File.ReadAllText(certificate) + "\n" + File.ReadAllText(_pki.CaFile) + "\n" + File.ReadAllText(key));
        Assert.That(new EndpointTlsOptions { CertificateFile = both }.ToServerOptions().ServerCertificateContext!.TargetCertificate.HasPrivateKey);
    }

    [Test]
    public void Only_a_source_with_authorities_asks_for_certificates()
    {
        (string certificate, string key) = _pki.Issue();
        EndpointTlsOptions options = new() { CertificateFile = certificate, KeyFile = key };
        Assert.That(options.ToServerOptions().ClientCertificateRequired, Is.False);
        options.CaFile = _pki.CaFile;
        Assert.That(options.ToServerOptions().ClientCertificateRequired, Is.True);
    }

    private static NUnit.Framework.Constraints.EndsWithConstraint Fails(string beginning) =>
        Throws.TypeOf<ConnetEndpointException>().With.Message.StartsWith(beginning).And.Message.EndsWith(".");
}
