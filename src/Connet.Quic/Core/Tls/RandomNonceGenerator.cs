using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls.Crypto;

namespace Connet.Quic.Core.Tls;

/// <summary>Hello randoms and cookies straight from the session's generator, without a generator of the engine's own.</summary>
internal sealed class RandomNonceGenerator(SecureRandom random) : TlsNonceGenerator
{
    public byte[] GenerateNonce(int size)
    {
        byte[] nonce = new byte[size];
        random.NextBytes(nonce, 0, size);
        return nonce;
    }
}
