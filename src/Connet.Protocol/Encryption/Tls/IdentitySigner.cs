using Connet.Protocol.Identities;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace Connet.Protocol.Encryption.Tls;

/// <summary>Lets the engine sign with the key of a certificate, which it never sees.</summary>
internal sealed class IdentitySigner(GeneratedCertificate certificate) : TlsSigner, TlsStreamSigner, IDisposable
{
    private readonly MemoryStream _message = new();

    /// <inheritdoc/>
    public Stream Stream => _message;

    /// <summary>The credentials for a handshake; null if the other side does not accept the one kind of key that there is.</summary>
    public static TlsCredentialedSigner? CreateCredentials(
        GeneratedCertificate certificate, RelayTlsCrypto crypto, TlsContext context, IList<SignatureAndHashAlgorithm>? accepted)
    {
        SignatureAndHashAlgorithm algorithm = TlsParameters.Ed25519;
        if (accepted is null || !accepted.Contains(algorithm))
        {
            return null;
        }

        // The request context has to be empty and must not be null (RFC 8446, section 4.4.2).
        Certificate chain = new([], [new CertificateEntry(new RawCertificate(crypto, certificate.Certificate.ToArray()), null)]);
        return new DefaultTlsCredentialedSigner(new TlsCryptoParameters(context), new IdentitySigner(certificate), chain, algorithm);
    }

    /// <inheritdoc/>
    public TlsStreamSigner GetStreamSigner(SignatureAndHashAlgorithm algorithm) => this;

    /// <summary>Signs. The engine has closed the stream by now; its bytes stay readable.</summary>
    public byte[] GetSignature() => certificate.Sign(_message.ToArray());

    /// <summary>Asked only of signers without a stream.</summary>
    public byte[] GenerateRawSignature(SignatureAndHashAlgorithm algorithm, byte[] hash) => throw new TlsFatalAlert(AlertDescription.internal_error);

    /// <inheritdoc/>
    public void Dispose() => _message.Dispose();
}
