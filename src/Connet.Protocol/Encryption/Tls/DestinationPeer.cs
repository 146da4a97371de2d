using System.Text;
using Connet.Protocol.Identities;
using Org.BouncyCastle.Tls;

namespace Connet.Protocol.Encryption.Tls;

/// <summary>The TLS server, which is the destination: shows its server certificate and requires the source's client certificate.</summary>
/// <param name="certificate">The own server certificate.</param>
/// <param name="state">Takes what is found out.</param>
/// <param name="crypto">The cryptography of the session.</param>
internal sealed class DestinationPeer(GeneratedCertificate certificate, TlsState state, RelayTlsCrypto crypto) : AbstractTlsServer(crypto)
{
    public override int[] GetSupportedGroups() => TlsParameters.Groups;

    public override int GetMaxHandshakeMessageSize() => TlsParameters.MaxMessageLength;

    public override int GetMaxCertificateChainLength() => TlsParameters.MaxChainLength;

    public override TlsPskIdentityManager? GetPskIdentityManager() => null;

    /// <summary>Refuses whoever means somebody else. A source that names nobody is identified by its certificate all the same.</summary>
    public override void ProcessClientExtensions(IDictionary<int, byte[]> clientExtensions)
    {
        base.ProcessClientExtensions(clientExtensions);
        foreach (ServerName name in m_context.SecurityParameters.ClientServerNames ?? [])
        {
            if (name.NameType == NameType.host_name && !name.NameData.AsSpan().SequenceEqual(Encoding.ASCII.GetBytes(certificate.ServerName!)))
            {
                throw state.Refuse(AlertDescription.unrecognized_name, "the other side asks for the name of somebody else");
            }
        }
    }

    public override TlsCredentials GetCredentials() =>
        IdentitySigner.CreateCredentials(certificate, crypto, m_context, m_context.SecurityParameters.ClientSigAlgs)
            ?? throw state.Refuse(AlertDescription.handshake_failure, "the other side does not accept Ed25519 signatures");

    /// <summary>Names no authorities: some programs answer with a certificate only if they like the list.</summary>
    public override CertificateRequest GetCertificateRequest() => new([], [TlsParameters.Ed25519], null, null);

    public override void NotifyClientCertificate(Certificate clientCertificate) => state.OnPeerChain(clientCertificate);

    public override void NotifyHandshakeComplete()
    {
        // The engine keeps a copy of the master secret for a resumption that never happens.
        m_context.Session?.ExportSessionParameters()?.Clear();
        state.OnComplete();
        crypto.ReleaseHandshakeKeys();
    }

    protected override ProtocolVersion[] GetSupportedVersions() => ProtocolVersion.TLSv13.Only();

    protected override int[] GetSupportedCipherSuites() => TlsParameters.CipherSuites;

    protected override IList<ProtocolName>? GetProtocolNames() => null;
}
