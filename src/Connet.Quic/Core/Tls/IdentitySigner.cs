using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace Connet.Quic.Core.Tls;

/// <summary>Lets the engine sign with a key it never sees.</summary>
internal sealed class IdentitySigner(SigningKey key, int scheme) : TlsSigner, TlsStreamSigner, IDisposable
{
    private readonly MemoryStream _message = new();

    public Stream Stream => _message;

    public TlsStreamSigner GetStreamSigner(SignatureAndHashAlgorithm algorithm) => this;

    // The engine has closed the stream by now; its bytes stay readable.
    public byte[] GetSignature() => key.Sign(scheme, _message.ToArray());

    public void Dispose() => _message.Dispose();

    // Asked only of signers without a stream.
    public byte[] GenerateRawSignature(SignatureAndHashAlgorithm algorithm, byte[] hash) =>
        throw new TlsFatalAlert(AlertDescription.internal_error);
}
