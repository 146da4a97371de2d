namespace Connet.Quic.Core.Crypto;

/// <summary>
/// The function of header protection (RFC 9001, section 5.4): a sample of ciphertext in, a mask out. An instance keeps
/// state and is used by one thread at a time.
/// </summary>
internal abstract class HeaderMask : IDisposable
{
    /// <summary>The length of the ciphertext sample.</summary>
    public const int SampleLength = 16;

    /// <summary>The length of the mask: one byte for the first byte of the packet, four for the packet number.</summary>
    public const int MaskLength = 5;

    private bool _disposed;

    /// <summary>Writes the mask for <paramref name="sample"/> (16 bytes) into the first 5 bytes of <paramref name="mask"/>.</summary>
    public abstract void Compute(ReadOnlySpan<byte> sample, Span<byte> mask);

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
    protected void Check(ReadOnlySpan<byte> sample, ReadOnlySpan<byte> mask)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNotEqual(sample.Length, SampleLength);
        ArgumentOutOfRangeException.ThrowIfLessThan(mask.Length, MaskLength);
    }
}
