using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Connet.Cli.Services;

/// <summary>The folders that are served at addresses of this machine, beside what goes through the tunnel. Not thread safe.</summary>
/// <param name="endpoints">The endpoints at the start.</param>
/// <param name="logger">Where addresses are logged.</param>
internal sealed class FolderServers(IReadOnlyList<EndpointSettings> endpoints, ILogger logger) : IHostedService, IAsyncDisposable
{
    private readonly Dictionary<string, FolderServer> _servers = [];

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (EndpointSettings endpoint in endpoints)
        {
            await AddAsync(endpoint, cancellationToken);
        }
    }

    /// <summary>Serves the folder of an endpoint that has one, with an address for it.</summary>
    /// <exception cref="Configuration.ConfigurationException">The address cannot be taken.</exception>
    public async Task AddAsync(EndpointSettings endpoint, CancellationToken cancellationToken)
    {
        if (endpoint.ServedAt is not null)
        {
            FolderServer server = new(endpoint, logger);
            await server.StartAsync(cancellationToken);
            _servers.Add(endpoint.Name, server);
        }
    }

    /// <summary>Serves the folder of an endpoint no more. Open requests may finish.</summary>
    public async Task RemoveAsync(EndpointSettings endpoint)
    {
        if (endpoint.ServedAt is not null && _servers.Remove(endpoint.Name, out FolderServer? server))
        {
            await server.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_servers.Values.Select(server => server.DisposeAsync().AsTask()));
        _servers.Clear();
    }
}
