using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace Connet.Protocol.Encryption;

/// <summary>The frame cipher for platforms that have none of their own, such as older versions of Windows.</summary>
internal sealed class ManagedFrameCipher(ReadOnlySpan<byte> key) : FrameCipher
{
    private readonly KeyParameter _key = new(key);
    private readonly ChaCha20Poly1305 _cipher = new();

    /// <inheritdoc/>
    public override void Dispose()
    {
    }

    /// <inheritdoc/>
    protected override void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag)
    {
        byte[] output = new byte[plaintext.Length + TagLength];
        Start(forEncryption: true, nonce);
        int written = _cipher.ProcessBytes(plaintext, output);
        _cipher.DoFinal(output.AsSpan(written));
        output.AsSpan(0, plaintext.Length).CopyTo(ciphertext);
        output.AsSpan(plaintext.Length).CopyTo(tag);
    }

    /// <inheritdoc/>
    protected override bool TryDecrypt(ReadOnlySpan<byte> nonce, Span<byte> text, ReadOnlySpan<byte> tag)
    {
        byte[] output = new byte[text.Length + TagLength];
        Start(forEncryption: false, nonce);
        int written = _cipher.ProcessBytes(text, output);
        written += _cipher.ProcessBytes(tag, output.AsSpan(written));
        try
        {
            _cipher.DoFinal(output.AsSpan(written));
        }
        catch (InvalidCipherTextException)
        {
            return false;
        }

        output.AsSpan(0, text.Length).CopyTo(text);
        return true;
    }

    private void Start(bool forEncryption, ReadOnlySpan<byte> nonce) =>
        _cipher.Init(forEncryption, new AeadParameters(_key, TagLength * 8, nonce.ToArray()));
}
