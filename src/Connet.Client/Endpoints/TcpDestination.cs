using System.Net.Sockets;
using Connet.Client.Diagnostics;

namespace Connet.Client.Endpoints;

/// <summary>Accepts from a destination and carries each connection to a TCP service. The source is answered when the service was reached.</summary>
internal sealed class TcpDestination : IAsyncDisposable
{
    private readonly string _name;
    private readonly EndpointAddress _address;
    private readonly string _host;
    private readonly int _port;
    private readonly Func<CancellationToken, ValueTask<ITunnelRequest>> _accept;
    private readonly EndpointContext _context;
    private readonly CarriedConnections _connections;
    private readonly Task _accepting;

    public TcpDestination(
        string name, EndpointAddress address, Func<CancellationToken, ValueTask<ITunnelRequest>> accept, EndpointContext context)
    {
        (_name, _address, _accept, _context) = (name, address, accept, context);
        (_host, _port) = address.GetHostAndPort();
        _connections = new CarriedConnections(name, context);
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>How many connections are open.</summary>
    internal int Count => _connections.Count;

    public async ValueTask DisposeAsync()
    {
        _connections.Stop();
        await _accepting.ConfigureAwait(false);
        await _connections.DisposeAsync().ConfigureAwait(false);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                await _connections.ReserveAsync().ConfigureAwait(false);
                ITunnelRequest request = await _accept(_connections.Stopping).ConfigureAwait(false);
                _connections.Run(() => ServeAsync(request));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // Stopped, or the destination was disposed first.
        }
#pragma warning disable CA1031 // Nobody awaits this before disposal: whatever ends the endpoint must be heard of.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (!_connections.Stopping.IsCancellationRequested)
            {
                EndpointLog.Ended(_context.Logger, exception, _name);
            }
        }
    }

    private async Task ServeAsync(ITunnelRequest request)
    {
        await using (request.ConfigureAwait(false))
        {
            Socket? socket = await ReachAsync(request).ConfigureAwait(false);
            if (socket is null)
            {
                return;
            }

            ITunnel tunnel;
            try
            {
                tunnel = await request.AcceptAsync(_connections.Stopping).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
            {
                // The source has gone away; the service sees that it was no orderly end.
                SocketChannel.Reset(socket);
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
    }

    /// <summary>Connects to the service, or refuses.</summary>
    private async ValueTask<Socket?> ReachAsync(ITunnelRequest request)
    {
        using CancellationTokenSource timeout = _context.DialTimeout > TimeSpan.Zero ? new(_context.DialTimeout, _context.TimeProvider) : new();
        using CancellationTokenSource dialling = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _connections.Stopping);
        Socket? socket = null;
        string reason;
        try
        {
            // Made inside: it may be what fails, when the process has no file descriptor left.
            socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);

            // A cancelled connect closes the socket, which the system may have connected meanwhile: the service must not see an orderly end.
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            await socket.ConnectAsync(_host, _port, dialling.Token).ConfigureAwait(false);
            socket.LingerState = new LingerOption(enable: false, seconds: 0);
            return socket;
        }
        catch (SocketException exception)
        {
            reason = exception.Message;
        }
        catch (OperationCanceledException)
        {
            reason = timeout.IsCancellationRequested ? $"no answer within {_context.DialTimeout.TotalSeconds:0.###} s" : "the destination stops";
        }

        socket?.Dispose();
        // The address of the service is the business of this side alone.
        EndpointLog.ServiceUnreachable(_context.Logger, _name, _address, reason);
        try
        {
            await request.RefuseAsync($"The destination cannot reach its service: {reason}.", _connections.Stopping).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Nobody is left to hear it.
        }

        return null;
    }
}
