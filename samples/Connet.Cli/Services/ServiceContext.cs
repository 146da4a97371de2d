using Connet.Cli.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Connet.Cli.Services;

/// <summary>What a service is set up from, and what it leaves behind for the end.</summary>
/// <param name="settings">Files and flags.</param>
/// <param name="environment">Reads an environment variable.</param>
/// <param name="services">Where the service is registered.</param>
/// <param name="failFast">A server that cannot be reached at start is an error.</param>
/// <param name="isCheck">The settings are checked only: nothing is made, opened or started.</param>
internal sealed class ServiceContext(
    LoadedSettings settings, Func<string, string?> environment, IServiceCollection services, bool failFast, bool isCheck = false) : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _owned = new();

    /// <summary>Files and flags.</summary>
    public SettingsSection Root => settings.Root;

    /// <summary>What the user should know; logged once the service is up.</summary>
    public List<string> Warnings => settings.Warnings;

    /// <summary>At a reload, the keys that have changed and hold from the next start on.</summary>
    public List<string> NeedsRestart { get; } = [];

    /// <summary>Where state lives.</summary>
    public StateFolders Folders { get; } = new(environment, makesNothing: isCheck);

    /// <summary>Where the service is registered.</summary>
    public IServiceCollection Services => services;

    /// <summary>A server that cannot be reached at start is an error.</summary>
    public bool FailFast => failFast;

    /// <summary>The settings are checked only: nothing is made, opened or started.</summary>
    public bool IsCheck => isCheck;

    /// <summary>An environment variable; null if it is not set.</summary>
    public string? Variable(string name) => environment(name);

    /// <summary>Keeps something until the host has ended.</summary>
    public void Own(IAsyncDisposable? resource)
    {
        if (resource is not null)
        {
            _owned.Push(resource);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        while (_owned.TryPop(out IAsyncDisposable? resource))
        {
            await resource.DisposeAsync();
        }
    }
}
