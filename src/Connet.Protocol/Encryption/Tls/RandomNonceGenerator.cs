using Org.BouncyCastle.Tls.Crypto;

namespace Connet.Protocol.Encryption.Tls;

/// <summary>Hello randoms and cookies straight from the operating system's generator, without a generator of the engine's own.</summary>
internal sealed class RandomNonceGenerator : TlsNonceGenerator
{
    /// <inheritdoc/>
    public byte[] GenerateNonce(int size)
    {
        byte[] nonce = new byte[size];
        TlsParameters.Random.NextBytes(nonce, 0, size);
        return nonce;
    }
}
