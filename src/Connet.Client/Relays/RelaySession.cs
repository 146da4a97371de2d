using System.Net;
using Connet.Client.Diagnostics;
using Connet.Client.Peers;
using Connet.Protocol;
using Connet.Protocol.Addressing;
using Connet.Protocol.Timing;
using Connet.Quic;
using Microsoft.Extensions.Logging;

namespace Connet.Client.Relays;

/// <summary>
/// The connection with one instance of a relay, dialled again whenever it is lost. A connection that is silent gets a fresh one dialled
/// beside it; of the two, the one that answers stays. Relays of other programs forget an endpoint when its older connection ends, so the
/// old one is closed before the fresh one authenticates.
/// </summary>
internal sealed class RelaySession : IDisposable
{
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(100);

    private readonly PeerEndpoint _endpoint;
    private readonly RelayDialer _dialer;
    private readonly CancellationTokenSource _ended;
    private readonly CancellationToken _token;
    private readonly ChangeSignal _updated = new();
    private readonly Lock _lock = new();
    private RelayEntry _entry;
    private PeerPath[] _paths = [];
    private ITimer? _grace;
    private RelayEntry? _refused;
    private bool _isLeaving;
    private bool _hasLeft;
    private volatile bool _isAuthenticated;

    public RelaySession(PeerEndpoint endpoint, RelayEntry entry)
    {
        _endpoint = endpoint;
        _entry = entry;
        _dialer = new RelayDialer(endpoint);
        _ended = CancellationTokenSource.CreateLinkedTokenSource(endpoint.Stopping);
        _token = _ended.Token;
    }

    public RelayEntry Entry => Volatile.Read(ref _entry);

    /// <summary>Whether the relay has accepted this endpoint, on a connection that stands.</summary>
    public bool IsAuthenticated => _isAuthenticated;

    /// <summary>The connection, and those before it whose streams have not ended.</summary>
    public PeerPath[] Paths => Volatile.Read(ref _paths);

    private ILogger Logger => _endpoint.Network.Context.Logger;

    /// <summary>Takes new addresses and a new proof for the same instance. They count from the next dial on.</summary>
    public void Update(RelayEntry entry)
    {
        RelayEntry old = Entry;
        Volatile.Write(ref _entry, entry);
        if (!old.Authentication.Span.SequenceEqual(entry.Authentication.Span) || !old.Addresses.SequenceEqual(entry.Addresses))
        {
            _updated.Raise();
        }
    }

    /// <summary>The relay is missing from the list: it stays as long as it works, up to the grace period.</summary>
    public void EndAfterGrace()
    {
        TimeSpan grace = _endpoint.ClientOptions.RelayGracePeriod;
        lock (_lock)
        {
            _isLeaving = true;
            if (_isAuthenticated && grace > TimeSpan.Zero)
            {
                _grace = _endpoint.Clock.CreateTimer(_ => End(PeerTransport.DrainTime, onlyIfLeaving: true), null, grace, Timeout.InfiniteTimeSpan);
                return;
            }
        }

        End(PeerTransport.DrainTime, onlyIfLeaving: false);
    }

    /// <summary>Another instance has taken the relay's place.</summary>
    public void EndAtOnce() => End(TimeSpan.Zero, onlyIfLeaving: false);

    /// <summary>The relay is back in the list.</summary>
    /// <returns>False if the session has ended.</returns>
    public bool TryReturn(RelayEntry entry)
    {
        lock (_lock)
        {
            if (_hasLeft || _token.IsCancellationRequested)
            {
                return false;
            }

            _isLeaving = false;
            _grace?.Dispose();
            _grace = null;
        }

        Update(entry);
        return true;
    }

    /// <summary>The relay at this instant.</summary>
    public ConnetRelayStatus GetStatus()
    {
        bool isLeaving;
        lock (_lock)
        {
            isLeaving = _isLeaving;
        }

        RelayEntry entry = Entry;
        return new ConnetRelayStatus
        {
            Id = entry.Id,
            Addresses = [.. entry.Addresses.Select(Text)],
            State = isLeaving ? ConnetRelayState.Leaving : IsAuthenticated ? ConnetRelayState.Connected : ConnetRelayState.Connecting,
        };
    }

