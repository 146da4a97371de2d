using Microsoft.Extensions.Hosting;

namespace Connet.Client.Control;

/// <summary>
/// Runs the client for as long as the host. It does not wait for the control server, which may be in the same host, and start after it. When
/// the client cannot go on, nor can the host.
/// </summary>
/// <param name="client">The client.</param>
/// <param name="lifetime">The host's.</param>
internal sealed class ConnetClientService(ConnetClient client, IHostApplicationLifetime lifetime) : IHostedService
{
    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await client.BeginAsync(cancellationToken).ConfigureAwait(false);
        _ = WatchAsync();
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => client.StopAsync(cancellationToken).AsTask();

    private async Task WatchAsync()
    {
        await QuietTasks.QuietlyAsync(client.Completion).ConfigureAwait(false);
        if (client.Completion.IsFaulted)
        {
            lifetime.StopApplication();
        }
    }
}
