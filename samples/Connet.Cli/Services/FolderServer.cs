using Connet.AspNetCore;
using Connet.Cli.Configuration;
using Connet.Cli.Diagnostics;
using Connet.Client;
using Connet.Client.Endpoints;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Connet.Cli.Services;

/// <summary>Serves the folder of a destination's <c>file-server-root</c> over HTTP at its <c>addr</c>, beside what goes through the tunnel.</summary>
/// <param name="endpoint">The destination, with folder and address.</param>
/// <param name="logger">Where the address is logged.</param>
internal sealed class FolderServer(EndpointSettings endpoint, ILogger logger) : IHostedService, IAsyncDisposable
{
    private ConnetFileServer? _server;

    /// <summary>Where it listens; null before it does.</summary>
    public string? Address => _server is null ? null : $"http://{_server.LocalEndPoint}/";

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        string folder = Path.GetFullPath(endpoint.Folder!);
        try
        {
            _server = await ConnetFileServer.StartAsync(folder, endpoint.ServedAt!, new EndpointContext { Logger = logger }, cancellationToken);
        }
        catch (ConnetEndpointException exception)
        {
            throw new ConfigurationException($"{endpoint.AddressOrigin}: {exception.Message.TrimEnd('.')}");
        }

        CliLog.FolderServed(logger, $"destination {endpoint.Name}", folder, Address!);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => DisposeAsync().AsTask();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
