using System.Security.Cryptography;

namespace Connet.Quic.Core.Crypto;

/// <summary>AEAD by libcrypto. One context serves both directions, since these ciphers have one key schedule for both.</summary>
internal sealed unsafe class LibCryptoAead(nint cipher, ReadOnlySpan<byte> key) : Aead
{
    private const int Encrypt = 1;
    private const int Decrypt = 0;

    private readonly CipherContextHandle _context = CipherContextHandle.Create(cipher, key);

    public override void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, Span<byte> buffer)
    {
        Check(nonce, buffer);
        nint context = _context.Pointer;
        int length = buffer.Length - TagLength;
        fixed (byte* text = buffer)
        {
            int written;
            if (!Process(context, Encrypt, nonce, associatedData, text, length)
                || LibCryptoNative.Final(context, text + length, &written) != 1
                || LibCryptoNative.Control(context, LibCryptoNative.GetTag, TagLength, text + length) != 1)
            {
                throw new CryptographicException("libcrypto could not seal a packet.");
            }
        }

        GC.KeepAlive(this);
    }

    public override bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, Span<byte> buffer)
    {
        Check(nonce, buffer);
        nint context = _context.Pointer;
        int length = buffer.Length - TagLength;
        bool authentic;
        fixed (byte* text = buffer)
        {
            int written;
            authentic = Process(context, Decrypt, nonce, associatedData, text, length)
                && LibCryptoNative.Control(context, LibCryptoNative.SetTag, TagLength, text + length) == 1
                && LibCryptoNative.Final(context, text + length, &written) == 1;
        }

        GC.KeepAlive(this);
        if (!authentic)
        {
            // libcrypto decrypts before it knows; unauthenticated plaintext must not outlive the call.
            buffer[..length].Clear();
        }

        return authentic;
    }

    protected override void Release() => _context.Dispose();

    /// <summary>Everything but the tag. An update of no bytes would mean something else to some versions, so it is left out.</summary>
    private static bool Process(
        nint context, int direction, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, byte* text, int length)
    {
        int written = 0;
        fixed (byte* nonceBytes = nonce, data = associatedData)
        {
            return LibCryptoNative.Init(context, 0, 0, null, nonceBytes, direction) == 1
                && (data == null || LibCryptoNative.Update(context, null, &written, data, associatedData.Length) == 1)
                && (length == 0 || (LibCryptoNative.Update(context, text, &written, text, length) == 1 && written == length));
        }
    }
}
