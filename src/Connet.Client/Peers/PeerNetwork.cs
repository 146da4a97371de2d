using System.Collections.Concurrent;
using System.Net;
using Connet.Client.Diagnostics;
using Connet.Client.Direct;
using Connet.Protocol;
using Connet.Quic;

namespace Connet.Client.Peers;

/// <summary>
/// What the endpoints of a started client share towards their peers: the listener on the client's socket, which finds an endpoint by the
/// server name that a peer asks for, and the bounds of dialling.
/// </summary>
internal sealed class PeerNetwork : IAsyncDisposable
{
    /// <summary>Direct dials under way at once, of all endpoints: addresses are what others say, so what is sent to them is bounded.</summary>
    private const int MaxDials = 256;

    private static readonly TimeSpan s_networksAge = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, PeerEndpoint> _endpoints = new(StringComparer.Ordinal);
    private readonly BackgroundTasks _tasks;
    private readonly CancellationTokenSource _stopping = new();
    private readonly QuicListener _listener;
    private readonly Lock _networksLock = new();
    private LocalNetworks _networks = LocalNetworks.None;
    private long _networksReadAt;
    private int _isDisposed;

    /// <summary>Starts to listen for peers on the client's socket.</summary>
    public PeerNetwork(ClientContext context)
    {
        Context = context;
        _tasks = new BackgroundTasks("the peer listener") { Logger = context.Logger };
        _listener = context.Endpoint.Listen(new QuicListenerOptions
        {
            ApplicationProtocols = Alpn.Identifiers(ConnectionKind.Peer, context.Options.Generation),
            ServerOptionsSelector = hello => hello.ServerName is { } name && _endpoints.TryGetValue(name, out PeerEndpoint? endpoint) ? endpoint.Credentials.ServerOptions : null,
        });
        _tasks.Run(AcceptAsync);
    }

    /// <summary>The started client.</summary>
    public ClientContext Context { get; }

    /// <summary>One dial holds one count.</summary>
    public SemaphoreSlim Dials { get; } = new(MaxDials);

    /// <summary>This machine's addresses, not older than a few seconds.</summary>
    public LocalNetworks Networks
    {
        get
        {
            lock (_networksLock)
            {
                if (_networksReadAt == 0 || Context.Clock.GetElapsedTime(_networksReadAt) > s_networksAge)
                {
                    _networks = LocalNetworks.Read();
                    _networksReadAt = Context.Clock.GetTimestamp();
                }

                return _networks;
            }
        }
    }

    /// <summary>Lets peers find an endpoint.</summary>
    public void Add(PeerEndpoint endpoint) => _endpoints[endpoint.Credentials.ServerName] = endpoint;

    /// <summary>Peers find the endpoint no more.</summary>
    public void Remove(PeerEndpoint endpoint) => _endpoints.TryRemove(endpoint.Credentials.ServerName, out _);

    /// <summary>The addresses to dial a peer at, best first.</summary>
    public IReadOnlyList<IPEndPoint> CandidatesOf(PeerEntry peer)
    {
        IPEndPoint socket = Context.Endpoint.LocalEndPoint;
        if (_endpoints.ContainsKey(peer.ServerName))
        {
            // An endpoint of this very client, reached at its own socket whatever it announces.
            return [new IPEndPoint(Reachable(socket.Address), socket.Port)];
        }

        return CandidateFilter.Choose(peer.Directs, socket, Networks, Context.UsesLoopback);
    }

    /// <summary>Stops listening. The endpoints are stopped before.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await _listener.DisposeAsync().ConfigureAwait(false);
        await _tasks.WhenAllEndedAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private static IPAddress Reachable(IPAddress bound) => bound switch
    {
        _ when bound.Equals(IPAddress.Any) || bound.Equals(IPAddress.IPv6Any) => IPAddress.Loopback,
        _ => bound,
    };

    private async Task AcceptAsync()
    {
        while (true)
        {
            QuicConnection connection;
            try
            {
                connection = await _listener.AcceptConnectionAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (QuicException)
            {
                return;
            }

            if (connection.TargetHostName is { } name && _endpoints.TryGetValue(name, out PeerEndpoint? endpoint))
            {
                endpoint.Accept(connection);
            }
            else
            {
                PeerLog.UnexpectedPeer(Context.Logger, connection.RemoteEndPoint);
                await connection.CloseAsync(ProtocolErrorCode.AuthenticationFailed.ToCloseCode(), "no such endpoint").ConfigureAwait(false);
            }
        }
    }
}
