using System.Net.Sockets;
using Connet.Client.Diagnostics;

namespace Connet.Client.Endpoints;

/// <summary>Accepts from a destination and reaches the service for each request, or refuses it.</summary>
/// <typeparam name="TRequest">What is accepted.</typeparam>
/// <typeparam name="TService">What reaching the service gives.</typeparam>
internal sealed class ServedRequests<TRequest, TService> : IAsyncDisposable
    where TRequest : IEndpointRequest
    where TService : class, IDisposable
{
    private readonly string _name;
    private readonly EndpointAddress _address;
    private readonly Func<CancellationToken, ValueTask<TService>> _connect;
    private readonly Func<CancellationToken, ValueTask<TRequest>> _accept;
    private readonly Func<TRequest, TService, Task> _serve;
    private readonly EndpointContext _context;
    private readonly Task _accepting;

    /// <param name="name">The destination's name.</param>
    /// <param name="address">The service, as the log names it.</param>
    /// <param name="connect">Reaches the service.</param>
    /// <param name="accept">Takes the next request.</param>
    /// <param name="serve">Answers a request whose service was reached, and carries it to its end.</param>
    /// <param name="connections">Where they count.</param>
    /// <param name="context">Limits, the clock, and where to log to.</param>
    public ServedRequests(
        string name,
        EndpointAddress address,
        Func<CancellationToken, ValueTask<TService>> connect,
        Func<CancellationToken, ValueTask<TRequest>> accept,
        Func<TRequest, TService, Task> serve,
        CarriedConnections connections,
        EndpointContext context)
    {
        (_name, _address, _connect, _accept, _serve, _context) = (name, address, connect, accept, serve, context);
        Connections = connections;
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>What is open.</summary>
    public CarriedConnections Connections { get; }

    public async ValueTask DisposeAsync()
    {
        Connections.Stop();
        await _accepting.ConfigureAwait(false);
        await Connections.DisposeAsync().ConfigureAwait(false);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                await Connections.ReserveAsync().ConfigureAwait(false);
                TRequest request = await _accept(Connections.Stopping).ConfigureAwait(false);
                Connections.Run(() => ServeAsync(request));
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
            if (!Connections.Stopping.IsCancellationRequested)
            {
                EndpointLog.Ended(_context.Logger, exception, _name);
            }
        }
    }

    private async Task ServeAsync(TRequest request)
    {
        await using (request.ConfigureAwait(false))
        {
            using TService? service = await ReachAsync(request).ConfigureAwait(false);
            if (service is not null)
            {
                await _serve(request, service).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Connects to the service, or refuses.</summary>
    private async ValueTask<TService?> ReachAsync(TRequest request)
    {
        using CancellationTokenSource timeout = _context.DialTimeout > TimeSpan.Zero ? new(_context.DialTimeout, _context.TimeProvider) : new();
        using CancellationTokenSource dialling = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, Connections.Stopping);
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
            await request.RefuseAsync($"The destination cannot reach its service: {reason}.", Connections.Stopping).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Nobody is left to hear it.
        }

        return null;
    }
}
