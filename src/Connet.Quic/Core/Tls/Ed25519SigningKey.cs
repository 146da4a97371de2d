using Org.BouncyCastle.Asn1.EdEC;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Tls;

namespace Connet.Quic.Core.Tls;

/// <summary>An Ed25519 key (RFC 8032), which the platform cannot hold.</summary>
internal sealed class Ed25519SigningKey(Ed25519PrivateKeyParameters key) : SigningKey
{
    private static readonly int[] _schemes = [SignatureScheme.ed25519];

    public override IReadOnlyList<int> Schemes => _schemes;

    public override byte[] Sign(int scheme, ReadOnlySpan<byte> message)
    {
        Ed25519Signer signer = new();
        signer.Init(forSigning: true, key);
        signer.BlockUpdate(message);
        return signer.GenerateSignature();
    }

    public override bool Matches(SubjectPublicKeyInfo publicKey) =>
        publicKey.Algorithm.Algorithm.Equals(EdECObjectIdentifiers.id_Ed25519)
        && publicKey.PublicKey.GetBytes().AsSpan().SequenceEqual(key.GeneratePublicKey().GetEncoded());
}
