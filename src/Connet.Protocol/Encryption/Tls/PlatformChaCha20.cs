using System.Security.Cryptography;

namespace Connet.Protocol.Encryption.Tls;

/// <summary>ChaCha20-Poly1305 by the platform.</summary>
internal sealed class PlatformChaCha20(bool isEncryption) : PlatformAead(isEncryption)
{
    private ChaCha20Poly1305? _cipher;

    /// <inheritdoc/>
    public override void SetKey(ReadOnlySpan<byte> key)
    {
        _cipher?.Dispose();
        _cipher = new ChaCha20Poly1305(key);
    }

    /// <inheritdoc/>
    public override void Dispose() => _cipher?.Dispose();

    /// <inheritdoc/>
    protected override void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> associated) =>
        _cipher!.Encrypt(nonce, plaintext, ciphertext, tag, associated);

    /// <inheritdoc/>
    protected override void Open(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext, ReadOnlySpan<byte> associated) =>
        _cipher!.Decrypt(nonce, ciphertext, tag, plaintext, associated);
}
