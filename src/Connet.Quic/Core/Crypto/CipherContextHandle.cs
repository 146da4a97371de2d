using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Connet.Quic.Core.Crypto;

/// <summary>
/// Owns one EVP_CIPHER_CTX. Users read the raw pointer for the length of a call and keep themselves alive over it: the
/// counting of a safe handle would cost more than the header mask does, and one thread at a time uses a context anyway.
/// </summary>
internal sealed unsafe class CipherContextHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    private CipherContextHandle(nint context)
        : base(ownsHandle: true) => SetHandle(context);

    /// <summary>The context.</summary>
    /// <exception cref="ObjectDisposedException">It was freed.</exception>
    public nint Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return handle;
        }
    }

    /// <summary>Makes a context for <paramref name="cipher"/> and <paramref name="key"/>, in the direction of encryption.</summary>
    /// <exception cref="CryptographicException">The library has no memory, or does not offer this cipher.</exception>
    public static CipherContextHandle Create(nint cipher, ReadOnlySpan<byte> key)
    {
        CipherContextHandle context = new(LibCryptoNative.NewContext());
        fixed (byte* keyBytes = key)
        {
            if (context.IsInvalid || cipher == 0 || LibCryptoNative.Init(context.handle, cipher, 0, keyBytes, null, 1) != 1)
            {
                context.Dispose();
                throw new CryptographicException("libcrypto could not set up a cipher.");
            }
        }

        return context;
    }

    protected override bool ReleaseHandle()
    {
        LibCryptoNative.FreeContext(handle);
        return true;
    }
}
