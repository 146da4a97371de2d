namespace Connet.Quic.Core.Crypto;

/// <summary>
/// Authenticated encryption under one key, in place. An instance keeps native state and is used by one thread at a time;
/// no operation allocates unless the implementation says so.
/// </summary>
internal abstract class Aead : IDisposable
{
    /// <summary>The length of the authentication tag of every suite.</summary>
    public const int TagLength = 16;

    /// <summary>The length of the nonce of every suite.</summary>
    public const int NonceLength = 12;

    private bool _disposed;

    /// <summary>Encrypts all of <paramref name="buffer"/> but its last 16 bytes in place and writes the tag into those.</summary>
    public abstract void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, Span<byte> buffer);

    /// <summary>
    /// Checks and decrypts <paramref name="buffer"/> (ciphertext, then 16 bytes of tag) in place. False means that it is
    /// not authentic: the ciphertext is then overwritten, and nothing of the plaintext is left in the buffer.
    /// </summary>
    public abstract bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, Span<byte> buffer);

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Release();
        }
    }

    /// <summary>Releases native state and wipes key material. Called once.</summary>
    protected abstract void Release();

    /// <summary>Catches callers' mistakes: a length before native code sees it, and the use of a key that was wiped.</summary>
    protected void Check(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, NonceLength);
        ArgumentOutOfRangeException.ThrowIfLessThan(buffer.Length, TagLength);
    }
}
