using System.Security.Cryptography;

namespace Connet.Quic.Core.Crypto;

/// <summary>AES header protection (RFC 9001, section 5.4.3) by libcrypto: one block of ECB without padding.</summary>
internal sealed unsafe class LibCryptoAesHeaderMask : HeaderMask
{
    private readonly CipherContextHandle _context;

    public LibCryptoAesHeaderMask(nint cipher, ReadOnlySpan<byte> key)
    {
        _context = CipherContextHandle.Create(cipher, key);
        if (LibCryptoNative.SetPadding(_context.Pointer, 0) != 1)
        {
            _context.Dispose();
            throw new CryptographicException("libcrypto could not set up header protection.");
        }
    }

    public override void Compute(ReadOnlySpan<byte> sample, Span<byte> mask)
    {
        Check(sample, mask);
        byte* block = stackalloc byte[SampleLength];
        int written;
        fixed (byte* input = sample)
        {
            if (LibCryptoNative.Update(_context.Pointer, block, &written, input, SampleLength) != 1 || written != SampleLength)
            {
                throw new CryptographicException("libcrypto could not compute a header mask.");
            }
        }

        GC.KeepAlive(this);
        new ReadOnlySpan<byte>(block, MaskLength).CopyTo(mask);
    }

    protected override void Release() => _context.Dispose();
}
