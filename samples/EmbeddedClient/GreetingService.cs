using System.Text;
using Connet.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EmbeddedClient;

/// <summary>Answers whoever dials the destination. There is no port to open for it.</summary>
internal sealed class GreetingService([FromKeyedServices(GreetingService.Name)] ConnetDestination destination) : BackgroundService
{
    public const string Name = "greeting";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (ConnetConnection connection in destination.AcceptAllAsync(stoppingToken))
        {
            _ = AnswerAsync(connection, stoppingToken);
        }
    }

    private static async Task AnswerAsync(ConnetConnection connection, CancellationToken stoppingToken)
    {
        await using (connection)
        {
            try
            {
                // The other side ends its direction and waits for the answer in the other one.
                using StreamReader reader = new(connection, Encoding.UTF8, leaveOpen: true);
                string name = await reader.ReadToEndAsync(stoppingToken);
                await connection.WriteAsync(Encoding.UTF8.GetBytes($"hello, {name}"), stoppingToken);
                connection.CompleteWrites();
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                // The caller has gone away, or the application stops.
            }
        }
    }
}
