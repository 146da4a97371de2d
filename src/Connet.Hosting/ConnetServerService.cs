using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Connet.Hosting;

/// <summary>
/// Runs a <see cref="ConnetServer"/> for as long as its host runs. A server that cannot start keeps the host from starting; one that cannot
/// go on fails the service, which stops the host unless it is told otherwise. Thread safe.
/// </summary>
public sealed class ConnetServerService : BackgroundService
{
    private readonly IOptions<ConnetServerOptions> _options;
    private volatile ConnetServer? _server;

    /// <summary>Creates the service.</summary>
    /// <param name="options">How the server is set up.</param>
    public ConnetServerService(IOptions<ConnetServerOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
    }

    /// <summary>The running server.</summary>
    /// <exception cref="InvalidOperationException">The host has not started it yet.</exception>
    public ConnetServer Server => _server ?? throw new InvalidOperationException("The server runs when the host has started.");

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _server = await ConnetServer.StartAsync(_options.Value, cancellationToken).ConfigureAwait(false);
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
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
        _ = _server?.DisposeAsync().AsTask();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Server.Completion;
}
