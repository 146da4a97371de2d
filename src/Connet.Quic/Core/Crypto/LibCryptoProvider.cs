using System.Security.Cryptography;

namespace Connet.Quic.Core.Crypto;

/// <summary>
/// Packet protection by OpenSSL's libcrypto with one kept context per key: more than twice as fast as the platform's
/// classes, which set up more on each call, and a forged packet costs no exception.
/// </summary>
internal sealed unsafe class LibCryptoProvider : CryptoProvider
{
    private readonly bool _hasChaCha;

    private LibCryptoProvider() => _hasChaCha = Works(CipherSuite.ChaCha20Poly1305Sha256);

    public override string Name => LibCryptoNative.LoadedName ?? "libcrypto";

    /// <summary>The provider, or null where the library is absent, incomplete or without a working AES-GCM.</summary>
    public static LibCryptoProvider? TryLoad()
    {
        if (!LibCryptoNative.TryInitialize())
        {
            return null;
        }

        LibCryptoProvider provider = new();
        return provider.Works(CipherSuite.Aes128GcmSha256) && provider.Works(CipherSuite.Aes256GcmSha384) ? provider : null;
    }

    public override bool IsSupported(CipherSuite suite) => suite switch
    {
        CipherSuite.Aes128GcmSha256 or CipherSuite.Aes256GcmSha384 => true,
        CipherSuite.ChaCha20Poly1305Sha256 => _hasChaCha,
        _ => false,
    };

    public override Aead CreateAead(CipherSuite suite, ReadOnlySpan<byte> key)
    {
        CipherSuiteParameters.RequireKeyLength(suite, key);
        return new LibCryptoAead(
            suite switch
            {
                CipherSuite.Aes128GcmSha256 => LibCryptoNative.Aes128Gcm(),
                CipherSuite.Aes256GcmSha384 => LibCryptoNative.Aes256Gcm(),
                _ => LibCryptoNative.ChaCha20Poly1305(),
            },
            key);
    }

    public override HeaderMask CreateHeaderMask(CipherSuite suite, ReadOnlySpan<byte> key)
    {
        CipherSuiteParameters.RequireKeyLength(suite, key);
        return suite switch
        {
            CipherSuite.Aes128GcmSha256 => new LibCryptoAesHeaderMask(LibCryptoNative.Aes128Ecb(), key),
            CipherSuite.Aes256GcmSha384 => new LibCryptoAesHeaderMask(LibCryptoNative.Aes256Ecb(), key),
            _ => new LibCryptoChaChaHeaderMask(key),
        };
    }

    /// <summary>Tries a suite once: a system policy (FIPS, say) can take a cipher away from a library that has it.</summary>
    private bool Works(CipherSuite suite)
    {
        Span<byte> key = stackalloc byte[CipherSuiteParameters.KeyLength(suite)];
        Span<byte> nonce = stackalloc byte[Aead.NonceLength];
        Span<byte> packet = stackalloc byte[32 + Aead.TagLength];
        Span<byte> mask = stackalloc byte[HeaderMask.MaskLength];
        key.Clear();
        nonce.Clear();
        packet.Clear();
        try
        {
            using HeaderMask header = CreateHeaderMask(suite, key);
            header.Compute(packet[..HeaderMask.SampleLength], mask);
            using Aead aead = CreateAead(suite, key);
            aead.Seal(nonce, key, packet);
            return packet[..32].ContainsAnyExcept((byte)0)
                && aead.TryOpen(nonce, key, packet)
                && !packet[..32].ContainsAnyExcept((byte)0);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
