using System.Security.Cryptography;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace Connet.Protocol.Encryption.Tls;

/// <summary>The cryptography of one session: records are protected by the platform where it can, everything else is the engine's.</summary>
internal sealed class RelayTlsCrypto() : BcTlsCrypto(TlsParameters.Random), IDisposable
{
    private const int TagLength = 16;
    private const int ChaChaKeyLength = 32;

    private readonly List<PlatformAead> _ciphers = [];
    private int _certificates;

    /// <summary>The keys of the handshake are of no more use: the two newest ciphers protect the data.</summary>
    public void ReleaseHandshakeKeys()
    {
        for (int i = 0; i < _ciphers.Count - 2; i++)
        {
            _ciphers[i].Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _ciphers.ForEach(cipher => cipher.Dispose());

    /// <inheritdoc/>
    public override TlsCertificate CreateCertificate(short type, byte[] encoding) =>
        type != CertificateType.X509 ? throw new TlsFatalAlert(AlertDescription.unsupported_certificate)
        : ++_certificates > TlsParameters.MaxChainLength + 1 ? throw new TlsFatalAlert(AlertDescription.bad_certificate)
        : new RawCertificate(this, encoding);

    /// <inheritdoc/>
    public override TlsNonceGenerator CreateNonceGenerator(byte[] additionalSeedMaterial) => new RandomNonceGenerator();

    /// <inheritdoc/>
    public override TlsNonceGenerator CreateNonceGenerator(ReadOnlySpan<byte> additionalSeedMaterial) => new RandomNonceGenerator();

    /// <inheritdoc/>
    protected override TlsAeadCipher CreateCipher_Aes_Gcm(TlsCryptoParameters cryptoParams, int cipherKeySize, int macSize) => AesGcm.IsSupported
        ? new TlsAeadCipher(
            cryptoParams, Own(new PlatformAesGcm(isEncryption: true)), Own(new PlatformAesGcm(isEncryption: false)), cipherKeySize, macSize, TlsAeadCipher.AEAD_GCM)
        : base.CreateCipher_Aes_Gcm(cryptoParams, cipherKeySize, macSize);

    /// <inheritdoc/>
    protected override TlsCipher CreateChaCha20Poly1305(TlsCryptoParameters cryptoParams) => ChaCha20Poly1305.IsSupported
        ? new TlsAeadCipher(
            cryptoParams,
            Own(new PlatformChaCha20(isEncryption: true)),
            Own(new PlatformChaCha20(isEncryption: false)),
            ChaChaKeyLength,
            TagLength,
            TlsAeadCipher.AEAD_CHACHA20_POLY1305)
        : base.CreateChaCha20Poly1305(cryptoParams);

    private PlatformAead Own(PlatformAead cipher)
    {
        _ciphers.Add(cipher);
        return cipher;
    }
}
