using System.Text;
using Connet.Protocol.Identities;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace Connet.HandPeer;

/// <summary>The client of a <see cref="HandTls"/>.</summary>
internal sealed class HandTlsClient(string? serverName, GeneratedCertificate? certificate, HandTlsState state)
    : DefaultTlsClient(new BcTlsCrypto(new SecureRandom())), TlsAuthentication
{
    public override TlsAuthentication GetAuthentication() => this;

    public void NotifyServerCertificate(TlsServerCertificate serverCertificate) =>
        state.PeerCertificate = serverCertificate.Certificate.GetCertificateAt(0).GetEncoded();

    public TlsCredentials? GetClientCredentials(CertificateRequest certificateRequest) =>
        certificate is null ? null : Credentials(certificate, (BcTlsCrypto)Crypto, m_context);

    public override void NotifyHandshakeComplete() => state.IsComplete = true;

    protected override ProtocolVersion[] GetSupportedVersions() => ProtocolVersion.TLSv13.Only();

    protected override IList<ServerName>? GetSniServerNames() =>
        serverName is null ? null : [new ServerName(NameType.host_name, Encoding.ASCII.GetBytes(serverName))];

    internal static BcDefaultTlsCredentialedSigner Credentials(GeneratedCertificate certificate, BcTlsCrypto crypto, TlsContext context) => new(
        new Org.BouncyCastle.Tls.Crypto.TlsCryptoParameters(context),
        crypto,
        PrivateKeyFactory.CreateKey(certificate.ExportPkcs8()),
        new Certificate([], [new CertificateEntry(new BcTlsCertificate(crypto, certificate.Certificate.ToArray()), null)]),
        SignatureScheme.GetSignatureAndHashAlgorithm(SignatureScheme.ed25519));
}
