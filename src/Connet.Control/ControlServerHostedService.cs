using System.Text.Json;
using Connet.Control.Diagnostics;
using Connet.Protocol;
using Connet.Protocol.Timing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Connet.Control;

/// <summary>
/// Starts and stops the control server of a host. Registered by <see cref="ControlServiceCollectionExtensions.AddConnetControlServer"/>
/// as a singleton, from which other services get the running server. A server that cannot go on stops its host. When the configuration of
/// its options changes, the server takes them over as <see cref="ControlServer.ReloadAsync"/> says; options that it cannot take are logged
/// once, and the old ones stay. Thread safe.
/// </summary>
public sealed class ControlServerHostedService : IHostedService, IConnetStatusSource, IAsyncDisposable, IDisposable
{
    private readonly IOptions<ControlServerOptions> _options;
    private readonly TaskCompletionSource<ControlServer> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IOptionsFactory<ControlServerOptions> _factory;
    private readonly IEnumerable<IOptionsChangeTokenSource<ControlServerOptions>> _changes;
    private readonly IHostApplicationLifetime? _lifetime;
    private readonly List<IDisposable> _subscriptions = [];
    private ReloadWorker? _reload;

    internal ControlServerHostedService(
        IOptions<ControlServerOptions> options,
        IOptionsFactory<ControlServerOptions> factory,
        IEnumerable<IOptionsChangeTokenSource<ControlServerOptions>> changes,
        IHostApplicationLifetime? lifetime) =>
        (_options, _factory, _changes, _lifetime) = (options, factory, changes, lifetime);

    /// <summary>The running server; null before the host has started it.</summary>
    public ControlServer? Server => _started.Task.IsCompletedSuccessfully ? _started.Task.Result : null;

    /// <inheritdoc/>
    string IConnetStatusSource.Kind => ControlStatusJson.Kind;

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
            Subscribe(server);
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
        await UnsubscribeAsync().ConfigureAwait(false);
        if (Server is { } server)
        {
            await server.StopAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    void IConnetStatusSource.WriteStatus(Utf8JsonWriter writer)
    {
        if (Server is { } server)
        {
            ControlStatusJson.Write(writer, server.GetStatus());
        }
        else
        {
            StatusJson.WriteNotStarted(writer, ControlStatusJson.Kind);
        }
    }

    /// <summary>Stops the server.</summary>
    /// <returns>A task that completes when everything is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        _started.TrySetCanceled(CancellationToken.None);
        await UnsubscribeAsync().ConfigureAwait(false);
        if (Server is { } server)
        {
            await server.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Begins to stop the server, and does not wait for it: for containers that are not disposed asynchronously.</summary>
    public void Dispose()
    {
        _started.TrySetCanceled(CancellationToken.None);
        _ = UnsubscribeAsync().AsTask();
        _ = Server?.DisposeAsync().AsTask();
    }

    private void Subscribe(ControlServer server)
    {
        // Not by a monitor of the options: it tells nobody of options that are not valid.
        ILogger logger = _options.Value.LoggerFactory?.CreateLogger(typeof(ControlServer)) ?? NullLogger.Instance;
        ReloadWorker reload = new(
            token => server.ReloadAsync(_factory.Create(Options.DefaultName), token), reason => ControlLog.ReloadFailed(logger, reason));
        _reload = reload;
        foreach (IOptionsChangeTokenSource<ControlServerOptions> source in _changes.Where(each => string.IsNullOrEmpty(each.Name)))
        {
            _subscriptions.Add(ChangeToken.OnChange(source.GetChangeToken, reload.Trigger));
        }
    }

    private async ValueTask UnsubscribeAsync()
    {
        foreach (IDisposable subscription in _subscriptions)
        {
            subscription.Dispose();
        }

        if (_reload is { } reload)
        {
            await reload.DisposeAsync().ConfigureAwait(false);
        }
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
