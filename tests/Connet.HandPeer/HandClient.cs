using System.Net;
using Connet.Protocol;
using Connet.Protocol.Addressing;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;
using Connet.Quic;
using Google.Protobuf;
using PeerRequest = Connet.Protocol.Peers.Request;
using PeerResponse = Connet.Protocol.Peers.Response;

namespace Connet.HandPeer;

/// <summary>A client that is not ours: one socket, one identity, and of peer connections exactly what the test does with them.</summary>
internal sealed class HandClient : IAsyncDisposable
{
    public HandClient(ProtocolGeneration generation, string id, Action<QuicEndpointOptions>? configure = null, bool listens = true, int maxStreams = 4096, bool takesDatagrams = false)
    {
        Generation = generation;
        Id = id;
        MaxDatagramFrameSize = takesDatagrams ? ushort.MaxValue : 0;
        QuicEndpointOptions options = new() { LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 0) };
        configure?.Invoke(options);
        Endpoint = QuicEndpoint.Bind(options);
        if (listens)
        {
            Listener = Endpoint.Listen(new QuicListenerOptions
            {
                ApplicationProtocols = [Alpn.Identifier(ConnectionKind.Peer, generation)],
                ServerOptionsSelector = hello => hello.ServerName == Identity.Server.ServerName
                    ? new QuicServerConnectionOptions
                    {
                        ServerCertificate = Identity.Server.ToQuic(),
                        ClientCertificateMode = QuicClientCertificateMode.Required,
                        ClientCertificateValidation = QuicCertificateValidation.Custom((context, _) => new(Admit(context.Chain[0].ToArray()))),
                        IdleTimeout = TimeSpan.FromSeconds(20),
                        MaxInboundBidirectionalStreams = maxStreams,
                        MaxDatagramFrameSize = MaxDatagramFrameSize,
                    }
                    : null,
            });
        }
    }

    public ProtocolGeneration Generation { get; }

    public string Id { get; }

    /// <summary>The largest DATAGRAM frame that it takes; 0 for none.</summary>
    public int MaxDatagramFrameSize { get; }

    public PeerIdentity Identity { get; set; } = HandIdentity.Peer();

    public QuicEndpoint Endpoint { get; }

    public QuicListener? Listener { get; }

    /// <summary>Decides about the certificates of those who dial; everybody by default.</summary>
    public Func<byte[], bool> Admit { get; set; } = _ => true;

    /// <summary>As the control server lists it.</summary>
    public RemotePeer Listed(bool withAddress = true, IEnumerable<string>? relays = null, IEnumerable<RelayEncryption>? encryptions = null)
    {
        Peer peer = new()
        {
            ServerCertificate = ByteString.CopyFrom(Identity.Server.Certificate.Span),
            ClientCertificate = ByteString.CopyFrom(Identity.Client.Certificate.Span),
        };
        if (withAddress)
        {
            peer.Directs.Add(AddressMessages.ToAddrPort(Endpoint.LocalEndPoint));
        }

        peer.RelayIds.AddRange(relays ?? []);
        peer.RelayEncryptions.AddRange(encryptions ?? []);
        return new RemotePeer { Id = Id, Peer = peer, Metadata = "by hand" };
    }

    /// <summary>Takes the next connection that somebody dials, without the check.</summary>
    public Task<HandConnection> AcceptAsync() => HandConnection.AcceptAsync(Listener!, ConnectionKind.Peer);

    /// <summary>Takes the next connection, and answers its check.</summary>
    public async Task<HandConnection> AcceptCheckedAsync()
    {
        HandConnection connection = await AcceptAsync();
        await AnswerCheckAsync(connection);
        return connection;
    }

    /// <summary>Answers the check of an accepted connection.</summary>
    public static async Task AnswerCheckAsync(HandConnection connection)
    {
        HandStream stream = await connection.AcceptAsync();
        PeerRequest request = await stream.ReceiveAsync(PeerRequest.Parser);
        if (request.CalculateSize() != 0)
        {
            throw new InvalidOperationException("The first request is no check.");
        }

        await stream.SendAsync(new PeerResponse());
        stream.Complete();
    }

    /// <summary>Dials somebody, without the check.</summary>
    public Task<HandConnection> DialAsync(IPEndPoint remote, GeneratedCertificate server, GeneratedCertificate? client = null) => HandConnection.DialAsync(
        Endpoint,
        remote,
        ConnectionKind.Peer,
        Generation,
        QuicCertificateValidation.Pinned(server.Certificate),
        server.ServerName,
        (client ?? Identity.Client).ToQuic(),
        MaxDatagramFrameSize);

    /// <summary>Dials somebody, and makes the check.</summary>
    public async Task<HandConnection> DialCheckedAsync(IPEndPoint remote, GeneratedCertificate server)
    {
        HandConnection connection = await DialAsync(remote, server);
        HandStream stream = await connection.OpenAsync();
        await stream.SendAsync(new PeerRequest());
        stream.Complete();
        PeerResponse response = await stream.ReceiveAsync(PeerResponse.Parser);
        if (response.CalculateSize() != 0 || (await stream.ReceiveToEndAsync()).Length != 0)
        {
            throw new InvalidOperationException("The check was not answered with an empty response alone.");
        }

        return connection;
    }

    public ValueTask DisposeAsync() => Endpoint.DisposeAsync();
}
