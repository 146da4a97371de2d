using System.Net;
using Connet.Control.Diagnostics;
using Connet.Control.Sessions;
using Connet.Protocol;
using Connet.Quic;

namespace Connet.Control.Ingresses;

/// <summary>A bound socket that accepts clients or relays.</summary>
internal sealed class Ingress
{
    private readonly QuicEndpoint _endpoint;
    private readonly QuicListener _listener;
    private readonly TaskSet _sessions = new();
    private readonly PendingConnections _pending;
    private readonly IngressRules _rules;
    private int _authenticated;

    private Ingress(QuicEndpoint endpoint, QuicListener listener, IngressRules rules, int maxPending)
    {
        _endpoint = endpoint;
        _listener = listener;
        _rules = rules;
        _pending = new PendingConnections(maxPending);
    }

    /// <summary>Serves one connection until it ends.</summary>
    public delegate Task SessionHandler(
        ServerContext server, Ingress ingress, QuicConnection connection, Func<bool> authenticated, CancellationToken stopping);

    /// <summary>The address that it is bound to.</summary>
    public IPEndPoint LocalEndPoint => _endpoint.LocalEndPoint;

    /// <summary>How many connections have not authenticated yet.</summary>
    public int Pending => _pending.Count;

    /// <summary>Its addresses, certificate and rules as they are now. Another plan changes what new connections meet; the address stays.</summary>
    public IngressPlan Plan
    {
        get => _rules.Plan;
        set => _rules.Plan = value;
    }

    /// <summary>Whether an address may connect, or stay connected.</summary>
    public bool IsAllowed(IPAddress address) => _rules.Plan.Addresses.IsAllowed(address);

    /// <exception cref="ControlServerException">The address cannot be bound.</exception>
    public static async ValueTask<Ingress> BindAsync(IngressPlan plan, ControlServerOptions options, ServerContext server, ReadOnlyMemory<byte> resetKey)
    {
        QuicEndpointOptions endpointOptions = new()
        {
            LocalEndPoint = plan.LocalEndPoint!,
            StatelessResetKey = resetKey,
            LoggerFactory = options.LoggerFactory,
        };
        plan.Configure?.Invoke(endpointOptions);
        IngressRules rules = new(plan, server, endpointOptions.AdmissionFilter);
        endpointOptions.AdmissionFilter = rules.Admit;
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
            QuicListener listener = endpoint.Listen(new QuicListenerOptions
            {
                ApplicationProtocols = Alpn.Identifiers(plan.Kind, options.Generation),
                ServerOptionsSelector = _ => rules.Plan.ServerOptions,
            });
            return new Ingress(endpoint, listener, rules, options.Limits.MaxPendingConnections);
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

    /// <summary>The socket as operators see it.</summary>
    public ControlIngressStatus GetStatus() => new() { Address = Plan.Address, LocalEndPoint = LocalEndPoint, Transport = _endpoint.GetStatistics() };

    /// <summary>Closes all connections with code 0, and the socket.</summary>
    public ValueTask CloseAsync() =>
        _endpoint.CloseAsync(ProtocolErrorCode.Unknown.ToCloseCode(), "The control server is stopping.", CancellationToken.None);

    /// <summary>Waits until the sessions are over, once the ingress is closed.</summary>
    public Task WhenEndedAsync() => _sessions.WhenEmptyAsync();

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
                await handler(server, this, connection, Authenticated, stopping).ConfigureAwait(false);
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
