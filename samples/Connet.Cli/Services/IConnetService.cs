using Connet.Cli.Configuration;
using Microsoft.Extensions.Logging;

namespace Connet.Cli.Services;

/// <summary>What one command runs.</summary>
internal interface IConnetService
{
    /// <summary>Its section in files.</summary>
    string Section { get; }

    /// <summary>Checks the settings and registers what they ask for.</summary>
    ValueTask RegisterAsync(ServiceContext context, CancellationToken cancellationToken);

    /// <summary>Checks what only the registered libraries can tell, before anything starts.</summary>
    /// <param name="context">The settings.</param>
    /// <param name="services">What was registered.</param>
    void Verify(ServiceContext context, IServiceProvider services);

    /// <summary>Logs what runs where, once the host has started, and waits until the service can do its work.</summary>
    ValueTask AnnounceAsync(IServiceProvider services, ILogger logger, CancellationToken cancellationToken);

    /// <summary>Adds the keys whose files hold something else than at the start, where that counts from the next start on.</summary>
    void FindChangedFiles(ServiceContext context)
    {
    }

    /// <summary>Changes the running service to settings that were read anew and found good. If they cannot take effect, nothing changes.</summary>
    /// <param name="context">The settings, with the values of the start for all keys that need a restart.</param>
    /// <param name="services">What runs.</param>
    /// <param name="logger">Where the outcome is logged.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Exception">They cannot take effect; <see cref="ErrorLine"/> tells why.</exception>
    ValueTask ReloadAsync(ServiceContext context, IServiceProvider services, ILogger logger, CancellationToken cancellationToken);

    /// <summary>The files whose content counts besides those of the settings.</summary>
    IEnumerable<string> FilesOf(LoadedSettings settings);

    /// <summary>What the settings ask for, in a few words.</summary>
    string Describe(LoadedSettings settings);

    /// <summary>Ends when the service has; fails with the reason if it cannot go on.</summary>
    Task CompletionOf(IServiceProvider services);
}
