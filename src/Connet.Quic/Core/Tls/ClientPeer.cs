using System.Text;
using Org.BouncyCastle.Tls;

namespace Connet.Quic.Core.Tls;

/// <summary>The client's side of the negotiation: what goes into its ClientHello and what it takes from the server.</summary>
internal sealed class ClientPeer(TlsClientOptions options, HandshakeState state, QuicTlsCrypto crypto)
    : AbstractTlsClient(crypto), TlsAuthentication
{
    public override bool ShouldUseCompatibilityMode() => false;

    public override int GetMaxHandshakeMessageSize() => TlsDefaults.MaxMessageLength;

    // One more than allowed, so that the certificate too many reaches QuicTlsCrypto and gets the right alert there.
    public override int GetMaxCertificateChainLength() => TlsDefaults.MaxChainLength + 1;

    public override bool RequiresCloseNotify() => false;

    public override TlsSession? GetSessionToResume() => null;

    public override IList<int> GetEarlyKeyShareGroups() => [.. options.KeyShareGroups.Select(group => (int)group)];

    public override IDictionary<int, byte[]> GetClientExtensions()
    {
        IDictionary<int, byte[]> extensions = base.GetClientExtensions();
        extensions[TlsDefaults.TransportParametersExtension] = options.TransportParameters;
        return extensions;
    }

    public override void ProcessServerExtensions(IDictionary<int, byte[]> serverExtensions)
    {
        base.ProcessServerExtensions(serverExtensions);

        // RFC 9001, section 8.1: a server that answers with no protocol, or with one never offered, is refused. Compared
        // as bytes: a protocol name need not be text.
        byte[] alpn = m_context.SecurityParameters.ApplicationProtocol?.GetBytes()
            ?? throw new TlsFatalAlert(AlertDescription.no_application_protocol);
        if (!Array.Exists(options.Alpn, offered => offered.AsSpan().SequenceEqual(alpn)))
        {
            throw new TlsFatalAlert(AlertDescription.illegal_parameter);
        }

        state.Emit(new NegotiatedOutput(alpn, options.ServerName));
        state.Emit(new PeerParametersOutput(PeerParameters.Require(serverExtensions)));
    }

    public override TlsAuthentication GetAuthentication() => this;

    /// <summary>Only notes the chain: the server has not proven yet that it holds the key.</summary>
    public void NotifyServerCertificate(TlsServerCertificate serverCertificate) => state.OnPeerChain(serverCertificate.Certificate);

    /// <summary>Without a certificate that fits, the answer is an empty Certificate message.</summary>
    public TlsCredentials? GetClientCredentials(CertificateRequest certificateRequest) =>
        options.Certificate is null
            ? null
            : CredentialsFactory.Create(options.Certificate, m_context, certificateRequest.SupportedSignatureAlgorithms);

    public override void NotifyHandshakeComplete() => state.OnComplete(m_context);

    protected override ProtocolVersion[] GetSupportedVersions() => ProtocolVersion.TLSv13.Only();

    protected override int[] GetSupportedCipherSuites() => [.. options.CipherSuites.Select(suite => (int)suite)];

    protected override IList<int> GetSupportedGroups(IList<int> namedGroupRoles) => [.. options.Groups.Select(group => (int)group)];

    protected override IList<SignatureAndHashAlgorithm> GetSupportedSignatureAlgorithms() => [.. TlsDefaults.SignatureAlgorithms];

    protected override IList<ProtocolName> GetProtocolNames() => [.. options.Alpn.Select(ProtocolName.AsRawBytes)];

    protected override IList<ServerName>? GetSniServerNames() =>
        options.ServerName is null ? null : [new ServerName(NameType.host_name, Encoding.ASCII.GetBytes(options.ServerName))];

    protected override CertificateStatusRequest? GetCertificateStatusRequest() => null;
}
