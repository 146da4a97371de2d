using Connet.Client;
using Connet.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Connet.Cli.Demo;

/// <summary>Tells the client where the server listens, which took a free port. Registered between the two: services start in that order.</summary>
internal sealed class DemoServerAddress(ConnetServerService server, IOptions<ConnetClientOptions> client) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        client.Value.ServerAddress = server.Server.Control.ClientEndPoints[0].ToString();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
