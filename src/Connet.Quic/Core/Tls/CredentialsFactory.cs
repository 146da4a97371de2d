using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace Connet.Quic.Core.Tls;

/// <summary>Makes the engine's credentials from an identity, for a signature scheme the peer accepts.</summary>
internal static class CredentialsFactory
{
    /// <summary>The credentials, or <see langword="null"/> if the peer accepts no scheme of this key.</summary>
    public static TlsCredentialedSigner? Create(
        TlsIdentity identity, TlsContext context, IList<SignatureAndHashAlgorithm>? acceptedByPeer)
    {
        foreach (int scheme in identity.Key.Schemes)
        {
            SignatureAndHashAlgorithm algorithm = SignatureScheme.GetSignatureAndHashAlgorithm(scheme);
            if (acceptedByPeer is not null && acceptedByPeer.Contains(algorithm))
            {
                CertificateEntry[] entries = [.. identity.Chain.Select(der => new CertificateEntry(new LocalCertificate(der), null))];

                // The request context has to be empty and must not be null (RFC 8446, section 4.4.2).
                Certificate certificate = new([], entries);
                IdentitySigner signer = new(identity.Key, scheme);
                return new DefaultTlsCredentialedSigner(new TlsCryptoParameters(context), signer, certificate, algorithm);
            }
        }

        return null;
    }
}
