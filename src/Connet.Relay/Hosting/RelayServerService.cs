using System.Text.Json;
using Connet.Protocol;
using Connet.Protocol.Timing;
using Connet.Relay.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Connet.Relay.Hosting;

/// <summary>
/// Runs a <see cref="RelayServer"/> for as long as its host runs. A relay that cannot start keeps the host from starting; one that cannot go on
/// fails the service, which stops the host unless it is told otherwise. When the configuration of its options changes, the relay takes them
/// over as <see cref="RelayServer.ReloadAsync"/> says; options that it cannot take are logged once, and the old ones stay.
/// </summary>
public sealed class RelayServerService : BackgroundService, IConnetStatusSource
{
    private readonly IOptions<RelayServerOptions> _options;
    private readonly ILoggerFactory? _loggerFactory;
    private readonly IOptionsFactory<RelayServerOptions>? _factory;
    private readonly IOptionsChangeTokenSource<RelayServerOptions>[] _changes;
    private readonly List<IDisposable> _subscriptions = [];
    private ReloadWorker? _reload;
    private volatile RelayServer? _server;

    /// <summary>Creates the service.</summary>
    /// <param name="options">How the relay is set up.</param>
    /// <param name="loggerFactory">Where it logs to, unless its options say otherwise.</param>
    /// <param name="factory">Reads the options again; null if they never change.</param>
    /// <param name="changes">Tell when to.</param>
    public RelayServerService(
        IOptions<RelayServerOptions> options,
        ILoggerFactory? loggerFactory = null,
        IOptionsFactory<RelayServerOptions>? factory = null,
        IEnumerable<IOptionsChangeTokenSource<RelayServerOptions>>? changes = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _loggerFactory = loggerFactory;
        _factory = factory;
        _changes = [.. (changes ?? []).Where(each => string.IsNullOrEmpty(each.Name))];
    }

    /// <summary>The running relay.</summary>
    /// <exception cref="InvalidOperationException">The host has not started it yet.</exception>
    public RelayServer Server => _server ?? throw new InvalidOperationException("The relay runs when the host has started.");

    /// <inheritdoc/>
    string IConnetStatusSource.Kind => RelayStatusJson.Kind;

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        RelayServerOptions options = _options.Value;
        options.LoggerFactory ??= _loggerFactory;
        _server = await RelayServer.StartAsync(options, cancellationToken).ConfigureAwait(false);
        Subscribe(_server, options.LoggerFactory?.CreateLogger(typeof(RelayServer)) ?? NullLogger.Instance);
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await UnsubscribeAsync().ConfigureAwait(false);
        if (_server is not null)
        {
            await _server.StopAsync(cancellationToken).ConfigureAwait(false);
        }

        await base.StopAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends a relay that the host did not stop, as when another of its services failed to start.</summary>
    public override void Dispose()
    {
        // Closing the sockets waits for nobody, and never fails.
        _ = UnsubscribeAsync().AsTask();
        _ = _server?.DisposeAsync().AsTask();
        base.Dispose();
    }

    /// <inheritdoc/>
    void IConnetStatusSource.WriteStatus(Utf8JsonWriter writer)
    {
        if (_server is { } server)
        {
            RelayStatusJson.Write(writer, server.GetStatus());
        }
        else
        {
            StatusJson.WriteNotStarted(writer, RelayStatusJson.Kind);
        }
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Server.Completion;

    private void Subscribe(RelayServer server, ILogger logger)
    {
        if (_factory is not { } factory)
        {
            return;
        }

        // Not by a monitor of the options: it tells nobody of options that are not valid.
        ReloadWorker reload = new(
            token => server.ReloadAsync(factory.Create(Options.DefaultName), token), reason => RelayLog.ReloadFailed(logger, reason));
        _reload = reload;
        foreach (IOptionsChangeTokenSource<RelayServerOptions> source in _changes)
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
}
