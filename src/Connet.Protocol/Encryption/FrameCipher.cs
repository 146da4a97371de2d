using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Connet.Protocol.Encryption;

/// <summary>
/// ChaCha20-Poly1305 (RFC 8439) over the frames of one direction of a stream: no associated data, and a nonce that starts at zero
/// and counts up by one per frame as a big-endian number. Not safe for use by several threads at once.
/// </summary>
internal abstract class FrameCipher : IDisposable
{
    /// <summary>What a sealed frame is longer than the plain one.</summary>
    public const int TagLength = 16;

    /// <summary>The bytes of a nonce.</summary>
    protected const int NonceLength = 12;

    private ulong _counter;

    /// <summary>The platform's implementation where it has one, else the managed one.</summary>
    public static FrameCipher Create(ReadOnlySpan<byte> key) =>
        ChaCha20Poly1305.IsSupported ? new PlatformFrameCipher(key) : new ManagedFrameCipher(key);

    /// <summary>Seals the next frame.</summary>
    /// <param name="plaintext">The frame.</param>
    /// <param name="destination">Room for exactly the frame and its tag.</param>
    public void Seal(ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        Span<byte> nonce = stackalloc byte[NonceLength];
        NextNonce(nonce);
        Encrypt(nonce, plaintext, destination[..plaintext.Length], destination[plaintext.Length..]);
    }

    /// <summary>Opens the next frame in place; the plaintext is then at the beginning of <paramref name="sealedFrame"/>.</summary>
    /// <returns>False if it is not the next frame as the other side sealed it.</returns>
    public bool TryOpen(Span<byte> sealedFrame)
    {
        if (sealedFrame.Length < TagLength)
        {
            return false;
        }

        Span<byte> nonce = stackalloc byte[NonceLength];
        NextNonce(nonce);
        return TryDecrypt(nonce, sealedFrame[..^TagLength], sealedFrame[^TagLength..]);
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Encrypts one frame.</summary>
    protected abstract void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag);

    /// <summary>Decrypts one frame in place.</summary>
    protected abstract bool TryDecrypt(ReadOnlySpan<byte> nonce, Span<byte> text, ReadOnlySpan<byte> tag);

    private void NextNonce(Span<byte> nonce)
    {
        // 2^64 frames are out of reach; the upper four bytes stay zero.
        nonce.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(nonce[(NonceLength - sizeof(ulong))..], _counter);
        _counter = checked(_counter + 1);
    }
}
