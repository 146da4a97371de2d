using System.Net;
using System.Net.Sockets;
using Connet.Client.Diagnostics;
using Connet.Protocol.Timing;

namespace Connet.Client.Endpoints.Sockets;

/// <summary>Accepts sockets and carries each to the source's destination.</summary>
internal sealed class SocketSource : IEndpointListener
{
    /// <summary>After a failure to accept, as with no file descriptor left. Long enough to idle, short enough to go unnoticed.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly string _name;
    private readonly Socket _listener;
    private readonly Func<CancellationToken, ValueTask<Socket>> _accept;
    private readonly Func<ConnetDialOptions, CancellationToken, ValueTask<ITunnel>> _dial;
    private readonly Func<Socket, CancellationToken, ValueTask<OuterChannel>> _open;
    private readonly EndpointContext _context;
    private readonly CarriedConnections _connections;
    private readonly Task _accepting;

    /// <summary>Takes a listening socket over.</summary>
    /// <param name="name">The source's name.</param>
    /// <param name="listener">Where users connect.</param>
    /// <param name="dial">Dials for a user.</param>
    /// <param name="open">Turns an accepted socket into a channel, as by a handshake; closes nothing itself.</param>
    /// <param name="context">Limits, the clock, and where to log to.</param>
    /// <param name="accept">Takes the next user; null for the listener's own.</param>
    public SocketSource(
        string name,
        Socket listener,
        Func<ConnetDialOptions, CancellationToken, ValueTask<ITunnel>> dial,
        Func<Socket, CancellationToken, ValueTask<OuterChannel>> open,
        EndpointContext context,
        Func<CancellationToken, ValueTask<Socket>>? accept = null)
    {
        (_name, _listener, _dial, _open, _context) = (name, listener, dial, open, context);
        _accept = accept ?? listener.AcceptAsync;
        _connections = new CarriedConnections(name, context);
        LocalEndPoint = listener.LocalEndPoint!;
        EndpointLog.Listening(context.Logger, name, LocalEndPoint);
        _accepting = Task.Run(AcceptAsync);
    }

    public EndPoint LocalEndPoint { get; }

    /// <summary>How many connections are open.</summary>
    internal int Count => _connections.Count;

    /// <summary>Accepts for a source.</summary>
    public static SocketSource Of(
        ConnetSource source, Socket listener, EndpointContext context, Func<Socket, CancellationToken, ValueTask<OuterChannel>> open) => new(
            source.Name,
            listener,
            async (user, cancel) => new ConnectionTunnel(await source.DialAsync(user, cancel).ConfigureAwait(false)),
            open,
            context);

    public async ValueTask DisposeAsync()
    {
        _connections.Stop();
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        await _connections.DisposeAsync().ConfigureAwait(false);
    }

    private async Task AcceptAsync()
    {
        CancellationToken stopping = _connections.Stopping;
        bool failing = false;
        try
        {
            while (true)
            {
                await _connections.ReserveAsync().ConfigureAwait(false);
                try
                {
                    Socket socket = await _accept(stopping).ConfigureAwait(false);
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
                    await _context.TimeProvider.DelayAsync(s_pause, stopping).ConfigureAwait(false);
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
        ConnetDialOptions user = Introduce(socket);
        if (await OpenAsync(socket, user).ConfigureAwait(false) is not { } channel)
        {
            return;
        }

        using (channel)
        {
            ITunnel tunnel;
            try
            {
                tunnel = await WatchedDial.RunAsync(socket, cancel => _dial(user, cancel), _context.TimeProvider, _connections.Stopping).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException or SocketException or TimeoutException)
            {
                // An orderly end would look like an empty answer.
                channel.Reset();
                if (!_connections.Stopping.IsCancellationRequested)
                {
                    EndpointLog.DialFailed(_context.Logger, _name, exception.Message);
                }

                return;
            }
            catch
            {
                channel.Reset();
                throw;
            }

            await using (tunnel.ConfigureAwait(false))
            {
                await _connections.CarryAsync(channel, tunnel).ConfigureAwait(false);
            }

            await _connections.FinishAsync(channel).ConfigureAwait(false);
        }
    }

    /// <summary>Does what comes before the first byte, or says why it cannot be done.</summary>
    private async ValueTask<OuterChannel?> OpenAsync(Socket socket, ConnetDialOptions user)
    {
        try
        {
            return await _open(socket, _connections.Stopping).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException or SocketException)
        {
            if (!_connections.Stopping.IsCancellationRequested)
            {
                EndpointLog.NotOpened(_context.Logger, _name, user.UserEndPoint, exception.Message);
            }

            socket.Dispose();
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static ConnetDialOptions Introduce(Socket socket)
    {
        try
        {
            return new ConnetDialOptions { UserEndPoint = socket.RemoteEndPoint, ListenerEndPoint = socket.LocalEndPoint };
        }
        catch (SocketException)
        {
            // Gone already, which whatever comes next finds out.
            return new ConnetDialOptions();
        }
    }
}
