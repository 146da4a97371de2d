using System.Net;
using Connet.Control.Diagnostics;
using Connet.Control.Sessions;
using Connet.Protocol;
using Connet.Quic;

namespace Connet.Control.Ingresses;

/// <summary>A bound socket that accepts clients or relays.</summary>
internal sealed class Ingress
{
    /// <summary>The wire's: other programs count on them.</summary>
    private static readonly TimeSpan s_idleTimeout = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan s_keepAlive = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A request has one or two thousand bytes. What a peer can make the server hold before it has authenticated is this, times
    /// the streams that it may open; windows of streams that are read grow by themselves.
    /// </summary>
    private const int StreamWindow = 4096;

    private readonly QuicEndpoint _endpoint;
    private readonly QuicListener _listener;
    private readonly TaskSet _sessions = new();
    private readonly PendingConnections _pending;
    private int _authenticated;

    private Ingress(QuicEndpoint endpoint, QuicListener listener, int maxPending)
    {
        _endpoint = endpoint;
        _listener = listener;
        _pending = new PendingConnections(maxPending);
    }

    /// <summary>Serves one connection until it ends.</summary>
    public delegate Task SessionHandler(ServerContext server, QuicConnection connection, Func<bool> authenticated, CancellationToken stopping);

    /// <summary>The address that it is bound to.</summary>
    public IPEndPoint LocalEndPoint => _endpoint.LocalEndPoint;

    /// <exception cref="ControlServerException">The address cannot be bound.</exception>
    public static async ValueTask<Ingress> BindAsync(IngressPlan plan, ControlServerOptions options, ReadOnlyMemory<byte> resetKey)
    {
        QuicEndpointOptions endpointOptions = new()
        {
            LocalEndPoint = plan.LocalEndPoint,
            StatelessResetKey = resetKey,
            LoggerFactory = options.LoggerFactory,
        };
        plan.Configure?.Invoke(endpointOptions);
        Func<IPEndPoint, QuicAdmission>? next = endpointOptions.AdmissionFilter;
        endpointOptions.AdmissionFilter = remote =>
            plan.Addresses.IsAllowed(remote.Address) ? next?.Invoke(remote) ?? QuicAdmission.Accept : QuicAdmission.Refuse;
        QuicEndpoint endpoint;
        try
        {
            endpoint = QuicEndpoint.Bind(endpointOptions);
        }
        catch (Exception exception) when (exception is QuicException or ArgumentException)
        {
            throw new ControlServerException(
                $"The ingress for {plan.Side} cannot listen at '{plan.Address}': {exception.Message.TrimEnd('.')}; choose another address, or end the program that uses it.",
                exception);
        }

        try
        {
            return new Ingress(endpoint, endpoint.Listen(ToListenerOptions(plan, options)), options.Limits.MaxPendingConnections);
        }
        catch
        {
            await endpoint.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Accepts connections until the server stops.</summary>
    /// <exception cref="QuicException">The socket has failed.</exception>
    public async Task AcceptAsync(ServerContext server, SessionHandler handler, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            QuicConnection connection;
            try
            {
                connection = await _listener.AcceptConnectionAsync(stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            LinkedListNode<QuicConnection> pending = _pending.Add(connection, out QuicConnection? evicted);
            if (evicted is not null)
            {
                ControlLog.TooManyPending(server.Logger, evicted.RemoteEndPoint, server.Limits.MaxPendingConnections);
                await evicted.CloseAsync(ProtocolErrorCode.Unknown.ToCloseCode(), "The server is busy.", CancellationToken.None).ConfigureAwait(false);
            }

            _sessions.Add(ServeAsync(server, pending, handler, stopping));
        }
    }

    /// <summary>Closes all connections with code 0, and the socket.</summary>
    public ValueTask CloseAsync() =>
        _endpoint.CloseAsync(ProtocolErrorCode.Unknown.ToCloseCode(), "The control server is stopping.", CancellationToken.None);

    /// <summary>Waits until the sessions are over, once the ingress is closed.</summary>
    public Task WhenEndedAsync() => _sessions.WhenEmptyAsync();

    private static QuicListenerOptions ToListenerOptions(IngressPlan plan, ControlServerOptions options) => new()
    {
        ApplicationProtocols = Alpn.Identifiers(plan.Kind),
        ServerOptions = new QuicServerConnectionOptions
        {
            ServerCertificate = plan.Certificate,
            IdleTimeout = s_idleTimeout,
            KeepAliveInterval = s_keepAlive,
            HandshakeIdleTimeout = options.HandshakeIdleTimeout,
            MaxInboundBidirectionalStreams = options.Limits.MaxStreamsPerSession,
            MaxInboundUnidirectionalStreams = 0,
            InitialStreamWindow = StreamWindow,
        },
    };

    private async Task ServeAsync(ServerContext server, LinkedListNode<QuicConnection> pending, SessionHandler handler, CancellationToken stopping)
    {
        QuicConnection connection = pending.Value;
        bool counts = false;
        bool Authenticated()
        {
            _pending.Remove(pending);
            counts = true;
            return Interlocked.Increment(ref _authenticated) <= server.Limits.MaxConnections;
        }

        await using (connection.ConfigureAwait(false))
        {
            try
            {
                await handler(server, connection, Authenticated, stopping).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // A fault of ours in one session must not take the others along.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                ControlLog.SessionFault(server.Logger, connection.RemoteEndPoint, exception);
            }
            finally
            {
                _pending.Remove(pending);
                if (counts)
                {
                    Interlocked.Decrement(ref _authenticated);
                }
            }
        }
    }
}