    /// <summary>Keeps a connection until the session ends.</summary>
    public async Task RunAsync()
    {
        TimeSpan pause = _endpoint.ClientOptions.ReconnectBackoffInitial;
        try
        {
            TimeSpan longest = _endpoint.ClientOptions.ReconnectBackoffMax;
            while (!HasLeft())
            {
                Task updated = _updated.Next;
                PeerPath? path = await TryOpenAsync(null).ConfigureAwait(false);
                long since = _endpoint.Clock.GetTimestamp();
                while (path is not null)
                {
                    path = await StayAsync(path).ConfigureAwait(false);
                    if (_endpoint.Clock.GetElapsedTime(since) > longest)
                    {
                        pause = _endpoint.ClientOptions.ReconnectBackoffInitial;
                    }
                }

                if (HasLeft())
                {
                    return;
                }

                pause = await _endpoint.Clock.WaitUpToAsync(updated, pause, _token).ConfigureAwait(false)
                    ? _endpoint.ClientOptions.ReconnectBackoffInitial
                    : pause * 2 < longest ? pause * 2 : longest;
            }
        }
        finally
        {
            SetAuthenticated(false);
            await Task.WhenAll(Paths.Select(path => path.Connection.Closed)).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isLeaving = true;
            _grace?.Dispose();
        }

        _ended.Cancel();
        _ended.Dispose();
    }

    private static string Text(EndPoint address) => address is DnsEndPoint name ? AddressText.Join(name.Host, name.Port) : $"{address}";

    private void End(TimeSpan drain, bool onlyIfLeaving)
    {
        lock (_lock)
        {
            if ((onlyIfLeaving && !_isLeaving) || _token.IsCancellationRequested)
            {
                return;
            }

            _isLeaving = true;
        }

        PeerLog.RelayGone(Logger, _endpoint.ToString(), Entry.Id);
        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself meanwhile.
        }

