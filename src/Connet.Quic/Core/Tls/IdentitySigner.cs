using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace Connet.Quic.Core.Tls;

/// <summary>Lets the engine sign with a key it never sees.</summary>
internal sealed class IdentitySigner(SigningKey key, int scheme) : TlsSigner, TlsStreamSigner, IDisposable
{
    private readonly MemoryStream _message = new();

    public Stream Stream => _message;

    public TlsStreamSigner GetStreamSigner(SignatureAndHashAlgorithm algorithm) => this;

    public byte[] GetSignature() => key.Sign(scheme, _message.GetBuffer().AsSpan(0, (int)_message.Length));

    public void Dispose() => _message.Dispose();

    // Asked only of signers without a stream.
    public byte[] GenerateRawSignature(SignatureAndHashAlgorithm algorithm, byte[] hash) =>
        throw new TlsFatalAlert(AlertDescription.internal_error);
}
