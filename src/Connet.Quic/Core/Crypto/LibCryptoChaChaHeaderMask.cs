using System.Security.Cryptography;

namespace Connet.Quic.Core.Crypto;

/// <summary>
/// ChaCha20 header protection (RFC 9001, section 5.4.4) by libcrypto, whose 16-byte initialisation vector is the block
/// counter in little-endian and then the nonce: exactly the sample.
/// </summary>
internal sealed unsafe class LibCryptoChaChaHeaderMask(ReadOnlySpan<byte> key) : HeaderMask
{
    private readonly CipherContextHandle _context = CipherContextHandle.Create(LibCryptoNative.ChaCha20(), key);

    public override void Compute(ReadOnlySpan<byte> sample, Span<byte> mask)
    {
        Check(sample, mask);
        nint context = _context.Pointer;
        ulong zeros = 0;
        int written;
        fixed (byte* vector = sample, output = mask)
        {
            if (LibCryptoNative.Init(context, 0, 0, null, vector, 1) != 1
                || LibCryptoNative.Update(context, output, &written, (byte*)&zeros, MaskLength) != 1
                || written != MaskLength)
            {
                throw new CryptographicException("libcrypto could not compute a header mask.");
            }
        }

        GC.KeepAlive(this);
    }

    protected override void Release() => _context.Dispose();
}
