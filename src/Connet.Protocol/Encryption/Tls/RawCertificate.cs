using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace Connet.Protocol.Encryption.Tls;

/// <summary>A certificate that keeps the bytes it came in, which the engine would encode anew: a pin must match what was sent.</summary>
internal sealed class RawCertificate(BcTlsCrypto crypto, byte[] encoding) : BcTlsCertificate(crypto, encoding)
{
    /// <summary>The bytes from the wire.</summary>
    public byte[] Raw { get; } = encoding;

    /// <inheritdoc/>
    public override byte[] GetEncoded() => Raw;
}
