using Connet.Protocol.Encryption;
using Connet.Protocol.Identities;
using Connet.Quic;

namespace Connet.Client.Peers;

/// <summary>What an endpoint shows of itself to peers and relays, made once and kept for the life of the client.</summary>
internal sealed class EndpointCredentials
{
    /// <param name="client">The settings of the client.</param>
    /// <param name="isExpected">Whether a peer with a client certificate may dial this endpoint now.</param>
    public EndpointCredentials(ConnetClientOptions client, Func<ReadOnlyMemory<byte>, bool> isExpected)
    {
        Identity = new IdentityFactory(client.Clock).CreatePeer();
        ServerName = Identity.Server.ServerName!;
        ClientCertificate = ToQuic(Identity.Client);
        SignedKeys = new SignedKeys(client.Clock);
        ServerOptions = PeerTransport.OfferDatagrams(PeerTransport.Apply(
            new QuicServerConnectionOptions
            {
                ServerCertificate = ToQuic(Identity.Server),
                ClientCertificateMode = QuicClientCertificateMode.Required,
                ClientCertificateValidation = QuicCertificateValidation.Custom((context, _) => new(isExpected(context.Chain[0]))),
            },
            client,
            PeerTransport.KeepAlive));
    }

    public PeerIdentity Identity { get; }

    /// <summary>The name of the server certificate.</summary>
    public string ServerName { get; }

    /// <summary>Shown to peers and relays that this side dials.</summary>
    public QuicCertificate ClientCertificate { get; }

    /// <summary>How incoming direct connections are answered.</summary>
    public QuicServerConnectionOptions ServerOptions { get; }

    /// <summary>The keys of relay encryption.</summary>
    public SignedKeys SignedKeys { get; }

    private static QuicCertificate ToQuic(GeneratedCertificate certificate) =>
        QuicCertificate.FromDer([certificate.Certificate.ToArray()], certificate.ExportPkcs8());
}
