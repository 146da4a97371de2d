using System.Security.Cryptography;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Tls;

namespace Connet.Quic.Core.Tls;

/// <summary>An RSA key, which signs with PSS only (RFC 8446, section 4.2.3). The certificate says under which names.</summary>
internal sealed class RsaSigningKey : SigningKey
{
    private const int MinBits = 2048;

    private static readonly int[] _rsaeSchemes =
        [SignatureScheme.rsa_pss_rsae_sha256, SignatureScheme.rsa_pss_rsae_sha384, SignatureScheme.rsa_pss_rsae_sha512];

    private static readonly int[] _pssSchemes =
        [SignatureScheme.rsa_pss_pss_sha256, SignatureScheme.rsa_pss_pss_sha384, SignatureScheme.rsa_pss_pss_sha512];

    private readonly KeyLease<RSA> _lease;
    private readonly RSAParameters _public;
    private readonly int[] _schemes;

    /// <exception cref="ArgumentException">A key of less than 2048 bits.</exception>
    public RsaSigningKey(Func<RSA> import, AlgorithmIdentifier certificateAlgorithm)
    {
        _lease = new KeyLease<RSA>(import);
        RSA key = _lease.Rent();
        _public = key.ExportParameters(includePrivateParameters: false);
        int bits = key.KeySize;
        _lease.Return(key);
        if (bits < MinBits)
        {
            throw new ArgumentException("The RSA key is shorter than 2048 bits.");
        }

        _schemes = certificateAlgorithm.Algorithm.Equals(PkcsObjectIdentifiers.IdRsassaPss)
            ? PssSchemes(certificateAlgorithm)
            : _rsaeSchemes;
    }

    public override IReadOnlyList<int> Schemes => _schemes;

    public override byte[] Sign(int scheme, ReadOnlySpan<byte> message)
    {
        RSA key = _lease.Rent();
        byte[] signature = key.SignData(message.ToArray(), SigningAlgorithms.HashOf(scheme), RSASignaturePadding.Pss);
        _lease.Return(key);
        return signature;
    }

    public override bool Matches(SubjectPublicKeyInfo publicKey)
    {
        if (!publicKey.Algorithm.Algorithm.Equals(PkcsObjectIdentifiers.RsaEncryption)
            && !publicKey.Algorithm.Algorithm.Equals(PkcsObjectIdentifiers.IdRsassaPss))
        {
            return false;
        }

        RsaPublicKeyStructure other = RsaPublicKeyStructure.GetInstance(publicKey.ParsePublicKey());
        return other.Modulus.ToByteArrayUnsigned().AsSpan().SequenceEqual(_public.Modulus)
            && other.PublicExponent.ToByteArrayUnsigned().AsSpan().SequenceEqual(_public.Exponent);
    }

    // A certificate may bind the key to one hash (RFC 4055, section 3.1); without parameters it may use any.
    private static int[] PssSchemes(AlgorithmIdentifier algorithm)
    {
        if (algorithm.Parameters is null)
        {
            return _pssSchemes;
        }

        string hash = RsassaPssParameters.GetInstance(algorithm.Parameters).HashAlgorithm.Algorithm.Id;
        return
        [
            .. _pssSchemes.Where(scheme =>
                Org.BouncyCastle.Tls.Crypto.TlsCryptoUtilities.GetOidForHash(SignatureScheme.GetCryptoHashAlgorithm(scheme)).Id == hash),
        ];
    }
}
