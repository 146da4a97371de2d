using System.Net;
using System.Net.Sockets;
using Connet.Client.Diagnostics;

namespace Connet.Client.Endpoints;

/// <summary>Accepts sockets and carries each to the source's destination.</summary>
internal sealed class TcpSource : IEndpointListener
{
    /// <summary>After a failure to accept, as with no file descriptor left. Long enough to idle, short enough to go unnoticed.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    /// <summary>How often a user that waits for a dial is looked after.</summary>
    private static readonly TimeSpan s_watchInterval = TimeSpan.FromMilliseconds(250);

    private readonly string _name;
    private readonly Socket _listener;
    private readonly Func<CancellationToken, ValueTask<ITunnel>> _dial;
    private readonly EndpointContext _context;
    private readonly CarriedConnections _connections;
    private readonly Task _accepting;

    /// <summary>Takes a listening socket over.</summary>
    public TcpSource(string name, Socket listener, Func<CancellationToken, ValueTask<ITunnel>> dial, EndpointContext context)
    {
        (_name, _listener, _dial, _context) = (name, listener, dial, context);
        _connections = new CarriedConnections(name, context);
        LocalEndPoint = listener.LocalEndPoint!;
        EndpointLog.Listening(context.Logger, name, LocalEndPoint);
        _accepting = Task.Run(AcceptAsync);
    }

    public EndPoint LocalEndPoint { get; }

    /// <summary>How many connections are open.</summary>
    internal int Count => _connections.Count;

    public async ValueTask DisposeAsync()
    {
        _connections.Stop();
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        await _connections.DisposeAsync().ConfigureAwait(false);
    }

    private async Task AcceptAsync()
    {
        using PeriodicTimer pause = new(s_pause, _context.TimeProvider);
        CancellationToken stopping = _connections.Stopping;
        bool failing = false;
        try
        {
            while (true)
            {
                await _connections.ReserveAsync().ConfigureAwait(false);
                try
                {
                    Socket socket = await _listener.AcceptAsync(stopping).ConfigureAwait(false);
                    _connections.Run(() => ServeAsync(socket));
                    failing = false;
                }
                catch (SocketException exception) when (!stopping.IsCancellationRequested)
                {
                    _connections.Release();
                    if (!failing)
                    {
                        EndpointLog.AcceptFailed(_context.Logger, _name, LocalEndPoint, exception.Message);
                    }

                    failing = true;
                    await pause.WaitForNextTickAsync(stopping).ConfigureAwait(false);
                }
            }
        }
        catch (Exception exception) when (stopping.IsCancellationRequested && exception is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        ITunnel tunnel;
        try
        {
            socket.NoDelay = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            tunnel = await DialAsync(socket).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException or SocketException or TimeoutException)
        {
            // An orderly end would look like an empty answer.
            SocketChannel.Reset(socket);
            if (!_connections.Stopping.IsCancellationRequested)
            {
                EndpointLog.DialFailed(_context.Logger, _name, exception.Message);
            }

            return;
        }
        catch
        {
            SocketChannel.Reset(socket);
            throw;
        }

        await using (tunnel.ConfigureAwait(false))
        {
            await _connections.CarryAsync(socket, tunnel).ConfigureAwait(false);
        }
    }

    /// <summary>Dials, and gives up when the user's program has.</summary>
    private async ValueTask<ITunnel> DialAsync(Socket socket)
    {
        using CancellationTokenSource dialling = CancellationTokenSource.CreateLinkedTokenSource(_connections.Stopping);
        using PeriodicTimer timer = new(s_watchInterval, _context.TimeProvider);
        Task<bool> watching = WatchAsync(socket, timer, dialling);
        ITunnel? tunnel = null;
        OperationCanceledException? failure = null;
        bool isGone;
        try
        {
            tunnel = await _dial(dialling.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception)
        {
            failure = exception;
        }
        finally
        {
            // Whatever the dial throws, the watch is over before the socket is closed.
            timer.Dispose();
            isGone = await watching.ConfigureAwait(false);
        }

        if (isGone)
        {
            if (tunnel is not null)
            {
                await tunnel.DisposeAsync().ConfigureAwait(false);
            }

            throw new OperationCanceledException("The program that connected has gone away.", failure);
        }

        return tunnel ?? throw new OperationCanceledException("The source stops.", failure);
    }

    private static async Task<bool> WatchAsync(Socket socket, PeriodicTimer timer, CancellationTokenSource dialling)
    {
        while (await timer.WaitForNextTickAsync(CancellationToken.None).ConfigureAwait(false))
        {
            if (IsReset(socket))
            {
                await dialling.CancelAsync().ConfigureAwait(false);
                return true;
            }
        }

        return false;
    }

    /// <summary>An orderly end is none: a program that has said everything may still wait for the answer.</summary>
    private static bool IsReset(Socket socket)
    {
        try
        {
            // Linux keeps what came before the reset and reports it here; reading would give the bytes.
            if (socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is not 0)
            {
                return true;
            }

            // Elsewhere reading fails.
            if (socket.Poll(0, SelectMode.SelectRead))
            {
                Span<byte> one = stackalloc byte[1];
                socket.Receive(one, SocketFlags.Peek);
            }

            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
