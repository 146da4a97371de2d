using System.Net;
using Connet.Protocol;
using Connet.Protocol.ControlRelays;
using Connet.Protocol.Identities;
using Connet.Quic;

namespace Connet.HandPeer;

/// <summary>A control server as relays see it, of which the test does every step.</summary>
internal sealed class HandRelayControl : IAsyncDisposable
{
    private readonly QuicEndpoint _endpoint;
    private readonly QuicListener _listener;

    private HandRelayControl(QuicEndpoint endpoint, QuicListener listener, QuicCertificateValidation trust)
    {
        _endpoint = endpoint;
        _listener = listener;
        Trust = trust;
    }

    public IPEndPoint EndPoint => _endpoint.LocalEndPoint;

    /// <summary>What a relay trusts this server by.</summary>
    public QuicCertificateValidation Trust { get; }

    /// <summary>Listens on a loopback port.</summary>
    /// <param name="certificate">The server's certificate; null for a new one.</param>
    /// <param name="port">The port; 0 for a free one.</param>
    /// <param name="resetKey">The key of an earlier server on this port.</param>
    /// <param name="generations">The generations that it speaks, the preferred one first.</param>
    public static HandRelayControl Start(
        QuicCertificate? certificate = null, int port = 0, ReadOnlyMemory<byte>? resetKey = null, params ProtocolGeneration[] generations)
    {
        GeneratedCertificate generated = HandIdentity.Relay();
        certificate ??= generated.ToQuic();
        QuicEndpoint endpoint = QuicEndpoint.Bind(new QuicEndpointOptions
        {
            LocalEndPoint = new IPEndPoint(IPAddress.Loopback, port),
            StatelessResetKey = resetKey,
        });
        QuicListener listener = endpoint.Listen(new QuicListenerOptions
        {
            ApplicationProtocols = generations.Length == 0
                ? Alpn.Identifiers(ConnectionKind.ControlRelays)
                : [.. generations.Select(each => Alpn.Identifier(ConnectionKind.ControlRelays, each))],
            ServerOptions = new QuicServerConnectionOptions
            {
                ServerCertificate = certificate,
                IdleTimeout = TimeSpan.FromSeconds(20),
                KeepAliveInterval = TimeSpan.FromSeconds(10),
            },
        });
        return new HandRelayControl(endpoint, listener, QuicCertificateValidation.Pinned(certificate.RawLeaf));
    }

    public Task<HandConnection> AcceptAsync() => HandConnection.AcceptAsync(_listener, ConnectionKind.ControlRelays);

    /// <summary>Takes the next relay up to its authentication request.</summary>
    public async Task<HandRelayUplink> AcceptRelayAsync()
    {
        (HandConnection connection, HandStream stream) = await AcceptStreamAsync();
        return new HandRelayUplink(connection, stream, await stream.ReceiveAsync(AuthenticateReq.Parser));
    }

    /// <summary>Takes the first stream of the next relay. Connections that end before that are attempts that were given up.</summary>
    public async Task<(HandConnection Connection, HandStream Stream)> AcceptStreamAsync()
    {
        while (true)
        {
            HandConnection connection = await AcceptAsync();
            try
            {
                return (connection, await connection.AcceptAsync());
            }
            catch (QuicException)
            {
                await connection.DisposeAsync();
            }
        }
    }

    /// <summary>Takes the next relay and admits it.</summary>
    public async Task<HandRelayUplink> AdmitRelayAsync(string id = "control-1", string reconnectToken = "token-1")
    {
        HandRelayUplink uplink = await AcceptRelayAsync();
        await uplink.AdmitAsync(id, reconnectToken);
        return uplink;
    }

    public ValueTask DisposeAsync() => _endpoint.DisposeAsync();
}
