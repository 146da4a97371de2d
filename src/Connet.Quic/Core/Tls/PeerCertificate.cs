using System.Security.Cryptography;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.EdEC;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace Connet.Quic.Core.Tls;

/// <summary>
/// A certificate of the peer. Keeps the bytes as they came, which the engine would encode anew (pins would then match
/// what was never sent), and verifies CertificateVerify with a key bound to the signature scheme.
/// </summary>
internal sealed class PeerCertificate : BcTlsCertificate
{
    // Shorter is breakable, longer only costs whoever has to verify it.
    private const int MinRsaBits = 2048;
    private const int MaxRsaBits = 8192;

    public PeerCertificate(BcTlsCrypto crypto, byte[] encoding)
        : base(crypto, encoding)
    {
        Raw = encoding;
    }

    /// <summary>The bytes from the wire.</summary>
    public byte[] Raw { get; }

    public override byte[] GetEncoded() => Raw;

    /// <summary>Makes the verifier of a TLS 1.3 signature, or refuses a scheme that does not belong to this key.</summary>
    public override Tls13Verifier CreateVerifier(int signatureScheme)
    {
        try
        {
            ValidateKeyUsage(KeyUsage.DigitalSignature);
            return signatureScheme switch
            {
                SignatureScheme.ed25519 => CreateEd25519(),
                SignatureScheme.ecdsa_secp256r1_sha256 => CreateEcdsa(SigningAlgorithms.P256),
                SignatureScheme.ecdsa_secp384r1_sha384 => CreateEcdsa(SigningAlgorithms.P384),
                SignatureScheme.rsa_pss_rsae_sha256 or SignatureScheme.rsa_pss_rsae_sha384 or SignatureScheme.rsa_pss_rsae_sha512 =>
                    CreateRsa(signatureScheme, SupportsRsa_Pss_Rsae()),
                SignatureScheme.rsa_pss_pss_sha256 or SignatureScheme.rsa_pss_pss_sha384 or SignatureScheme.rsa_pss_pss_sha512 =>
                    CreateRsa(signatureScheme, SupportsRsa_Pss_Pss(SignatureScheme.GetSignatureAlgorithm(signatureScheme))),
                _ => throw new TlsFatalAlert(AlertDescription.illegal_parameter),
            };
        }
        catch (Exception e) when (e is not TlsFatalAlert)
        {
            throw new TlsFatalAlert(AlertDescription.bad_certificate, e);
        }
    }

    private Tls13Verifier CreateEd25519() =>
        m_keyInfo.Algorithm.Algorithm.Equals(EdECObjectIdentifiers.id_Ed25519)
            ? base.CreateVerifier(SignatureScheme.ed25519)
            : throw new TlsFatalAlert(AlertDescription.illegal_parameter);

    // RFC 8446, section 4.2.3: the curve is part of the scheme. The engine does not look.
    private SchemeVerifier CreateEcdsa(ECCurve curve)
    {
        if (!m_keyInfo.Algorithm.Algorithm.Equals(X9ObjectIdentifiers.IdECPublicKey)
            || m_keyInfo.Algorithm.Parameters is not DerObjectIdentifier named || named.Id != curve.Oid.Value)
        {
            throw new TlsFatalAlert(AlertDescription.illegal_parameter);
        }

        ECDsa key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(m_keyInfo.GetEncoded(), out _);
        HashAlgorithmName hash = curve.Oid.Value == SigningAlgorithms.P256.Oid.Value ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA384;
        return new SchemeVerifier(key, (message, signature) =>
            key.VerifyData(message, signature, hash, DSASignatureFormat.Rfc3279DerSequence));
    }

    private SchemeVerifier CreateRsa(int scheme, bool keyFits)
    {
        if (!keyFits)
        {
            throw new TlsFatalAlert(AlertDescription.illegal_parameter);
        }

        RsaKeyParameters parameters = GetPubKeyRsa();
        if (parameters.Modulus.BitLength is < MinRsaBits or > MaxRsaBits || parameters.Exponent.BitLength > 32)
        {
            throw new TlsFatalAlert(AlertDescription.unsupported_certificate);
        }

        RSA key = RSA.Create(DotNetUtilities.ToRSAParameters(parameters));
        return new SchemeVerifier(key, (message, signature) =>
            key.VerifyData(message, signature, SigningAlgorithms.HashOf(scheme), RSASignaturePadding.Pss));
    }
}
