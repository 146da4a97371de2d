using System.Net;
using Connet.Protocol;
using Connet.Protocol.Addressing;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;
using Connet.Quic;
using Google.Protobuf;
using AuthenticateReq = Connet.Protocol.Relays.AuthenticateReq;
using AuthenticateResp = Connet.Protocol.Relays.AuthenticateResp;

namespace Connet.HandPeer;

/// <summary>A relay that is not ours, of which the test does every step.</summary>
internal sealed class HandRelay : IAsyncDisposable
{
    public HandRelay(ProtocolGeneration generation, string id, Action<QuicEndpointOptions>? configure = null, GeneratedCertificate? certificate = null, int maxStreams = 4096)
    {
        Id = id;
        Certificate = certificate ?? HandIdentity.Relay();
        QuicEndpointOptions options = new() { LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 0) };
        configure?.Invoke(options);
        Endpoint = QuicEndpoint.Bind(options);
        Listener = Endpoint.Listen(new QuicListenerOptions
        {
            ApplicationProtocols = [Alpn.Identifier(ConnectionKind.RelayClients, generation)],
            ServerOptionsSelector = hello => hello.ServerName == Certificate.ServerName
                ? new QuicServerConnectionOptions
                {
                    ServerCertificate = Certificate.ToQuic(),
                    ClientCertificateMode = QuicClientCertificateMode.Required,
                    ClientCertificateValidation = QuicCertificateValidation.AnyCertificate(),
                    IdleTimeout = TimeSpan.FromSeconds(20),
                    MaxInboundBidirectionalStreams = maxStreams,
                }
                : null,
        });
    }

    public string Id { get; }

    public GeneratedCertificate Certificate { get; }

    public QuicEndpoint Endpoint { get; }

    public QuicListener Listener { get; }

    /// <summary>As the control server lists it.</summary>
    public Relay Listed(string authentication = "proof", params IEnumerable<HostPort> addresses)
    {
        Relay relay = new()
        {
            Id = Id,
            ServerCertificate = ByteString.CopyFrom(Certificate.Certificate.Span),
            Authentication = ByteString.CopyFromUtf8(authentication),
        };
        relay.Addresses.AddRange(addresses);
        if (relay.Addresses.Count == 0)
        {
            relay.Addresses.Add(AddressMessages.ToHostPort("127.0.0.1", Endpoint.LocalEndPoint.Port));
        }

        return relay;
    }

    /// <summary>Takes the next connection, before it authenticates.</summary>
    public Task<HandConnection> AcceptAsync() => HandConnection.AcceptAsync(Listener, ConnectionKind.RelayClients);

    /// <summary>Takes the next connection and accepts its proof.</summary>
    /// <returns>The connection, and what it sent.</returns>
    public async Task<(HandConnection Connection, AuthenticateReq Request)> AcceptAuthenticatedAsync()
    {
        HandConnection connection = await AcceptAsync();
        return (connection, await AuthenticateAsync(connection, new AuthenticateResp()));
    }

    /// <summary>Answers a connection's proof.</summary>
    public static async Task<AuthenticateReq> AuthenticateAsync(HandConnection connection, AuthenticateResp response)
    {
        HandStream stream = await connection.AcceptAsync();
        AuthenticateReq request = await stream.ReceiveAsync(AuthenticateReq.Parser);
        await stream.SendAsync(response);
        stream.Complete();
        return request;
    }

    public ValueTask DisposeAsync() => Endpoint.DisposeAsync();
}
