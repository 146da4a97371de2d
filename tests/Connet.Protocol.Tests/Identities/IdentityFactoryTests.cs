using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using Connet.Protocol.Identities;
using Connet.Protocol.Naming;
using Connet.Protocol.Tests.Vectors;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;
using X509Certificate = Org.BouncyCastle.X509.X509Certificate;

namespace Connet.Protocol.Tests.Identities;

/// <summary>Generated certificates, as two other readers see them.</summary>
public sealed class IdentityFactoryTests
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string Ed25519 = "1.3.101.112";

    private static readonly DateTimeOffset s_now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    private static readonly IdentityFactory s_factory = new(new FixedClock(s_now));
    private static readonly PeerIdentity s_peer = s_factory.CreatePeer();
    private static readonly GeneratedCertificate s_relay = s_factory.CreateRelay();

    private static IEnumerable<TestCaseData> Leaves =>
    [
        new TestCaseData("peer server", s_peer.Server, ServerAuthentication).SetArgDisplayNames("peer server"),
        new TestCaseData("peer client", s_peer.Client, ClientAuthentication).SetArgDisplayNames("peer client"),
        new TestCaseData("relay", s_relay, ServerAuthentication).SetArgDisplayNames("relay"),
    ];

    [TestCaseSource(nameof(Leaves))]
    public void The_platform_reads_a_leaf(string name, object leaf, string usage)
    {
        GeneratedCertificate generated = (GeneratedCertificate)leaf;
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(generated.Certificate.Span);
        Assert.That(certificate.Version, Is.EqualTo(3));
        Assert.That(certificate.Issuer, Is.EqualTo("CN=connet"));
        Assert.That(certificate.SubjectName.Name, Is.EqualTo($"CN={generated.ServerName ?? "connet"}"));
        Assert.That(certificate.NotBefore.ToUniversalTime(), Is.EqualTo(s_now.AddHours(-1).UtcDateTime));
        Assert.That(certificate.NotAfter.ToUniversalTime(), Is.EqualTo(s_now.AddDays(3650).UtcDateTime));
        Assert.That(certificate.PublicKey.Oid.Value, Is.EqualTo(Ed25519));
        Assert.That(certificate.SignatureAlgorithm.Value, Is.EqualTo(Ed25519));

        X509KeyUsageExtension keyUsage = certificate.Extensions.OfType<X509KeyUsageExtension>().Single();
        Assert.That(keyUsage.Critical, Is.True);
        Assert.That(keyUsage.KeyUsages, Is.EqualTo(X509KeyUsageFlags.DigitalSignature));
        Assert.That(
            certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<System.Security.Cryptography.Oid>().Select(oid => oid.Value),
            Is.EqualTo(new[] { usage }));
        Assert.That(
            certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(extension => extension.EnumerateDnsNames()),
            Is.EqualTo(generated.ServerName is { } dns ? new[] { dns } : []));
        Assert.That(certificate.Extensions.OfType<X509BasicConstraintsExtension>().Where(extension => extension.CertificateAuthority), Is.Empty);
    }

    [Test]
    public void Names_are_in_their_realms()
    {
        Assert.That(ServerNames.IsIn(s_peer.Server.ServerName!, Realms.Peer), Is.True);
        Assert.That(ServerNames.IsIn(s_relay.ServerName!, Realms.Relay), Is.True);
        Assert.That(s_peer.Client.ServerName, Is.Null);
    }

    [Test]
    public void Leaves_are_signed_by_their_root()
    {
        X509Certificate root = new(s_peer.Root.ToArray());
        Assert.That(root.GetBasicConstraints(), Is.GreaterThanOrEqualTo(0), "the root may sign");
        foreach (GeneratedCertificate leaf in new[] { s_peer.Server, s_peer.Client })
        {
            X509Certificate certificate = new(leaf.Certificate.ToArray());
            Assert.That(() => certificate.Verify(root.GetPublicKey()), Throws.Nothing);
            Assert.That(certificate.IsValid(s_now.UtcDateTime), Is.True);
            Assert.That(certificate.SerialNumber.SignValue, Is.Positive);
        }

        X509Certificate relay = new(s_relay.Certificate.ToArray());
        Assert.That(() => relay.Verify(root.GetPublicKey()), Throws.Exception, "the relay has another root");
    }

    [TestCase(ServerAuthentication)]
    [TestCase(ClientAuthentication)]
    public void The_platform_builds_a_chain(string usage)
    {
        using X509Certificate2 root = X509CertificateLoader.LoadCertificate(s_peer.Root.Span);
        using X509Certificate2 server = X509CertificateLoader.LoadCertificate(s_peer.Server.Certificate.Span);
        using X509Certificate2 client = X509CertificateLoader.LoadCertificate(s_peer.Client.Certificate.Span);
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = s_now.UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid(usage));
        Assert.That(chain.Build(server), Is.EqualTo(usage == ServerAuthentication));
        Assert.That(chain.Build(client), Is.EqualTo(usage == ClientAuthentication));
    }

    /// <summary>Some programs compare issuer names by their bytes: they must be those of the field.</summary>
    [Test]
    public void Names_have_the_bytes_of_the_field()
    {
        using X509Certificate2 sample = X509CertificateLoader.LoadCertificate(Samples.Bytes("certificates/client_der"));
        using X509Certificate2 server = X509CertificateLoader.LoadCertificate(s_peer.Server.Certificate.Span);
        using X509Certificate2 client = X509CertificateLoader.LoadCertificate(s_peer.Client.Certificate.Span);
        Assert.That(server.IssuerName.RawData, Is.EqualTo(sample.IssuerName.RawData));
        Assert.That(client.IssuerName.RawData, Is.EqualTo(sample.IssuerName.RawData));
        Assert.That(client.SubjectName.RawData, Is.EqualTo(sample.SubjectName.RawData));
    }

    [TestCaseSource(nameof(Leaves))]
    public void The_private_key_is_the_certificates(string name, object leaf, string usage)
    {
        GeneratedCertificate generated = (GeneratedCertificate)leaf;
        byte[] pkcs8 = generated.ExportPkcs8();
        Ed25519PrivateKeyParameters key = (Ed25519PrivateKeyParameters)PrivateKeyFactory.CreateKey(pkcs8);
        X509Certificate certificate = new(generated.Certificate.ToArray());
        Assert.That(key.GeneratePublicKey().GetEncoded(), Is.EqualTo(((Ed25519PublicKeyParameters)certificate.GetPublicKey()).GetEncoded()));

        // RFC 8410 section 7: version 0, the algorithm without parameters, the seed in an octet string of its own.
        AsnReader structure = new AsnReader(pkcs8, AsnEncodingRules.DER).ReadSequence();
        Assert.That(structure.ReadInteger().IsZero, Is.True);
        Assert.That(structure.ReadSequence().ReadObjectIdentifier(), Is.EqualTo(Ed25519));
        Assert.That(new AsnReader(structure.ReadOctetString(), AsnEncodingRules.DER).ReadOctetString(), Has.Length.EqualTo(32));
        Assert.That(structure.HasData, Is.False);
    }

    [Test]
    public void A_signature_verifies_with_the_announced_certificate()
    {
        Assert.That(CertificateInfo.TryRead(s_peer.Server.Certificate.Span, out CertificateInfo? info), Is.True);
        byte[] signature = s_peer.Server.Sign([1, 2, 3]);
        Assert.That(info!.Verify([1, 2, 3], signature), Is.True);
        Assert.That(info.Verify([1, 2, 4], signature), Is.False);
        Assert.That(info.Verify([1, 2, 3], signature.AsSpan(0, 63)), Is.False);
        Assert.That(info.Verify([1, 2, 3], s_peer.Client.Sign([1, 2, 3])), Is.False);
        signature[10] ^= 1;
        Assert.That(info.Verify([1, 2, 3], signature), Is.False);
    }

    [Test]
    public void Each_identity_is_new()
    {
        PeerIdentity other = s_factory.CreatePeer();
        Assert.That(other.Server.Key, Is.Not.EqualTo(s_peer.Server.Key));
        Assert.That(other.Server.ServerName, Is.Not.EqualTo(s_peer.Server.ServerName));
        Assert.That(other.Client.ExportPkcs8(), Is.Not.EqualTo(s_peer.Client.ExportPkcs8()));
    }

    [Test]
    public void Text_of_a_certificate_hides_its_key()
    {
        string seed = Convert.ToHexString(s_peer.Server.ExportPkcs8().AsSpan(16));
        Assert.That(s_peer.ToString().ToUpperInvariant(), Does.Not.Contain(seed).And.Contain(s_peer.Server.Key.ToUpperInvariant()));
    }
}
