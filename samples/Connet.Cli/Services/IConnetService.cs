using Microsoft.Extensions.Logging;

namespace Connet.Cli.Services;

/// <summary>What one command runs.</summary>
internal interface IConnetService
{
    /// <summary>Checks the settings and registers what they ask for.</summary>
    ValueTask RegisterAsync(ServiceContext context, CancellationToken cancellationToken);

    /// <summary>Logs what runs where, once the host has started, and waits until the service can do its work.</summary>
    ValueTask AnnounceAsync(IServiceProvider services, ILogger logger, CancellationToken cancellationToken);

    /// <summary>Ends when the service has; fails with the reason if it cannot go on.</summary>
    Task CompletionOf(IServiceProvider services);
}
