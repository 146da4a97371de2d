using System.Net;
using Connet.Client.Diagnostics;
using Connet.Client.Nat;
using Connet.Protocol.Addressing;
using Connet.Protocol.Timing;
using Connet.Quic;

namespace Connet.Client.Control;

/// <summary>
/// The client's side of the control server, for as long as the client runs: connects, keeps every endpoint announced, notices when the server
/// is gone, and connects again. Losing the server touches nothing but this. All members are thread safe.
/// </summary>
internal sealed class ControlLink : IAsyncDisposable
{
    /// <summary>A connection that lived this long was a good one: what ends it is answered at once.</summary>
    private static readonly TimeSpan s_longLived = TimeSpan.FromSeconds(5);

    private readonly ClientContext _context;
    private readonly ControlConnector _connector;
    private readonly AnnouncedAddresses _addresses;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _authenticated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly Dictionary<IControlledEndpoint, EndpointStreams?> _endpoints = [];
    private volatile ControlConnection? _connection;
    private volatile ConnetClientState _state;
    private Task _running = Task.CompletedTask;
    private bool _withdrawn;

    /// <param name="context">The client.</param>
    /// <param name="validation">How the server's certificate is checked.</param>
    /// <param name="interfaces">The machine's interfaces.</param>
    public ControlLink(ClientContext context, QuicCertificateValidation validation, ILocalInterfaces interfaces)
    {
        _context = context;
        _connector = new ControlConnector(context, validation);
        _addresses = new AnnouncedAddresses(context, interfaces);
        _addresses.NetworkChanged += () => _connection?.Quic.Ping();
    }

    /// <summary>How the server's certificate is checked, from the next connection on.</summary>
    public QuicCertificateValidation Validation { set => _connector.Validation = value; }

    /// <summary>How the client stands with its control server.</summary>
    public ConnetClientState State => _state;

    /// <summary>The current connection, or the last one; null before the first.</summary>
    public ControlConnection? Connection => _connection;

    /// <summary>The addresses that are announced.</summary>
    public IReadOnlyList<IPEndPoint> Addresses => _addresses.Current;

    /// <summary>Those of them that belong to this machine's interfaces.</summary>
    public IReadOnlyList<IPEndPoint> LocalAddresses => _addresses.Local;

    /// <summary>Completes with the first authentication; faults with <see cref="ConnetClientException"/> if there will be none.</summary>
    public Task Authenticated => _authenticated.Task;

    /// <summary>Completes when the link was stopped; faults with <see cref="ConnetClientException"/> when it cannot go on. From <see cref="Start"/> on.</summary>
    public Task Completion => _running;

    /// <summary>Begins to connect. Once.</summary>
    public void Start()
    {
        _addresses.Start();
        _running = Task.Run(RunAsync);
    }

    /// <summary>Announces an endpoint from now on.</summary>
    public void Add(IControlledEndpoint endpoint)
    {
        lock (_lock)
        {
            if (!_withdrawn)
            {
                _endpoints.Add(endpoint, _state == ConnetClientState.Connected && _connection is { } connection ? Open(endpoint, connection) : null);
            }
        }
    }

    /// <summary>Announces an endpoint no more.</summary>
    /// <returns>Its streams, which are to be withdrawn; null if it has none.</returns>
    public EndpointStreams? Remove(IControlledEndpoint endpoint)
    {
        lock (_lock)
        {
            _endpoints.Remove(endpoint, out EndpointStreams? streams);
            return streams;
        }
    }

    /// <summary>Ends the streams of all endpoints in order; none is announced from here on.</summary>
    public async ValueTask WithdrawAllAsync()
    {
        EndpointStreams[] all;
        lock (_lock)
        {
            _withdrawn = true;
            all = [.. _endpoints.Values.OfType<EndpointStreams>()];
            _endpoints.Clear();
        }

        await Task.WhenAll(all.Select(streams => streams.WithdrawAsync())).ConfigureAwait(false);
    }

