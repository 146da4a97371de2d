using System.Security.Cryptography;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.Sec;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;

namespace Connet.Quic.Tests.Tls;

/// <summary>A key pair for test certificates. RSA keys are made once, since that is slow.</summary>
internal sealed class TestKey
{
    private static readonly SecureRandom _random = new();

    private TestKey(AsymmetricCipherKeyPair pair, string signatureAlgorithm, SubjectPublicKeyInfo? publicKey = null)
    {
        Private = pair.Private;
        SignatureAlgorithm = signatureAlgorithm;
        PublicKey = publicKey ?? SubjectPublicKeyInfoFactory.CreateSubjectPublicKeyInfo(pair.Public);
    }

    public static TestKey SharedRsa { get; } = Rsa(2048);

    public static TestKey SharedRsaPss { get; } = RsaPss(2048);

    public AsymmetricKeyParameter Private { get; }

    public string SignatureAlgorithm { get; }

    public SubjectPublicKeyInfo PublicKey { get; }

    public byte[] Pkcs8 => PrivateKeyInfoFactory.CreatePrivateKeyInfo(Private).GetEncoded();

    public static TestKey Ed25519()
    {
        Ed25519KeyPairGenerator generator = new();
        generator.Init(new Ed25519KeyGenerationParameters(_random));
        return new TestKey(generator.GenerateKeyPair(), "Ed25519");
    }

    public static TestKey P256() => Curve(SecObjectIdentifiers.SecP256r1, "SHA256withECDSA");

    public static TestKey P384() => Curve(SecObjectIdentifiers.SecP384r1, "SHA384withECDSA");

    public static TestKey P521() => Curve(SecObjectIdentifiers.SecP521r1, "SHA512withECDSA");

    public static TestKey Rsa(int bits) => new(MakeRsa(bits), "SHA256withRSA");

    /// <summary>An RSA key whose certificate binds it to PSS.</summary>
    public static TestKey RsaPss(int bits)
    {
        AsymmetricCipherKeyPair pair = MakeRsa(bits);
        RsaKeyParameters key = (RsaKeyParameters)pair.Public;
        return new TestKey(pair, "SHA256withRSA", new SubjectPublicKeyInfo(
            new AlgorithmIdentifier(PkcsObjectIdentifiers.IdRsassaPss), new RsaPublicKeyStructure(key.Modulus, key.Exponent)));
    }

    public static TestKey OfKind(string kind) => kind switch
    {
        "ed25519" => Ed25519(),
        "p256" => P256(),
        "p384" => P384(),
        "rsa" => SharedRsa,
        "rsa-pss" => SharedRsaPss,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static TestKey Curve(Org.BouncyCastle.Asn1.DerObjectIdentifier curve, string signatureAlgorithm)
    {
        ECKeyPairGenerator generator = new();
        generator.Init(new ECKeyGenerationParameters(curve, _random));
        return new TestKey(generator.GenerateKeyPair(), signatureAlgorithm);
    }

    private static AsymmetricCipherKeyPair MakeRsa(int bits)
    {
        using RSA rsa = RSA.Create(bits);
        return DotNetUtilities.GetRsaKeyPair(rsa.ExportParameters(includePrivateParameters: true));
    }
}
