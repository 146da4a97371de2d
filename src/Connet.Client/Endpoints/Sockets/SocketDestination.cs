namespace Connet.Client.Endpoints.Sockets;

/// <summary>Accepts from a destination and carries each connection to a service behind a socket. The source is answered when the service was reached.</summary>
internal sealed class SocketDestination : IAsyncDisposable
{
    private readonly CarriedConnections _connections;
    private readonly ServedRequests<ITunnelRequest, OuterChannel> _requests;

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
        _connections = new CarriedConnections(name, context);
        _requests = new ServedRequests<ITunnelRequest, OuterChannel>(name, address, connect, accept, ServeAsync, _connections, context);
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

    public ValueTask DisposeAsync() => _requests.DisposeAsync();

    private async Task ServeAsync(ITunnelRequest request, OuterChannel channel)
    {
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

        await _connections.FinishAsync(channel).ConfigureAwait(false);
    }
}
