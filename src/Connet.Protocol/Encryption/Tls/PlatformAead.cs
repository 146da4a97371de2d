using Org.BouncyCastle.Tls.Crypto.Impl;

namespace Connet.Protocol.Encryption.Tls;

/// <summary>An AEAD of the platform as the engine's record layer wants it. Records are sealed and opened in place.</summary>
internal abstract class PlatformAead(bool isEncryption) : TlsAeadCipherImpl, IDisposable
{
    /// <summary>The bytes of the tag of every TLS 1.3 cipher suite in use.</summary>
    protected const int TagLength = 16;

    private byte[] _nonce = [];
    private byte[]? _additionalData;

    /// <inheritdoc/>
    public void SetKey(byte[] key, int keyOff, int keyLen) => SetKey(key.AsSpan(keyOff, keyLen));

    /// <inheritdoc/>
    public abstract void SetKey(ReadOnlySpan<byte> key);

    /// <inheritdoc/>
    public void Init(byte[] nonce, int macSize, byte[]? additionalData) => (_nonce, _additionalData) = (nonce, additionalData);

    /// <inheritdoc/>
    public int GetOutputSize(int inputLength) => isEncryption ? inputLength + TagLength : Math.Max(0, inputLength - TagLength);

    /// <inheritdoc/>
    public int DoFinal(byte[] input, int inputOffset, int inputLength, byte[] output, int outputOffset) =>
        DoFinal(null, input, inputOffset, inputLength, output, outputOffset);

    /// <inheritdoc/>
    public int DoFinal(byte[]? additionalData, byte[] input, int inputOffset, int inputLength, byte[] output, int outputOffset)
    {
        ReadOnlySpan<byte> associated = additionalData ?? _additionalData;
        int textLength = isEncryption ? inputLength : inputLength - TagLength;
        ReadOnlySpan<byte> from = input.AsSpan(inputOffset, textLength);
        Span<byte> to = output.AsSpan(outputOffset, textLength);
        if (isEncryption)
        {
            Seal(_nonce, from, to, output.AsSpan(outputOffset + textLength, TagLength), associated);
            return textLength + TagLength;
        }

        Open(_nonce, from, input.AsSpan(inputOffset + textLength, TagLength), to, associated);
        return textLength;
    }

    /// <inheritdoc/>
    public void Reset()
    {
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Encrypts one record.</summary>
    protected abstract void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> associated);

    /// <summary>Decrypts one record; throws where it is not what was sealed.</summary>
    protected abstract void Open(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext, ReadOnlySpan<byte> associated);
}
