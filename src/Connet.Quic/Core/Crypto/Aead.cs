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

    /// <summary>Encrypts all of <paramref name="buffer"/> but its last 16 bytes in place and writes the tag into those.</summary>
    public abstract void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, Span<byte> buffer);

    /// <summary>
    /// Checks and decrypts <paramref name="buffer"/> (ciphertext, then 16 bytes of tag) in place. False means that it is
    /// not authentic: the ciphertext is then overwritten, and nothing of the plaintext is left in the buffer.
    /// </summary>
    public abstract bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, Span<byte> buffer);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases native state and wipes key material.</summary>
    protected abstract void Dispose(bool disposing);

    /// <summary>Catches callers' mistakes before native code sees a length.</summary>
    protected static void CheckLengths(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> buffer)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, NonceLength);
        ArgumentOutOfRangeException.ThrowIfLessThan(buffer.Length, TagLength);
    }
}
