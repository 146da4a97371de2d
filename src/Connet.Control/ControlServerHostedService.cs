using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Connet.Control;

/// <summary>
/// Starts and stops the control server of a host. Registered by <see cref="ControlServiceCollectionExtensions.AddConnetControlServer"/>
/// as a singleton, from which other services get the running server. A server that cannot go on stops its host. Thread safe.
/// </summary>
public sealed class ControlServerHostedService : IHostedService, IAsyncDisposable, IDisposable
{
    private readonly IOptions<ControlServerOptions> _options;
    private readonly TaskCompletionSource<ControlServer> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IHostApplicationLifetime? _lifetime;

    internal ControlServerHostedService(IOptions<ControlServerOptions> options, IHostApplicationLifetime? lifetime) =>
        (_options, _lifetime) = (options, lifetime);

    /// <summary>The running server; null before the host has started it.</summary>
    public ControlServer? Server => _started.Task.IsCompletedSuccessfully ? _started.Task.Result : null;

    /// <summary>Waits until the host has started the server.</summary>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <returns>The running server.</returns>
    /// <exception cref="Connet.Protocol.ConnetException">The server could not start.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the host was stopped first.</exception>
    public async ValueTask<ControlServer> GetServerAsync(CancellationToken cancellationToken = default) =>
        await _started.Task.WaitAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            ControlServer server = await ControlServer.StartAsync(_options.Value, cancellationToken).ConfigureAwait(false);
            _started.TrySetResult(server);
            _ = WatchAsync(server);
        }
        catch (Exception exception)
        {
            _started.TrySetException(exception);

            // The host reports it; whoever waits for the server gets it too.
            _ = _started.Task.Exception;
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _started.TrySetCanceled(CancellationToken.None);
        if (Server is { } server)
        {
            await server.StopAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Stops the server.</summary>
    /// <returns>A task that completes when everything is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        _started.TrySetCanceled(CancellationToken.None);
        if (Server is { } server)
        {
            await server.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Begins to stop the server, and does not wait for it: for containers that are not disposed asynchronously.</summary>
    public void Dispose()
    {
        _started.TrySetCanceled(CancellationToken.None);
        _ = Server?.DisposeAsync().AsTask();
    }

    private async Task WatchAsync(ControlServer server)
    {
        await server.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (server.Completion.IsFaulted)
        {
            _lifetime?.StopApplication();
        }
    }
}
