using System.Net.Sockets;
using Connet.Client.Diagnostics;

namespace Connet.Client.Endpoints.Sockets;

/// <summary>Accepts from a destination and carries each connection to a service behind a socket. The source is answered when the service was reached.</summary>
internal sealed class SocketDestination : IAsyncDisposable
{
    private readonly string _name;
    private readonly EndpointAddress _address;
    private readonly Func<CancellationToken, ValueTask<OuterChannel>> _connect;
    private readonly Func<CancellationToken, ValueTask<ITunnelRequest>> _accept;
    private readonly EndpointContext _context;
    private readonly CarriedConnections _connections;
    private readonly Task _accepting;

    /// <param name="name">The destination's name.</param>
    /// <param name="address">The service, as the log names it.</param>
    /// <param name="connect">Reaches the service.</param>
    /// <param name="accept">Takes the next connection.</param>
    /// <param name="context">Limits, the clock, and where to log to.</param>
    public SocketDestination(
        string name,
        EndpointAddress address,
        Func<CancellationToken, ValueTask<OuterChannel>> connect,
        Func<CancellationToken, ValueTask<ITunnelRequest>> accept,
        EndpointContext context)
    {
        (_name, _address, _connect, _accept, _context) = (name, address, connect, accept, context);
        _connections = new CarriedConnections(name, context);
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>How many connections are open.</summary>
    internal int Count => _connections.Count;

    /// <summary>Carries a destination's connections.</summary>
    public static SocketDestination Of(
        ConnetDestination destination, EndpointAddress address, EndpointContext context, Func<CancellationToken, ValueTask<OuterChannel>> connect) => new(
            destination.Name,
            address,
            connect,
            async cancel => new ConnectionTunnelRequest(await destination.AcceptRequestAsync(cancel).ConfigureAwait(false)),
            context);

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
            using OuterChannel? channel = await ReachAsync(request).ConfigureAwait(false);
            if (channel is null)
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
                channel.Reset();
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
        }
    }

    /// <summary>Connects to the service, or refuses.</summary>
    private async ValueTask<OuterChannel?> ReachAsync(ITunnelRequest request)
    {
        using CancellationTokenSource timeout = _context.DialTimeout > TimeSpan.Zero ? new(_context.DialTimeout, _context.TimeProvider) : new();
        using CancellationTokenSource dialling = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _connections.Stopping);
        string reason;
        try
        {
            return await _connect(dialling.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            reason = exception.Message.TrimEnd('.');
        }
        catch (OperationCanceledException)
        {
            reason = timeout.IsCancellationRequested ? $"no answer within {_context.DialTimeout.TotalSeconds:0.###} s" : "the destination stops";
        }

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