        foreach (PeerPath path in Paths)
        {
            path.Drain(ProtocolErrorCode.RelayKeepaliveClosed, "the relay is no longer needed", drain);
        }
    }

    /// <summary>Whether the session ends now. From then on the relay comes back with a session of its own.</summary>
    private bool HasLeft()
    {
        lock (_lock)
        {
            _hasLeft |= _isLeaving;
            return _hasLeft;
        }
    }

    /// <summary>Watches a path.</summary>
    /// <returns>The path that took its place; null if there is none.</returns>
    private async Task<PeerPath?> StayAsync(PeerPath path)
    {
        while (true)
        {
            TimeSpan limit = SilenceLimit - path.Connection.TimeSinceReceived;
            if (limit <= TimeSpan.Zero)
            {
                PeerLog.RelaySilent(Logger, _endpoint.ToString(), Entry.Id);
                (bool isAlive, QuicConnection? fresh) = await ProbeAsync(path).ConfigureAwait(false);
                if (!isAlive)
                {
                    path.Close(ProtocolErrorCode.RelayKeepaliveClosed, "a newer connection takes its place");
                    PeerPath? next = fresh is null ? null : await TryOpenAsync(fresh).ConfigureAwait(false);
                    SetAuthenticated(next is not null);
                    return next;
                }
            }
            else if (await _endpoint.Clock.WaitUpToAsync(path.Connection.Closed, limit < s_pollInterval ? s_pollInterval : limit, _token).ConfigureAwait(false))
            {
                SetAuthenticated(false);
                return null;
            }
        }
    }

    private TimeSpan SilenceLimit => _endpoint.ClientOptions.LivenessInterval + _endpoint.ClientOptions.LivenessTimeout;

    /// <summary>Finds out whether a silent path, or else the relay, is still there, by dialling beside it.</summary>
    /// <returns>Whether the path is alive; if not, perhaps a fresh connection, which is not authenticated.</returns>
    private async Task<(bool IsAlive, QuicConnection? Fresh)> ProbeAsync(PeerPath path)
    {
        path.MarkUnanswered();
        _endpoint.Changed.Raise();
        bool IsBack() => path.Connection.TimeSinceReceived < SilenceLimit && !path.Connection.IsClosed;
        while (!path.Connection.IsClosed)
        {
            using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(_token);
            Task<QuicConnection> dial = _dialer.ConnectAsync(Entry, cancel.Token);
            while (!dial.IsCompleted && !path.Connection.IsClosed && !IsBack())
            {
                await _endpoint.Clock.WaitUpToAsync(Task.WhenAny(dial, path.Connection.Closed), s_pollInterval, _token).ConfigureAwait(false);
            }

            if (!dial.IsCompleted && IsBack())
            {
                await cancel.CancelAsync().ConfigureAwait(false);
            }

            QuicConnection? fresh = null;
            try
            {
                fresh = await dial.ConfigureAwait(false);

                // The way to the relay is open again. A path that is alive answers now.
                path.Connection.Ping();
                TimeSpan answer = (2 * path.Connection.SmoothedRtt) + s_pollInterval;
                await _endpoint.Clock.WaitUpToAsync(path.Connection.Closed, answer, _token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!_token.IsCancellationRequested)
            {
            }
            catch (IOException exception)
            {
                PeerLog.RelayFailed(Logger, _endpoint.ToString(), Entry.Id, exception.Message);
                await _endpoint.Clock.WaitUpToAsync(path.Connection.Closed, _endpoint.ClientOptions.ReconnectBackoffMax, _token).ConfigureAwait(false);
            }
            catch when (fresh is not null)
            {
                await fresh.DisposeAsync().ConfigureAwait(false);
                throw;
            }

            if (IsBack())
            {
                if (fresh is not null)
                {
                    await fresh.CloseAsync(ProtocolErrorCode.RelayKeepaliveClosed.ToCloseCode(), "not needed").ConfigureAwait(false);
                }

                return (true, null);
            }

            if (fresh is not null)
            {
                return (false, fresh);
            }
        }

        return (false, null);
    }

    /// <summary>Opens a path, on a connection that is there or a new one.</summary>
    /// <returns>Null if that failed.</returns>
    private async Task<PeerPath?> TryOpenAsync(QuicConnection? connection)
    {
        RelayEntry entry = Entry;
        try
        {
            connection ??= await _dialer.ConnectAsync(entry, _token).ConfigureAwait(false);
            await _dialer.AuthenticateAsync(entry, connection, _token).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            if (connection is not null)
            {
                await connection.CloseAsync(ProtocolErrorCode.RelayKeepaliveClosed.ToCloseCode(), "not authenticated").ConfigureAwait(false);
            }

            if (exception is ProtocolException { Code: ProtocolErrorCode.AuthenticationFailed } && !ReferenceEquals(_refused, entry))
            {
                // Once for each proof; the dials that follow are details.
                _refused = entry;
                PeerLog.RelayRefused(Logger, _endpoint.ToString(), entry.Id, exception.Message);
            }
            else
            {
                PeerLog.RelayFailed(Logger, _endpoint.ToString(), entry.Id, exception.Message);
            }

            return null;
        }
        catch (OperationCanceledException) when (connection is not null)
        {
            ProtocolErrorCode code = _endpoint.Stopping.IsCancellationRequested ? ProtocolErrorCode.Unknown : ProtocolErrorCode.RelayKeepaliveClosed;
            await connection.CloseAsync(code.ToCloseCode(), "no longer needed", CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        PeerPath path = new(connection, ConnetPathKind.Relay, entry.Id, _endpoint.Clock);
        bool isEnded;
        lock (_lock)
        {
            _paths = [.. _paths.Where(other => !other.Connection.IsClosed), path];
            isEnded = _token.IsCancellationRequested;
        }

        if (isEnded)
        {
            path.Close(_endpoint.Stopping.IsCancellationRequested ? ProtocolErrorCode.Unknown : ProtocolErrorCode.RelayKeepaliveClosed, "no longer needed");
        }

        PeerLog.RelayPathOpened(Logger, _endpoint.ToString(), entry.Id, connection.RemoteEndPoint);
        _endpoint.Serve(path);
        _endpoint.Tasks.Run(() => WatchAsync(path));
        SetAuthenticated(true);
        return path;
    }

    private void SetAuthenticated(bool value)
    {
        bool changed = _isAuthenticated != value;
        _isAuthenticated = value;
        _endpoint.Changed.Raise();
        if (changed)
        {
            _endpoint.RaiseAnnouncementChanged();
        }
    }

    private async Task WatchAsync(PeerPath path)
    {
        await path.Connection.Closed.ConfigureAwait(false);
        lock (_lock)
        {
            _paths = [.. _paths.Where(other => other != path)];
        }

        PeerLog.RelayPathClosed(Logger, _endpoint.ToString(), Entry.Id, path.Connection.CloseException().Message);
        _endpoint.Changed.Raise();
    }
}
