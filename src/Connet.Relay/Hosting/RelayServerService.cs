using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Connet.Relay.Hosting;

/// <summary>
/// Runs a <see cref="RelayServer"/> for as long as its host runs. A relay that cannot start keeps the host from starting; one that cannot go on
/// fails the service, which stops the host unless it is told otherwise.
/// </summary>
public sealed class RelayServerService : BackgroundService
{
    private readonly IOptions<RelayServerOptions> _options;
    private readonly ILoggerFactory? _loggerFactory;
    private RelayServer? _server;

    /// <summary>Creates the service.</summary>
    /// <param name="options">How the relay is set up.</param>
    /// <param name="loggerFactory">Where it logs to, unless its options say otherwise.</param>
    public RelayServerService(IOptions<RelayServerOptions> options, ILoggerFactory? loggerFactory = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _loggerFactory = loggerFactory;
    }

    /// <summary>The running relay.</summary>
    /// <exception cref="InvalidOperationException">The host has not started it yet.</exception>
    public RelayServer Server => _server ?? throw new InvalidOperationException("The relay runs when the host has started.");

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        RelayServerOptions options = _options.Value;
        options.LoggerFactory ??= _loggerFactory;
        _server = await RelayServer.StartAsync(options, cancellationToken).ConfigureAwait(false);
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
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
        _ = _server?.DisposeAsync().AsTask();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Server.Completion;
}
