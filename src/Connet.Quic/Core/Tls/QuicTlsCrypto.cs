using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace Connet.Quic.Core.Tls;

/// <summary>
/// The cryptography of one session: hashes, HKDF, NIST curves and signatures by the platform; X25519, Ed25519 and ML-KEM
/// by the engine. Where the engine asks for record protection it gets none, and the traffic secrets are taken instead.
/// </summary>
internal sealed class QuicTlsCrypto(HandshakeState state, SecureRandom random) : BcTlsCrypto(random), IDisposable
{
    private readonly SecureRandom _random = random;
    private readonly List<IDisposable> _owned = [];
    private int _peerCertificates;

    /// <summary>Releases the native objects of the handshake; the engine never does.</summary>
    public void Dispose()
    {
        foreach (IDisposable owned in _owned)
        {
            owned.Dispose();
        }

        _owned.Clear();
    }

    /// <summary>Keeps <paramref name="value"/> until the handshake is over.</summary>
    public T Own<T>(T value)
        where T : IDisposable
    {
        _owned.Add(value);
        return value;
    }

    /// <summary>Called for the Handshake keys first and for the 1-RTT keys second: the moment to take the secrets.</summary>
    public override TlsCipher CreateCipher(TlsCryptoParameters cryptoParams, int encryptionAlgorithm, int macAlgorithm)
    {
        state.OnCipherCreated(cryptoParams.SecurityParameters);
        return new NullRecordCipher();
    }

    public override TlsCertificate CreateCertificate(short type, byte[] encoding)
    {
        if (type != CertificateType.X509)
        {
            throw new TlsFatalAlert(AlertDescription.unsupported_certificate);
        }

        if (++_peerCertificates > TlsDefaults.MaxChainLength)
        {
            throw new TlsFatalAlert(AlertDescription.bad_certificate);
        }

        return new PeerCertificate(this, encoding);
    }

    public override TlsNonceGenerator CreateNonceGenerator(byte[] additionalSeedMaterial) => new RandomNonceGenerator(_random);

    public override TlsNonceGenerator CreateNonceGenerator(ReadOnlySpan<byte> additionalSeedMaterial) => new RandomNonceGenerator(_random);

    public override TlsHash CreateHash(int cryptoHashAlgorithm) => cryptoHashAlgorithm switch
    {
        CryptoHashAlgorithm.sha256 or CryptoHashAlgorithm.sha384 =>
            Own(new SystemHash(SigningAlgorithms.HashName(cryptoHashAlgorithm))),
        _ => base.CreateHash(cryptoHashAlgorithm),
    };

    public override TlsSecret CreateSecret(byte[] data) => new SystemSecret(this, (byte[])data.Clone());

    public override TlsSecret CreateHybridSecret(TlsSecret s1, TlsSecret s2) => new SystemSecret(this, [.. s1.Extract(), .. s2.Extract()]);

    public override TlsSecret HkdfInit(int cryptoHashAlgorithm) =>
        new SystemSecret(this, new byte[TlsCryptoUtilities.GetHashOutputSize(cryptoHashAlgorithm)]);

    public override TlsECDomain CreateECDomain(TlsECConfig ecConfig) =>
        ecConfig.NamedGroup == NamedGroup.secp256r1 ? new SystemEcDomain(this) : new GuardedEcDomain(base.CreateECDomain(ecConfig));

    public override TlsKemDomain CreateKemDomain(TlsKemConfig kemConfig) => new GuardedKemDomain(base.CreateKemDomain(kemConfig));
}
