using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace Connet.Quic.Core.Tls;

/// <summary>A certificate of ours: the engine only ever writes its bytes, so they are not parsed again per handshake.</summary>
internal sealed class LocalCertificate(byte[] encoded) : TlsCertificate
{
    public BigInteger SerialNumber => throw NotAsked();

    public string SigAlgOid => throw NotAsked();

    public byte[] GetEncoded() => encoded;

    public TlsEncryptor CreateEncryptor(int tlsCertificateRole) => throw NotAsked();

    public TlsVerifier CreateVerifier(short signatureAlgorithm) => throw NotAsked();

    public Tls13Verifier CreateVerifier(int signatureScheme) => throw NotAsked();

    public byte[]? GetExtension(DerObjectIdentifier extensionOid) => null;

    public Asn1Encodable GetSigAlgParams() => throw NotAsked();

    public short GetLegacySignatureAlgorithm() => throw NotAsked();

    public bool SupportsSignatureAlgorithm(short signatureAlgorithm) => throw NotAsked();

    public bool SupportsSignatureAlgorithmCA(short signatureAlgorithm) => throw NotAsked();

    public TlsCertificate CheckUsageInRole(int tlsCertificateRole) => throw NotAsked();

    private static TlsFatalAlert NotAsked() => new(AlertDescription.internal_error);
}
