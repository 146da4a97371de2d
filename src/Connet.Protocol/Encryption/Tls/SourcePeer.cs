using System.Text;
using Connet.Protocol.Identities;
using Org.BouncyCastle.Tls;

namespace Connet.Protocol.Encryption.Tls;

/// <summary>The TLS client, which is the source: shows its client certificate and expects the destination's server certificate.</summary>
/// <param name="certificate">The own client certificate.</param>
/// <param name="serverName">The name of the expected certificate, sent as SNI.</param>
/// <param name="state">Takes what is found out.</param>
/// <param name="crypto">The cryptography of the session.</param>
internal sealed class SourcePeer(GeneratedCertificate certificate, string serverName, TlsState state, RelayTlsCrypto crypto)
    : AbstractTlsClient(crypto), TlsAuthentication
{
    // A middlebox would have to sit inside the QUIC connection (RFC 8446, appendix D.4).
    public override bool ShouldUseCompatibilityMode() => false;

    public override int GetMaxHandshakeMessageSize() => TlsParameters.MaxMessageLength;

    public override int GetMaxCertificateChainLength() => TlsParameters.MaxChainLength;

    public override TlsSession? GetSessionToResume() => null;

    public override IList<int> GetEarlyKeyShareGroups() => TlsParameters.Groups;

    public override TlsAuthentication GetAuthentication() => this;

    public void NotifyServerCertificate(TlsServerCertificate serverCertificate) => state.OnPeerChain(serverCertificate.Certificate);

    public TlsCredentials? GetClientCredentials(CertificateRequest certificateRequest) =>
        IdentitySigner.CreateCredentials(certificate, crypto, m_context, certificateRequest.SupportedSignatureAlgorithms);

    public override void NotifyHandshakeComplete()
    {
        // The engine keeps a copy of the master secret for a resumption that never happens.
        m_context.Session?.ExportSessionParameters()?.Clear();
        state.OnComplete();
        crypto.ReleaseHandshakeKeys();
    }

    protected override ProtocolVersion[] GetSupportedVersions() => ProtocolVersion.TLSv13.Only();

    protected override int[] GetSupportedCipherSuites() => TlsParameters.CipherSuites;

    protected override IList<int> GetSupportedGroups(IList<int> namedGroupRoles) => TlsParameters.Groups;

    protected override IList<SignatureAndHashAlgorithm> GetSupportedSignatureAlgorithms() => [TlsParameters.Ed25519];

    protected override IList<ServerName> GetSniServerNames() => [new ServerName(NameType.host_name, Encoding.ASCII.GetBytes(serverName))];

    protected override CertificateStatusRequest? GetCertificateStatusRequest() => null;
}
