using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Connet.Client.Diagnostics;
using Connet.Protocol.Addressing;
using Connet.Protocol.Timing;

namespace Connet.Client.Endpoints.Sockets;

/// <summary>Takes datagrams at one socket and carries those of each user, told by address and port, in a flow of his own.</summary>
internal sealed class UdpSource : IEndpointListener
{
    /// <summary>Flows that are being opened at once: anybody can invent senders, and each costs the destination a socket.</summary>
    private const int MaxDialling = 256;

    /// <summary>After a failure to receive. Long enough to idle, short enough to go unnoticed.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    /// <summary>After a dial that has failed there is none for a time, which doubles with each: users go on sending.</summary>
    private static readonly TimeSpan s_firstBackoff = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan s_longestBackoff = TimeSpan.FromSeconds(5);

    private readonly string _name;
    private readonly Socket _socket;
    private readonly Func<CancellationToken, ValueTask<IDatagramTunnel>> _dial;
    private readonly EndpointContext _context;
    private readonly CarriedConnections _connections;
    private readonly IdleFlows _idle;
    private readonly ConcurrentDictionary<SocketAddress, UdpUser> _users = [];
    private readonly LineBudget _failures;
    private readonly LineBudget _full;
    private readonly Lock _lock = new();
    private readonly Task _receiving;
    private int _dialling;
    private TimeSpan _backoff;
    private long _failedAt;

    /// <summary>Takes a bound socket over.</summary>
    /// <param name="name">The source's name.</param>
    /// <param name="socket">Where users send to.</param>
    /// <param name="dial">Opens a flow.</param>
    /// <param name="context">Limits, the clock, and where to log to.</param>
    public UdpSource(string name, Socket socket, Func<CancellationToken, ValueTask<IDatagramTunnel>> dial, EndpointContext context)
    {
        (_name, _socket, _dial, _context) = (name, socket, dial, context);
        _failures = new LineBudget(context.TimeProvider, 1);
        _full = new LineBudget(context.TimeProvider, 1);
        _connections = new CarriedConnections(name, context);
        _idle = new IdleFlows(context, _connections.Stopping);
        LocalEndPoint = socket.LocalEndPoint!;
        EndpointLog.Listening(context.Logger, name, LocalEndPoint);
        _receiving = Task.Run(ReceiveAsync);
    }

    public EndPoint LocalEndPoint { get; }

    /// <summary>How many flows are open, or being opened.</summary>
    internal int Count => _users.Count;

    /// <summary>Ends all flows at once: one that might still have something to say cannot be told from one that has not.</summary>
    public async ValueTask DisposeAsync()
    {
        _connections.Stop();
        await _receiving.ConfigureAwait(false);
        await _connections.DisposeAsync().ConfigureAwait(false);
        await _idle.DisposeAsync().ConfigureAwait(false);
        _socket.Dispose();
    }

