using System.Security.Cryptography;

namespace Connet.Protocol.Encryption.Tls;

/// <summary>AES-GCM by the platform.</summary>
internal sealed class PlatformAesGcm(bool isEncryption) : PlatformAead(isEncryption)
{
    private AesGcm? _cipher;

    /// <inheritdoc/>
    public override void SetKey(ReadOnlySpan<byte> key)
    {
        _cipher?.Dispose();
        _cipher = new AesGcm(key, TagLength);
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
