using System.Security.Cryptography;

namespace Connet.Quic.Core.Crypto;

/// <summary>
/// AES-GCM by <see cref="AesGcm"/>. A forged packet costs an exception and its few hundred bytes of garbage; it is
/// caught right here, where that is cheapest. Nothing else allocates.
/// </summary>
internal sealed class PlatformGcmAead(ReadOnlySpan<byte> key) : Aead
{
    private readonly AesGcm _cipher = new(key, TagLength);

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
