using System.Text.Json;
using Connet.Hosting.Diagnostics;
using Connet.Protocol;
using Connet.Protocol.Timing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Connet.Hosting;

/// <summary>
/// Runs a <see cref="ConnetServer"/> for as long as its host runs. A server that cannot start keeps the host from starting; one that cannot
/// go on fails the service, which stops the host unless it is told otherwise. When the configuration of its options changes, the server takes
/// them over as <see cref="ConnetServer.ReloadAsync"/> says; options that it cannot take are logged once, and the old ones stay. Thread safe.
/// </summary>
public sealed class ConnetServerService : BackgroundService, IConnetStatusSource
{
    private readonly IOptions<ConnetServerOptions> _options;
    private readonly IOptionsFactory<ConnetServerOptions>? _factory;
    private readonly IOptionsChangeTokenSource<ConnetServerOptions>[] _changes;
    private readonly List<IDisposable> _subscriptions = [];
    private ReloadWorker? _reload;
    private volatile ConnetServer? _server;

    /// <summary>Creates the service.</summary>
    /// <param name="options">How the server is set up.</param>
    /// <param name="factory">Reads the options again; null if they never change.</param>
    /// <param name="changes">Tell when to.</param>
    public ConnetServerService(
        IOptions<ConnetServerOptions> options,
        IOptionsFactory<ConnetServerOptions>? factory = null,
        IEnumerable<IOptionsChangeTokenSource<ConnetServerOptions>>? changes = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _factory = factory;
        _changes = [.. (changes ?? []).Where(each => string.IsNullOrEmpty(each.Name))];
    }

    /// <summary>The running server.</summary>
    /// <exception cref="InvalidOperationException">The host has not started it yet.</exception>
    public ConnetServer Server => _server ?? throw new InvalidOperationException("The server runs when the host has started.");

    /// <inheritdoc/>
    string IConnetStatusSource.Kind => ServerStatusJson.Kind;

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        ConnetServer server = await ConnetServer.StartAsync(_options.Value, cancellationToken).ConfigureAwait(false);
        _server = server;
        Subscribe(server);
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await UnsubscribeAsync().ConfigureAwait(false);
        if (_server is { } server)
        {
            await server.StopAsync(cancellationToken).ConfigureAwait(false);
        }

        await base.StopAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends a server that the host did not stop, as when another of its services failed to start.</summary>
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
        if (_server is IConnetStatusSource server)
        {
            server.WriteStatus(writer);
        }
        else
        {
            StatusJson.WriteNotStarted(writer, ServerStatusJson.Kind);
        }
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Server.Completion;

    private void Subscribe(ConnetServer server)
    {
        if (_factory is not { } factory)
        {
            return;
        }

        // Not by a monitor of the options: it tells nobody of options that are not valid.
        ILogger logger = _options.Value.LoggerFactory?.CreateLogger(typeof(ConnetServer)) ?? NullLogger.Instance;
        ReloadWorker reload = new(
            token => server.ReloadAsync(factory.Create(Options.DefaultName), token), reason => HostingLog.ReloadFailed(logger, reason));
        _reload = reload;
        foreach (IOptionsChangeTokenSource<ConnetServerOptions> source in _changes)
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
