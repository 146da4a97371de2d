using System.Security.Cryptography;
using Connet.Protocol.Naming;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto.Operators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.X509;
using Org.BouncyCastle.X509.Extension;

namespace Connet.Protocol.Identities;

/// <summary>
/// Makes the certificates of clients and relays. Both sides pin them by their bytes; dates, usages and names are set all the
/// same, because other programs check them.
/// </summary>
internal sealed class IdentityFactory(TimeProvider clock)
{
    private const string RootName = "connet";
    private const int SerialLength = 16;
    private const int SeedLength = 32;

    /// <summary>The other side's clock may be behind ours.</summary>
    private static readonly TimeSpan s_backdated = TimeSpan.FromHours(1);

    /// <summary>Longer than a process lives: an identity is never renewed.</summary>
    private static readonly TimeSpan s_lifetime = TimeSpan.FromDays(3650);

    /// <summary>The identity of one endpoint of a client.</summary>
    public PeerIdentity CreatePeer()
    {
        Issuer root = CreateRoot();
        return new PeerIdentity(CreateServer(root, Realms.Peer), CreateClient(root), root.Certificate);
    }

    /// <summary>The server certificate of a relay.</summary>
    public GeneratedCertificate CreateRelay() => CreateServer(CreateRoot(), Realms.Relay);

    private Issuer CreateRoot()
    {
        Ed25519PrivateKeyParameters key = NewKey();
        X509V3CertificateGenerator generator = Start(CommonName(RootName), key);
        generator.AddExtension(X509Extensions.BasicConstraints, critical: true, new BasicConstraints(cA: true));
        generator.AddExtension(X509Extensions.KeyUsage, critical: true, new KeyUsage(KeyUsage.KeyCertSign));
        return new Issuer(Sign(generator, key), key);
    }

    private GeneratedCertificate CreateServer(Issuer root, string realm)
    {
        Ed25519PrivateKeyParameters key = NewKey();
        string name = ServerNames.Create(realm);
        X509V3CertificateGenerator generator = StartLeaf(CommonName(name), key, root, KeyPurposeID.id_kp_serverAuth);
        GeneralNames names = new(new GeneralName(GeneralName.DnsName, name));
        generator.AddExtension(X509Extensions.SubjectAlternativeName, critical: false, names);
        return new GeneratedCertificate(Sign(generator, root.Key), key, name);
    }

    private GeneratedCertificate CreateClient(Issuer root)
    {
        Ed25519PrivateKeyParameters key = NewKey();
        X509V3CertificateGenerator generator = StartLeaf(CommonName(RootName), key, root, KeyPurposeID.id_kp_clientAuth);
        return new GeneratedCertificate(Sign(generator, root.Key), key, serverName: null);
    }

    private X509V3CertificateGenerator StartLeaf(X509Name subject, Ed25519PrivateKeyParameters key, Issuer root, KeyPurposeID usage)
    {
        X509V3CertificateGenerator generator = Start(subject, key);
        generator.AddExtension(X509Extensions.KeyUsage, critical: true, new KeyUsage(KeyUsage.DigitalSignature));
        generator.AddExtension(X509Extensions.ExtendedKeyUsage, critical: false, new ExtendedKeyUsage(usage));
        generator.AddExtension(
            X509Extensions.AuthorityKeyIdentifier,
            critical: false,
            X509ExtensionUtilities.CreateAuthorityKeyIdentifier(root.Key.GeneratePublicKey()));
        return generator;
    }

    private X509V3CertificateGenerator Start(X509Name subject, Ed25519PrivateKeyParameters key)
    {
        DateTime now = clock.GetUtcNow().UtcDateTime;
        X509V3CertificateGenerator generator = new();
        generator.SetSerialNumber(NewSerial());
        generator.SetIssuerDN(CommonName(RootName));
        generator.SetSubjectDN(subject);
        generator.SetNotBefore(now - s_backdated);
        generator.SetNotAfter(now + s_lifetime);
        generator.SetPublicKey(key.GeneratePublicKey());

        // A client certificate has its issuer's name; without this identifier some readers take it for self-signed.
        generator.AddExtension(
            X509Extensions.SubjectKeyIdentifier,
            critical: false,
            X509ExtensionUtilities.CreateSubjectKeyIdentifier(key.GeneratePublicKey()));
        return generator;
    }

    private static byte[] Sign(X509V3CertificateGenerator generator, Ed25519PrivateKeyParameters key) =>
        generator.Generate(new Asn1SignatureFactory("Ed25519", key)).GetEncoded();

    private static Ed25519PrivateKeyParameters NewKey() => new(RandomNumberGenerator.GetBytes(SeedLength), 0);

    /// <summary>Positive and not zero (RFC 5280 section 4.1.2.2).</summary>
    private static BigInteger NewSerial()
    {
        byte[] serial = RandomNumberGenerator.GetBytes(SerialLength);
        serial[0] |= 1;
        return new BigInteger(1, serial);
    }

    /// <summary>
    /// A name of one PrintableString, the form that the programs of the field use: some compare names of certificates by their
    /// bytes. BouncyCastle alone would write UTF8String.
    /// </summary>
    private static X509Name CommonName(string name)
    {
        DerSequence attribute = new(X509Name.CN, new DerPrintableString(name));
        return X509Name.GetInstance(new DerSequence(new DerSet(attribute)));
    }

    private sealed record Issuer(byte[] Certificate, Ed25519PrivateKeyParameters Key);
}