    /// <summary>Withdraws what is still announced and closes the connection with code 0.</summary>
    public async ValueTask DisposeAsync()
    {
        await WithdrawAllAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        await QuietTasks.QuietlyAsync(_running).ConfigureAwait(false);
        await _addresses.DisposeAsync().ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        try
        {
            ControlConnection connection = await _connector.ConnectAsync(isFirst: true, _stopping.Token).ConfigureAwait(false);
            Backoff backoff = new(_context.Options.ReconnectBackoffInitial, _context.Options.ReconnectBackoffMax);
            while (true)
            {
                connection = await ServeAsync(connection, backoff).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            _authenticated.TrySetCanceled(CancellationToken.None);
        }
        catch (Exception exception)
        {
            _authenticated.TrySetException(exception);
            throw;
        }
        finally
        {
            _state = ConnetClientState.Disconnected;
        }
    }

    /// <summary>Uses a connection until it has ended or another took its place.</summary>
    /// <returns>The next connection.</returns>
    private async Task<ControlConnection> ServeAsync(ControlConnection connection, Backoff backoff)
    {
        long since = _context.Clock.GetTimestamp();
        ControlConnection? next = null;
        try
        {
            Begin(connection);
            next = await WatchAsync(connection).ConfigureAwait(false);
        }
        finally
        {
            await EndAsync(connection, next is null ? string.Empty : "a newer connection took over").ConfigureAwait(false);
        }

        if (next is not null)
        {
            return next;
        }

        ControlLog.ConnectionLost(_context.Logger, connection.Quic.RemoteEndPoint, connection.Quic.CloseException().Message);
        if (_context.Clock.GetElapsedTime(since) >= s_longLived)
        {
            backoff.Reset();
        }
        else
        {
            // A server that accepts and closes in the same breath is not asked again as fast as it can.
            await _context.Clock.DelayAsync(backoff.Next(), _stopping.Token).ConfigureAwait(false);
        }

        return await _connector.ConnectAsync(isFirst: false, _stopping.Token).ConfigureAwait(false);
    }

    private void Begin(ControlConnection connection)
    {
        ControlLog.Connected(_context.Logger, connection.Quic.RemoteEndPoint, connection.PublicEndPoint);
        _context.ControlIsOverLoopback = IPAddress.IsLoopback(IpText.Normalize(connection.Quic.RemoteEndPoint.Address));
        _addresses.SetReflexive(connection.PublicEndPoint);
        lock (_lock)
        {
            _connection = connection;
            _state = ConnetClientState.Connected;
            foreach (IControlledEndpoint endpoint in _endpoints.Keys.ToArray())
            {
                _endpoints[endpoint] = Open(endpoint, connection);
            }
        }

        _authenticated.TrySetResult();
    }

    private async Task EndAsync(ControlConnection connection, string reason)
    {
        // First the connection, then its streams: ended the other way round they would withdraw the endpoints.
        await connection.CloseAsync(reason).ConfigureAwait(false);
        List<EndpointStreams> all;
        lock (_lock)
        {
            _state = ConnetClientState.Reconnecting;
            all = [.. _endpoints.Values.OfType<EndpointStreams>()];
            foreach (IControlledEndpoint endpoint in _endpoints.Keys.ToArray())
            {
                _endpoints[endpoint] = null;
            }
        }

        await Task.WhenAll(all.Select(streams => streams.DisposeAsync().AsTask())).ConfigureAwait(false);
    }

    private EndpointStreams Open(IControlledEndpoint endpoint, ControlConnection connection)
    {
        EndpointStreams streams = new(endpoint, connection, _context, _addresses);
        streams.Start();
        return streams;
    }

    /// <summary>Returns when the connection has ended, or when it was silent for too long and another one is authenticated.</summary>
    /// <returns>The other one; null if the connection has ended and there is no other.</returns>
    private async Task<ControlConnection?> WatchAsync(ControlConnection connection)
    {
        TimeSpan limit = _context.Options.LivenessInterval + _context.Options.LivenessTimeout;
        while (true)
        {
            TimeSpan left = limit - connection.Quic.TimeSinceReceived;
            if (left > TimeSpan.Zero)
            {
                if (await EndsWithinAsync(connection, left).ConfigureAwait(false))
                {
                    return null;
                }

                continue;
            }

            if (connection.Quic.IsClosed)
            {
                return null;
            }

            ControlLog.ServerSilent(_context.Logger, connection.Quic.RemoteEndPoint, connection.Quic.TimeSinceReceived.TotalSeconds);
            (bool isAlive, ControlConnection? other) = await DialBesideAsync(connection, limit).ConfigureAwait(false);
            if (!isAlive)
            {
                return other;
            }

            ControlLog.ServerSpeaksAgain(_context.Logger, connection.Quic.RemoteEndPoint);
        }
    }

    private async Task<(bool IsAlive, ControlConnection? Other)> DialBesideAsync(ControlConnection silent, TimeSpan limit)
    {
        using CancellationTokenSource spoken = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        Task<ControlConnection> dial = _connector.ConnectAsync(isFirst: false, spoken.Token);
        TimeSpan look = _context.Options.LivenessTimeout / 4;
        try
        {
            while (!dial.IsCompleted)
            {
                // A connection that has ended is not coming back: what remains is the dial.
                if (!silent.Quic.IsClosed && silent.Quic.TimeSinceReceived < limit)
                {
                    await spoken.CancelAsync().ConfigureAwait(false);
                    await QuietTasks.QuietlyAsync(dial).ConfigureAwait(false);
                    return dial.IsCompletedSuccessfully ? (false, await dial.ConfigureAwait(false)) : (true, null);
                }

                using CancellationTokenSource looking = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
                await Task.WhenAny(dial, _context.Clock.PauseAsync(look, looking.Token)).ConfigureAwait(false);
                await looking.CancelAsync().ConfigureAwait(false);
                _stopping.Token.ThrowIfCancellationRequested();
            }

            return (false, await dial.ConfigureAwait(false));
        }
        finally
        {
            await spoken.CancelAsync().ConfigureAwait(false);
            await QuietTasks.QuietlyAsync(dial).ConfigureAwait(false);
        }
    }

    private async Task<bool> EndsWithinAsync(ControlConnection connection, TimeSpan time)
    {
        using CancellationTokenSource waiting = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        await Task.WhenAny(connection.Quic.Closed, _context.Clock.PauseAsync(time, waiting.Token)).ConfigureAwait(false);
        await waiting.CancelAsync().ConfigureAwait(false);
        _stopping.Token.ThrowIfCancellationRequested();
        return connection.Quic.IsClosed;
    }
}
