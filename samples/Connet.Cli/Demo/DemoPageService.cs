using Connet.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Connet.Cli.Demo;

/// <summary>The web site behind the tunnel: serves every connection that the destination accepts, without a port of its own.</summary>
internal sealed class DemoPageService([FromKeyedServices(DemoRunner.EndpointName)] ConnetDestination destination) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (ConnetConnection connection in destination.AcceptAllAsync(stoppingToken))
        {
            _ = ServeAsync(connection, stoppingToken);
        }
    }

    private static async Task ServeAsync(ConnetConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await using (connection)
            {
                if (await DemoPage.AnswerAsync(connection, cancellationToken))
                {
                    connection.CompleteWrites();
                }
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The browser has gone, or the demo ends.
        }
    }
}
