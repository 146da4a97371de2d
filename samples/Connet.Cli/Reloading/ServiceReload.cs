using Connet.Cli.Configuration;
using Connet.Cli.Diagnostics;
using Connet.Cli.Services;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Connet.Cli.Reloading;

/// <summary>Gives a running service settings that were read anew: what can change does, and the rest is named.</summary>
/// <param name="service">What runs.</param>
/// <param name="create">Makes another one, which never runs, for the checks.</param>
/// <param name="start">The settings that it has started with.</param>
/// <param name="logger">Where the outcome is logged.</param>
internal sealed class ServiceReload(IConnetService service, Func<IConnetService> create, LoadedSettings start, ILogger logger)
{
    private LoadedSettings _inEffect = start;

    /// <summary>Whose level follows <c>log-level</c>.</summary>
    public required LogSink Sink { get; init; }

    /// <summary>Puts settings into effect.</summary>
    /// <param name="settings">The settings. They are changed.</param>
    /// <param name="services">What runs.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Exception">They are not good, and nothing has changed; <see cref="ErrorLine"/> tells why.</exception>
    public async ValueTask ApplyAsync(LoadedSettings settings, IServiceProvider services, CancellationToken cancellationToken)
    {
        // The checks of a start, for what takes one too. What they warn of was said at the start.
        await HostRunner.CheckAsync(create(), settings with { Warnings = [] }, cancellationToken);
        await using ServiceContext context = new(settings, Environment.GetEnvironmentVariable, new ServiceCollection(), failFast: false, isCheck: true);
        context.NeedsRestart.AddRange(FixedSettings.Keep(_inEffect.Root, settings.Root, new SectionDefinition(KeyTable.Root.Keys, []), ""));
        service.FindChangedFiles(context);
        SettingsSection section = settings.Root.Single(service.Section);
        settings.Root.NamedOrNew("")[service.Section] = section;
        context.NeedsRestart.AddRange(
            FixedSettings.Keep(_inEffect.Root.Single(service.Section), section, KeyTable.Root.FindTable(service.Section)!.Section, service.Section));
        await service.ReloadAsync(context, services, logger, cancellationToken);
        _inEffect = settings;
        Sink.Level = LogLine.LevelOf(settings.Root.Text("log-level"));
        foreach (string warning in context.Warnings)
        {
            CliLog.Warning(logger, warning);
        }

        if (context.NeedsRestart.Count > 0)
        {
            CliLog.NeedsRestart(logger, string.Join(", ", context.NeedsRestart.Distinct().Order(StringComparer.Ordinal)));
        }
    }
}
