using Connet.Quic.Core.Tls;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto.Operators;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;

namespace Connet.Quic.Tests.Tls;

/// <summary>A certificate made for a test, and the key it certifies.</summary>
internal sealed class TestCertificate
{
    private static readonly SecureRandom _random = new();

    private TestCertificate(TestKey key, string name, byte[] der)
    {
        Key = key;
        Name = name;
        Der = der;
    }

    public TestKey Key { get; }

    public string Name { get; }

    public byte[] Der { get; }

    public static TestCertificate Issue(
        TestKey key,
        string name = "a.example",
        TestCertificate? issuer = null,
        bool isAuthority = false,
        IReadOnlyList<GeneralName>? names = null,
        DateTime? notBefore = null,
        DateTime? notAfter = null,
        KeyPurposeID? usage = null,
        int? keyUsage = null,
        int padding = 0)
    {
        X509V3CertificateGenerator generator = new();
        generator.SetSerialNumber(new BigInteger(63, _random).Add(BigInteger.One));
        generator.SetIssuerDN(new X509Name("CN=" + (issuer?.Name ?? name)));
        generator.SetSubjectDN(new X509Name("CN=" + name));
        generator.SetNotBefore(notBefore ?? DateTime.UtcNow.AddDays(-1));
        generator.SetNotAfter(notAfter ?? DateTime.UtcNow.AddDays(30));
        generator.SetSubjectPublicKeyInfo(key.PublicKey);
        generator.AddExtension(X509Extensions.BasicConstraints, true, new BasicConstraints(isAuthority));
        generator.AddExtension(
            X509Extensions.KeyUsage, true, new KeyUsage(keyUsage ?? (isAuthority ? KeyUsage.KeyCertSign : KeyUsage.DigitalSignature)));
        if (names is not null)
        {
            generator.AddExtension(X509Extensions.SubjectAlternativeName, false, new GeneralNames([.. names]));
        }

        if (usage is not null)
        {
            generator.AddExtension(X509Extensions.ExtendedKeyUsage, false, new ExtendedKeyUsage(usage));
        }

        if (padding > 0)
        {
            generator.AddExtension(new DerObjectIdentifier("1.3.6.1.4.1.99999.1"), false, new DerOctetString(new byte[padding]));
        }

        TestKey signer = issuer?.Key ?? key;
        Asn1SignatureFactory factory = new(signer.SignatureAlgorithm, signer.Private, _random);
        return new TestCertificate(key, name, generator.Generate(factory).GetEncoded());
    }

    public static GeneralName Dns(string name) => new(GeneralName.DnsName, name);

    public static GeneralName Address(string address) => new(GeneralName.IPAddress, address);

    public TlsIdentity ToIdentity(params TestCertificate[] issuers) =>
        TlsIdentity.FromDer([Der, .. issuers.Select(issuer => issuer.Der)], Key.Pkcs8);
}
