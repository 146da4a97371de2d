using System.Security.Cryptography;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Tls;

namespace Connet.Quic.Core.Tls;

/// <summary>An ECDSA key on P-256 or P-384; the curve decides the scheme (RFC 8446, section 4.2.3).</summary>
internal sealed class EcdsaSigningKey : SigningKey
{
    private readonly KeyLease<ECDsa> _lease;
    private readonly int[] _schemes;
    private readonly ECPoint _publicPoint;
    private readonly string? _curve;

    /// <exception cref="ArgumentException">A curve other than P-256 and P-384.</exception>
    public EcdsaSigningKey(Func<ECDsa> import)
    {
        _lease = new KeyLease<ECDsa>(import);
        ECDsa key = _lease.Rent();
        ECParameters parameters = key.ExportParameters(includePrivateParameters: false);
        _lease.Return(key);
        _publicPoint = parameters.Q;
        _curve = parameters.Curve.Oid?.Value;
        if (_curve == SigningAlgorithms.P256.Oid.Value)
        {
            _schemes = [SignatureScheme.ecdsa_secp256r1_sha256];
        }
        else if (_curve == SigningAlgorithms.P384.Oid.Value)
        {
            _schemes = [SignatureScheme.ecdsa_secp384r1_sha384];
        }
        else
        {
            throw new ArgumentException("The key's curve is neither P-256 nor P-384.");
        }
    }

    public override IReadOnlyList<int> Schemes => _schemes;

    public override byte[] Sign(int scheme, ReadOnlySpan<byte> message)
    {
        ECDsa key = _lease.Rent();
        byte[] signature = key.SignData(message, SigningAlgorithms.HashOf(scheme), DSASignatureFormat.Rfc3279DerSequence);
        _lease.Return(key);
        return signature;
    }

    public override bool Matches(SubjectPublicKeyInfo publicKey)
    {
        if (!publicKey.Algorithm.Algorithm.Equals(X9ObjectIdentifiers.IdECPublicKey))
        {
            return false;
        }

        using ECDsa other = ECDsa.Create();
        other.ImportSubjectPublicKeyInfo(publicKey.GetEncoded(), out _);
        ECParameters parameters = other.ExportParameters(includePrivateParameters: false);
        return parameters.Curve.Oid?.Value == _curve
            && parameters.Q.X.AsSpan().SequenceEqual(_publicPoint.X)
            && parameters.Q.Y.AsSpan().SequenceEqual(_publicPoint.Y);
    }
}
