using System.Runtime.CompilerServices;
using Connet.Client.Control;
using Connet.Client.Endpoints;
using Connet.Client.Peers;
using Connet.Protocol;
using Connet.Protocol.Common;

namespace Connet.Client;

/// <summary>
/// Takes the connections that sources open to one endpoint name. Comes from <c>ConnetClient.AddDestination</c>. All members are
/// thread safe.
/// </summary>
public sealed class ConnetDestination : IAsyncDisposable
{
    private readonly PeerEndpoint _endpoint;
    private readonly RequestQueue _requests;
    private readonly Action<ConnetDestination> _disposed;
    private int _isDisposed;

    internal ConnetDestination(ConnetDestinationOptions options, ConnetClientOptions clientOptions, Action<ConnetDestination> disposed)
    {
        Options = options;
        Traffic = EndpointRunner.TrafficOf(options, clientOptions);
        _disposed = disposed;
        _requests = new RequestQueue(options.Name, options.AcceptBacklog);
        DestinationInbound inbound = new(_requests, options.ProxyProtocol, Traffic);
        _endpoint = new PeerEndpoint(options.Name, Role.Destination, options.Route, options.RelayEncryptions, clientOptions, inbound);
        inbound.Endpoint = _endpoint;
    }

    /// <summary>The endpoint's name.</summary>
    public string Name => Options.Name;

    /// <summary>What the destination takes.</summary>
    public ConnetTraffic Traffic { get; }

    internal ConnetDestinationOptions Options { get; }

    internal IControlledEndpoint Controlled => _endpoint;

    /// <summary>Takes the next connection, waiting for one.</summary>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <returns>The connection; dispose it.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The destination is disposed, or its client has stopped.</exception>
    /// <exception cref="InvalidOperationException">The destination takes datagrams.</exception>
    public ValueTask<ConnetConnection> AcceptAsync(CancellationToken cancellationToken = default) =>
        AcceptAsync(ConnetTraffic.Connections, static (request, cancel) => request.AcceptAsync(cancel), cancellationToken);

    /// <summary>Takes the next flow of datagrams, waiting for one.</summary>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <returns>The flow; dispose it.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The destination is disposed, or its client has stopped.</exception>
    /// <exception cref="InvalidOperationException">The destination takes connections: <see cref="ConnetDestinationOptions.Traffic"/> decides.</exception>
    public ValueTask<ConnetDatagramFlow> AcceptDatagramsAsync(CancellationToken cancellationToken = default) =>
        AcceptAsync(ConnetTraffic.Datagrams, static (request, cancel) => request.AcceptDatagramsAsync(cancel), cancellationToken);

    /// <summary>Takes connections as they come, until the destination is disposed or its client stops.</summary>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <returns>The connections; dispose each.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The destination takes datagrams.</exception>
    public async IAsyncEnumerable<ConnetConnection> AcceptAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            ConnetConnection connection;
            try
            {
                connection = await AcceptAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (ObjectDisposedException)
            {
                yield break;
            }

            yield return connection;
        }
    }

    /// <summary>Takes the next connection, or flow of datagrams, without answering its source yet, waiting for one: to accept or to refuse it.</summary>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <returns>The request; accept, refuse or dispose it. The source waits for that.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The destination is disposed, or its client has stopped.</exception>
    public ValueTask<ConnetConnectionRequest> AcceptRequestAsync(CancellationToken cancellationToken = default) =>
        _requests.TakeAsync(cancellationToken);

    /// <summary>The peers and paths at this instant.</summary>
    /// <returns>A snapshot.</returns>
    public ConnetEndpointStatus GetStatus() => _endpoint.GetStatus();

    /// <summary>Takes the destination away: sources are told, open connections may finish within <see cref="ConnetClientOptions.ShutdownTimeout"/>.</summary>
    /// <returns>A task that completes when all paths are closed.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _disposed(this);
        }

        await StopAsync(_endpoint.ClientOptions.ShutdownTimeout).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override string ToString() => $"destination {Name}";

    internal void Start(PeerNetwork network) => _endpoint.Start(network);

    internal async ValueTask StopAsync(TimeSpan deadline)
    {
        await _requests.CloseAsync().ConfigureAwait(false);
        await _endpoint.StopAsync(deadline).ConfigureAwait(false);
    }

    private async ValueTask<T> AcceptAsync<T>(
        ConnetTraffic traffic, Func<ConnetConnectionRequest, CancellationToken, ValueTask<T>> accept, CancellationToken cancellationToken)
    {
        if (traffic != Traffic)
        {
            throw new InvalidOperationException($"The destination '{Name}' takes {Traffic}: accept those, or set Traffic to {traffic}.");
        }

        while (true)
        {
            ConnetConnectionRequest request = await AcceptRequestAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await accept(request, cancellationToken).ConfigureAwait(false);
            }
            catch (ConnetException)
            {
                // The source has given up meanwhile, as it does when another path was faster.
            }
        }
    }
}
