using System.Text;
using Org.BouncyCastle.Tls;

namespace Connet.Quic.Core.Tls;

/// <summary>The server's side of the negotiation: asks <see cref="TlsServerOptions.Select"/> once and carries out its answer.</summary>
internal sealed class ServerPeer(TlsServerOptions options, HandshakeState state, QuicTlsCrypto crypto) : AbstractTlsServer(crypto)
{
    private TlsServerSelection? _selection;

    private TlsServerSelection Selection => _selection ?? throw new TlsFatalAlert(AlertDescription.internal_error);

    public override int[] GetSupportedGroups() => [.. options.Groups.Select(group => (int)group)];

    public override int GetMaxHandshakeMessageSize() => TlsDefaults.MaxMessageLength;

    // One more than allowed, so that the certificate too many reaches QuicTlsCrypto and gets the right alert there.
    public override int GetMaxCertificateChainLength() => TlsDefaults.MaxChainLength + 1;

    public override bool RequiresCloseNotify() => false;

    public override TlsPskIdentityManager? GetPskIdentityManager() => null;

    public override void ProcessClientExtensions(IDictionary<int, byte[]> clientExtensions)
    {
        base.ProcessClientExtensions(clientExtensions);
        if (m_clientProtocolNames is not { Count: > 0 })
        {
            // RFC 9001, section 8.1; the engine would go on without a protocol.
            throw new TlsFatalAlert(AlertDescription.no_application_protocol);
        }

        byte[] parameters = PeerParameters.Require(clientExtensions);
        TlsClientHello hello = new(ReadServerName(), [.. m_clientProtocolNames.Select(name => name.GetBytes())]);
        TlsServerSelection? selection = options.Select(hello);
        if (selection is null || selection.RefusalAlert is not null)
        {
            throw new TlsFatalAlert((short)(selection?.RefusalAlert ?? TlsAlert.HandshakeFailure));
        }

        if (!hello.Alpn.Any(offered => offered.AsSpan().SequenceEqual(selection.Alpn)))
        {
            throw new TlsFatalAlert(AlertDescription.no_application_protocol);
        }

        _selection = selection;
        m_selectedProtocolName = ProtocolName.AsRawBytes(selection.Alpn);
        state.Emit(new ServerSelectedOutput(selection));
        state.Emit(new NegotiatedOutput(selection.Alpn, hello.ServerName));
        state.Emit(new PeerParametersOutput(parameters));
    }

    /// <summary>What goes here is sent in EncryptedExtensions.</summary>
    public override void GetServerExtensionsForConnection(IDictionary<int, byte[]> serverExtensions)
    {
        base.GetServerExtensionsForConnection(serverExtensions);
        serverExtensions[TlsDefaults.TransportParametersExtension] = Selection.TransportParameters;
    }

    public override TlsCredentials GetCredentials() =>
        CredentialsFactory.Create(Selection.Identity, m_context, m_context.SecurityParameters.ClientSigAlgs)
            ?? throw new TlsFatalAlert(AlertDescription.handshake_failure);

    public override CertificateRequest? GetCertificateRequest() =>
        Selection.ClientCertificates == ClientCertificateMode.None
            ? null
            : new CertificateRequest([], [.. TlsDefaults.SignatureAlgorithms], null, null);

    /// <summary>Only notes the chain: the client has not proven yet that it holds the key.</summary>
    public override void NotifyClientCertificate(Certificate clientCertificate)
    {
        if (clientCertificate.GetCertificateRequestContext() is { Length: > 0 })
        {
            throw new TlsFatalAlert(AlertDescription.illegal_parameter);
        }

        if (!clientCertificate.IsEmpty)
        {
            state.OnPeerChain(clientCertificate);
        }
        else if (Selection.ClientCertificates == ClientCertificateMode.Required)
        {
            throw new TlsFatalAlert(AlertDescription.certificate_required);
        }
    }

    public override void NotifyHandshakeComplete() => state.OnComplete(m_context);

    protected override ProtocolVersion[] GetSupportedVersions() => ProtocolVersion.TLSv13.Only();

    protected override int[] GetSupportedCipherSuites() => [.. options.CipherSuites.Select(suite => (int)suite)];

    // Selected by bytes above, not by the engine.
    protected override IList<ProtocolName>? GetProtocolNames() => null;

    private string? ReadServerName()
    {
        foreach (ServerName name in m_context.SecurityParameters.ClientServerNames ?? [])
        {
            if (name.NameType == NameType.host_name)
            {
                // RFC 6066, section 3: ASCII. Anything else could only be meant to confuse whoever compares it.
                return Ascii.IsValid(name.NameData) && !name.NameData.AsSpan().ContainsAnyInRange((byte)0, (byte)' ')
                    ? Encoding.ASCII.GetString(name.NameData)
                    : throw new TlsFatalAlert(AlertDescription.illegal_parameter);
            }
        }

        return null;
    }
}
