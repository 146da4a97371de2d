using System.Text;
using Connet.Protocol.Identities;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace Connet.HandPeer;

/// <summary>The server of a <see cref="HandTls"/>.</summary>
internal sealed class HandTlsServer(GeneratedCertificate certificate, HandTlsState state) : DefaultTlsServer(new BcTlsCrypto(new SecureRandom()))
{
    public override void ProcessClientExtensions(IDictionary<int, byte[]> clientExtensions)
    {
        base.ProcessClientExtensions(clientExtensions);
        state.HasProtocols = clientExtensions.ContainsKey(ExtensionType.application_layer_protocol_negotiation);
        state.RequestedName = m_context.SecurityParameters.ClientServerNames is { Count: > 0 } names ? Encoding.ASCII.GetString(names[0].NameData) : null;
    }

    public override TlsCredentials GetCredentials() => HandTlsClient.Credentials(certificate, (BcTlsCrypto)Crypto, m_context);

    public override CertificateRequest GetCertificateRequest() =>
        new([], [SignatureScheme.GetSignatureAndHashAlgorithm(SignatureScheme.ed25519)], null, null);

    public override void NotifyClientCertificate(Certificate clientCertificate) =>
        state.PeerCertificate = clientCertificate.IsEmpty ? null : clientCertificate.GetCertificateAt(0).GetEncoded();

    public override void NotifyHandshakeComplete() => state.IsComplete = true;

    protected override ProtocolVersion[] GetSupportedVersions() => ProtocolVersion.TLSv13.Only();
}
