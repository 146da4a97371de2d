using System.Security.Cryptography;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace Connet.Quic.Core.Tls;

/// <summary>
/// One ephemeral ECDH on P-256 (RFC 8446, section 4.2.8.2). Its key comes from the platform, not from the session's
/// generator.
/// </summary>
internal sealed class SystemEcAgreement(QuicTlsCrypto crypto) : TlsAgreement
{
    private const int CoordinateLength = 32;
    private const byte Uncompressed = 4;

    private readonly ECDiffieHellman _key = crypto.Own(ECDiffieHellman.Create(SigningAlgorithms.P256));
    private ECParameters _peer;

    public byte[] GenerateEphemeral()
    {
        ECPoint point = _key.ExportParameters(includePrivateParameters: false).Q;
        return [Uncompressed, .. point.X!, .. point.Y!];
    }

    public void ReceivePeerValue(byte[] peerValue)
    {
        if (peerValue.Length != 1 + (2 * CoordinateLength) || peerValue[0] != Uncompressed)
        {
            throw new TlsFatalAlert(AlertDescription.illegal_parameter);
        }

        _peer = new ECParameters
        {
            Curve = SigningAlgorithms.P256,
            Q = new ECPoint { X = peerValue[1..(1 + CoordinateLength)], Y = peerValue[(1 + CoordinateLength)..] },
        };
    }

    /// <summary>Importing the point checks that it is on the curve.</summary>
    public TlsSecret CalculateSecret()
    {
        using ECDiffieHellman peer = ECDiffieHellman.Create(_peer);
        byte[] shared = _key.DeriveRawSecretAgreement(peer.PublicKey);
        TlsSecret secret = crypto.CreateSecret(shared);
        CryptographicOperations.ZeroMemory(shared);
        return secret;
    }
}
