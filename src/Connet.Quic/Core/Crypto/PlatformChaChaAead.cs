using System.Security.Cryptography;

namespace Connet.Quic.Core.Crypto;

/// <summary>
/// ChaCha20-Poly1305 by <see cref="ChaCha20Poly1305"/>. A forged packet costs an exception and its few hundred bytes of garbage; it is
/// caught right here, where that is cheapest. Nothing else allocates.
/// </summary>
internal sealed class PlatformChaChaAead(ReadOnlySpan<byte> key) : Aead
{
    private readonly ChaCha20Poly1305 _cipher = new(key);

    public override void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, Span<byte> buffer)
    {
        Check(nonce, buffer);
        Span<byte> text = buffer[..^TagLength];
        _cipher.Encrypt(nonce, text, text, buffer[^TagLength..], associatedData);
    }

    public override bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, Span<byte> buffer)
    {
        Check(nonce, buffer);
        Span<byte> text = buffer[..^TagLength];
        try
        {
            _cipher.Decrypt(nonce, text, buffer[^TagLength..], text, associatedData);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    protected override void Release() => _cipher.Dispose();
}
