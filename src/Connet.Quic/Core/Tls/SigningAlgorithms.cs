using System.Security.Cryptography;
using Org.BouncyCastle.Tls;

namespace Connet.Quic.Core.Tls;

/// <summary>The platform's names for what TLS signature schemes and hashes stand for.</summary>
internal static class SigningAlgorithms
{
    public static ECCurve P256 { get; } = ECCurve.NamedCurves.nistP256;

    public static ECCurve P384 { get; } = ECCurve.NamedCurves.nistP384;

    /// <summary>The hash of a TLS 1.3 signature scheme.</summary>
    public static HashAlgorithmName HashOf(int signatureScheme) => HashName(SignatureScheme.GetCryptoHashAlgorithm(signatureScheme));

    /// <summary>The platform's name of one of the engine's hashes.</summary>
    public static HashAlgorithmName HashName(int cryptoHashAlgorithm) => cryptoHashAlgorithm switch
    {
        Org.BouncyCastle.Tls.Crypto.CryptoHashAlgorithm.sha256 => HashAlgorithmName.SHA256,
        Org.BouncyCastle.Tls.Crypto.CryptoHashAlgorithm.sha384 => HashAlgorithmName.SHA384,
        Org.BouncyCastle.Tls.Crypto.CryptoHashAlgorithm.sha512 => HashAlgorithmName.SHA512,
        _ => throw new TlsFatalAlert(AlertDescription.internal_error),
    };
}