    private async Task ReceiveAsync()
    {
        CancellationToken stopping = _connections.Stopping;
        byte[] buffer = new byte[UdpSockets.MaxDatagramLength];
        SocketAddress from = new(_socket.AddressFamily);
        bool isFailing = false;
        try
        {
            while (true)
            {
                try
                {
                    int length = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, from, stopping).ConfigureAwait(false);
                    isFailing = false;
                    if (_users.TryGetValue(from, out UdpUser? user) || TryBegin(from, out user))
                    {
                        user.Send(buffer.AsSpan(0, length));
                    }
                }
                catch (SocketException exception) when (!stopping.IsCancellationRequested)
                {
                    if (!isFailing)
                    {
                        EndpointLog.ReceiveFailed(_context.Logger, _name, LocalEndPoint, exception.Message);
                    }

                    isFailing = true;
                    await _context.TimeProvider.DelayAsync(s_pause, stopping).ConfigureAwait(false);
                }
            }
        }
        catch (Exception exception) when (stopping.IsCancellationRequested && exception is OperationCanceledException or SocketException)
        {
            // Stopped.
        }
#pragma warning disable CA1031 // Nobody awaits this before disposal: whatever ends the endpoint must be heard of.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            EndpointLog.Ended(_context.Logger, exception, _name);
        }
    }

    /// <summary>Begins a flow for a new user, unless there are too many, or the destination was not reached a moment ago.</summary>
    private bool TryBegin(SocketAddress from, [NotNullWhen(true)] out UdpUser? user)
    {
        user = null;
        if (IsBackingOff())
        {
            return false;
        }

        if (Volatile.Read(ref _dialling) >= MaxDialling || !_connections.TryReserve())
        {
            if (_full.TryTake(out int suppressed))
            {
                EndpointLog.FlowsFull(_context.Logger, _name, Count, Volatile.Read(ref _dialling), suppressed);
            }

            return false;
        }

        // What is received next goes into the same memory.
        SocketAddress own = new(from.Family, from.Size);
        from.Buffer.Span[..from.Size].CopyTo(own.Buffer.Span);
        UdpUser begun = new(own, _idle.Begin());
        _users[own] = begun;
        Interlocked.Increment(ref _dialling);
        _connections.Run(() => ServeAsync(begun));
        user = begun;
        return true;
    }

    private async Task ServeAsync(UdpUser user)
    {
        using FlowActivity activity = user.Activity;
        IDatagramTunnel? tunnel = null;
        try
        {
            tunnel = await DialAsync(user).ConfigureAwait(false);
            if (tunnel is not null)
            {
                await CarryAsync(user, tunnel).ConfigureAwait(false);
            }
        }
        finally
        {
            // First of all, so that the next datagram begins another flow.
            _users.TryRemove(user.Address, out _);
            if (tunnel is not null)
            {
                await tunnel.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<IDatagramTunnel?> DialAsync(UdpUser user)
    {
        try
        {
            IDatagramTunnel tunnel = await _dial(user.Activity.Ended).ConfigureAwait(false);
            SetReached(isReached: true);
            return tunnel;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            if (!user.Activity.Ended.IsCancellationRequested)
            {
                SetReached(isReached: false);
                if (_failures.TryTake(out int suppressed))
                {
                    EndpointLog.FlowDialFailed(_context.Logger, _name, NameOf(user), suppressed, exception.Message);
                }
            }

            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _dialling);
        }
    }

    /// <summary>Carries to and from the user until the flow has ended.</summary>
    private async Task CarryAsync(UdpUser user, IDatagramTunnel tunnel)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(UdpSockets.MaxDatagramLength);
        user.Connect(tunnel, buffer);
        ArrayPool<byte>.Shared.Return(buffer);
        try
        {
            while (await tunnel.WaitAsync(user.Activity.Ended).ConfigureAwait(false))
            {
                await UdpSockets.SendAllAsync(
                    tunnel, user.Activity, datagram => _socket.SendToAsync(datagram, SocketFlags.None, user.Address, user.Activity.Ended)).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // It was idle, or the source stops.
        }
    }

    private IPEndPoint NameOf(UdpUser user)
    {
        IPEndPoint address = (IPEndPoint)LocalEndPoint.Create(user.Address);
        return new IPEndPoint(IpText.Normalize(address.Address), address.Port);
    }

    private bool IsBackingOff()
    {
        lock (_lock)
        {
            return _backoff > TimeSpan.Zero && _context.TimeProvider.GetElapsedTime(_failedAt) < _backoff;
        }
    }

    private void SetReached(bool isReached)
    {
        lock (_lock)
        {
            if (isReached)
            {
                _backoff = TimeSpan.Zero;
            }
            else if (_backoff == TimeSpan.Zero || _context.TimeProvider.GetElapsedTime(_failedAt) >= _backoff)
            {
                // Dials that fail together count once.
                _backoff = _backoff == TimeSpan.Zero ? s_firstBackoff : _backoff * 2;
                _backoff = _backoff < s_longestBackoff ? _backoff : s_longestBackoff;
                _failedAt = _context.TimeProvider.GetTimestamp();
            }
        }
    }
}
