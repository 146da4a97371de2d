using System.Buffers;
using System.Net.Sockets;
using Connet.Protocol.Timing;

namespace Connet.Client.Endpoints.Sockets;

/// <summary>
/// Accepts from a destination and carries each flow to a service, from a socket of its own, so that the service tells the flows apart. A service that is
/// not there, or not now, ends no flow.
/// </summary>
internal sealed class UdpDestination : IAsyncDisposable
{
    /// <summary>
    /// Errors in a row that are taken for news of lost datagrams, such as a port where nobody listens. What goes on beyond is looked at from time to time.
    /// </summary>
    private const int MaxErrors = 16;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly EndpointContext _context;
    private readonly CarriedConnections _connections;
    private readonly IdleFlows _idle;
    private readonly ServedRequests<IDatagramTunnelRequest, Socket> _requests;

    /// <param name="name">The destination's name.</param>
    /// <param name="address">The service, as the log names it.</param>
    /// <param name="connect">Opens a socket to the service.</param>
    /// <param name="accept">Takes the next flow.</param>
    /// <param name="context">Limits, the clock, and where to log to.</param>
    public UdpDestination(
        string name,
        EndpointAddress address,
        Func<CancellationToken, ValueTask<Socket>> connect,
        Func<CancellationToken, ValueTask<IDatagramTunnelRequest>> accept,
        EndpointContext context)
    {
        _context = context;
        _connections = new CarriedConnections(name, context);
        _idle = new IdleFlows(context, _connections.Stopping);
        _requests = new ServedRequests<IDatagramTunnelRequest, Socket>(name, address, connect, accept, ServeAsync, _connections, context);
    }

    public async ValueTask DisposeAsync()
    {
        await _requests.DisposeAsync().ConfigureAwait(false);
        await _idle.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ServeAsync(IDatagramTunnelRequest request, Socket socket)
    {
        IDatagramTunnel tunnel;
        try
        {
            tunnel = await request.AcceptAsync(_connections.Stopping).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The source has gone away.
            return;
        }

        await using (tunnel.ConfigureAwait(false))
        {
            using FlowActivity activity = _idle.Begin();
            Task answering = AnswerAsync(socket, tunnel, activity);
            await AskAsync(socket, tunnel, activity).ConfigureAwait(false);
            await activity.EndAsync().ConfigureAwait(false);
            await answering.ConfigureAwait(false);
        }
    }

    /// <summary>Carries to the service until the flow has ended.</summary>
    private static async Task AskAsync(Socket socket, IDatagramTunnel tunnel, FlowActivity activity)
    {
        try
        {
            while (await tunnel.WaitAsync(activity.Ended).ConfigureAwait(false))
            {
                await UdpSockets.SendAllAsync(tunnel, activity, datagram => socket.SendAsync(datagram, activity.Ended)).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // It was idle, or the destination stops.
        }
    }

    /// <summary>Carries from the service until the flow has ended.</summary>
    private async Task AnswerAsync(Socket socket, IDatagramTunnel tunnel, FlowActivity activity)
    {
        int errors = 0;
        try
        {
            while (true)
            {
                try
                {
                    await UdpSockets.WaitAsync(socket, activity.Ended).ConfigureAwait(false);
                    await ForwardAsync(socket, tunnel, activity).ConfigureAwait(false);
                    errors = 0;
                }
                catch (SocketException)
                {
                    if (++errors > MaxErrors)
                    {
                        await _context.TimeProvider.DelayAsync(s_pause, activity.Ended).ConfigureAwait(false);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The flow has ended.
        }
    }

    /// <summary>Carries what has arrived.</summary>
    private static async ValueTask ForwardAsync(Socket socket, IDatagramTunnel tunnel, FlowActivity activity)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(UdpSockets.MaxDatagramLength);
        try
        {
            do
            {
                int length = await socket.ReceiveAsync(buffer, activity.Ended).ConfigureAwait(false);
                activity.Touch();
                tunnel.TrySend(buffer.AsSpan(0, length));
            }
            while (socket.Available > 0);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
