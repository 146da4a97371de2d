using System.Collections.Concurrent;
using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Io;

/// <summary>
/// Owns the socket, the thread that serves it, and the index of connections. Locks: <see cref="_gate"/> guards the
/// index and is never taken while a connection's lock is held; the deadline heap belongs to the socket thread alone.
/// </summary>
internal sealed partial class EndpointDriver : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Endpoint _core;
    private readonly EndpointConfig _config;
    private readonly Dictionary<int, ConnectionDriver> _connections = [];
    private readonly ConcurrentQueue<ConnectionDriver> _rescheduled = new();
    private readonly ConcurrentQueue<ConnectionDriver> _blocked = new();
    private readonly TaskCompletionSource _disposal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private volatile bool _stopping;
    private bool _started;
    private bool _disposed;

    public EndpointDriver(IDatagramSocket socket, EndpointConfig config, IEndpointOwner owner)
    {
        Socket = socket;
        Owner = owner;
        _config = config;
        _core = new Endpoint(config, SystemRandomSource.Instance);
        _thread = new Thread(Run) { IsBackground = true, Name = "connet-quic " + socket.LocalEndPoint };
    }

    public IDatagramSocket Socket { get; }

    public IEndpointOwner Owner { get; }

    public int MaxSegments => Socket.MaxSegments;

    public static HandshakeScheduler Handshakes => HandshakeScheduler.Shared;

    public int ConnectionCount
    {
        get
        {
            lock (_gate)
            {
                return _core.ConnectionCount;
            }
        }
    }

    /// <summary>Connection IDs that are routed; none when there is no connection.</summary>
    public int RoutedIdCount
    {
        get
        {
            lock (_gate)
            {
                return _core.RoutedIdCount;
            }
        }
    }

    public bool IsDisposed
    {
        get
        {
            lock (_gate)
            {
                return _disposed;
            }
        }
    }

    public void Start()
    {
        _started = true;
        _thread.Start();
    }

    /// <summary>Starts a connection; its handshake goes on by itself.</summary>
    /// <exception cref="ObjectDisposedException">The endpoint is disposed.</exception>
    public ConnectionDriver Connect(
        in NetworkAddress remote, ConnectionConfig config, Func<Func<ConnectionConfig, byte[]>, ITlsSession> createTls, CertificateCheck check, object? owner)
    {
        ConnectionDriver driver;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Connection core = _core.Connect(MonotonicClock.Now, remote, config, createTls, out int handle);
            driver = new ConnectionDriver(this, core, handle, check) { Owner = owner };
            _connections.Add(handle, driver);
        }

        driver.Do(static _ => { });
        return driver;
    }

    /// <summary>Makes the socket thread look at a connection's new, earlier deadline. Any thread.</summary>
    public void Reschedule(ConnectionDriver driver)
    {
        if (Environment.CurrentManagedThreadId == _thread.ManagedThreadId)
        {
            _deadlines.Schedule(driver);
            return;
        }

        _rescheduled.Enqueue(driver);
        Socket.Wake();
    }

    /// <summary>Has a connection unblocked when the socket takes data again. Any thread.</summary>
    public void WaitWritable(ConnectionDriver driver)
    {
        _blocked.Enqueue(driver);
        if (Environment.CurrentManagedThreadId != _thread.ManagedThreadId)
        {
            Socket.Wake();
        }
    }

    /// <summary>Does what a connection asks of its endpoint. Called outside its lock.</summary>
    public void HandleEvent(ConnectionDriver driver, in EndpointEvent endpointEvent)
    {
        switch (endpointEvent.Kind)
        {
            case EndpointEventKind.NeedConnectionIds:
                (ConnectionId Id, StatelessResetToken Token)[] ids;
                lock (_gate)
                {
                    ids = _disposed ? [] : _core.IssueIds(driver.Handle, endpointEvent.Count);
                }

                driver.Do(core => core.AddConnectionIds(ids));
                break;
            case EndpointEventKind.RetireConnectionId:
                lock (_gate)
                {
                    _core.RetireId(driver.Handle, endpointEvent.Id);
                }

                break;
            case EndpointEventKind.HandshakeEnded:
                lock (_gate)
                {
                    _core.EndHandshake(driver.Handle);
                }

                break;
            case EndpointEventKind.Drained:
                Forget(driver);
                break;
        }
    }

    public void OnPathChanged(ConnectionDriver driver)
    {
        lock (_gate)
        {
            _core.MoveRemote(driver.Handle, driver.Core.Remote);
        }
    }

    /// <summary>
    /// Closes every connection with <paramref name="errorCode"/>, stops the thread and closes the socket. Peers get one
    /// CONNECTION_CLOSE each; nobody waits for the closing periods.
    /// </summary>
    public async ValueTask DisposeAsync(long errorCode, string reason)
    {
        ConnectionDriver[]? connections = null;
        lock (_gate)
        {
            if (!_disposed)
            {
                _disposed = true;
                connections = [.. _connections.Values];
            }
        }

        if (connections is not null)
        {
            await CloseAllAsync(connections, errorCode, reason).ConfigureAwait(false);
            _disposal.TrySetResult();
        }

        // A second caller may count on the socket being closed as well as the first.
        await _disposal.Task.ConfigureAwait(false);
    }

    /// <summary>A fault of this library in one connection ends that connection, without a further packet, and no other.</summary>
    public void Isolate(ConnectionDriver driver, Exception exception)
    {
        Owner.OnConnectionFault(driver, exception);
        driver.Abandon();
        Forget(driver);
    }

    public ValueTask DisposeAsync() => DisposeAsync(0, string.Empty);

    private async Task CloseAllAsync(ConnectionDriver[] connections, long errorCode, string reason)
    {
        foreach (ConnectionDriver driver in connections)
        {
            try
            {
                driver.Close(errorCode, reason);
            }
#pragma warning disable CA1031 // After a fatal error this may fail again; the others must end all the same.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Owner.OnFatal(exception);
            }
        }

        _stopping = true;
        Socket.Wake();
        if (_started)
        {
            await _threadEnded.Task.ConfigureAwait(false);
        }

        foreach (ConnectionDriver driver in connections)
        {
            driver.Abandon();
        }

        lock (_gate)
        {
            foreach (ConnectionDriver driver in connections)
            {
                _core.Remove(driver.Handle);
            }

            _connections.Clear();
            _core.Dispose();
        }

        Socket.Dispose();

        // Another thread may be sending or waking just now; whoever binds the port next should not have to care.
        await Socket.Closed.ConfigureAwait(false);
    }

    private void Forget(ConnectionDriver driver)
    {
        lock (_gate)
        {
            _core.Remove(driver.Handle);
            _connections.Remove(driver.Handle);
        }

        driver.DisposeCore();

        // Its deadline is gone, and its entry in the heap with it.
        Reschedule(driver);
    }
}
