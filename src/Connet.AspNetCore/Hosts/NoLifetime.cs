using Microsoft.Extensions.Hosting;

namespace Connet.AspNetCore.Hosts;

/// <summary>An endpoint lives as long as its client, and listens to no signals of the process.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
