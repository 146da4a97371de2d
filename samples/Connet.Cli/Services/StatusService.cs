using Connet.AspNetCore;
using Connet.Cli.Configuration;
using Connet.Cli.Diagnostics;
using Connet.Client;
using Connet.Client.Endpoints;
using Connet.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Connet.Cli.Services;

/// <summary>Serves the status of what a command runs at its <c>status-addr</c>, from before the rest starts until after its end.</summary>
internal sealed class StatusService : IHostedService, IAsyncDisposable
{
    /// <summary>The key of the address.</summary>
    public const string Key = "status-addr";

    private readonly string? _address;
    private readonly Origin _origin;
    private readonly Func<IEnumerable<IConnetStatusSource>> _sources;
    private readonly ILogger _logger;
    private ConnetStatusServer? _server;

    /// <param name="settings">The section of the command.</param>
    /// <param name="sources">What the command runs; asked for at the start.</param>
    /// <param name="logger">Where the address is logged.</param>
    public StatusService(SettingsSection settings, Func<IEnumerable<IConnetStatusSource>> sources, ILogger logger) =>
        (_address, _origin, _sources, _logger) = (settings.Text(Key), settings.OriginOf(Key), sources, logger);

    /// <summary>Where the status is; null if nowhere, and before the start.</summary>
    public string? Address => _server is null ? null : $"http://{_server.LocalEndPoint}/";

    /// <summary>Adds the service. Of hosted services the first starts first and stops last.</summary>
    public static void Register(IServiceCollection services, SettingsSection settings)
    {
        services.AddSingleton(provider => new StatusService(
            settings, provider.GetServices<IConnetStatusSource>, provider.GetRequiredService<ILoggerFactory>().CreateLogger(CliLog.Category)));
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<StatusService>());
    }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_address is null)
        {
            return;
        }

        try
        {
            _server = await ConnetStatusServer.StartAsync(_address, _sources(), new EndpointContext { Logger = _logger }, cancellationToken);
        }
        catch (ConnetEndpointException exception)
        {
            throw new ConfigurationException($"{_origin}: {exception.Message.TrimEnd('.')}");
        }

        CliLog.StatusServed(_logger, Address!);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => DisposeAsync().AsTask();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Says that another address in settings that were read anew does not count yet.</summary>
    public void NoteChange(SettingsSection settings, string section)
    {
        if (settings.Text(Key) != _address)
        {
            CliLog.NeedsRestart(_logger, $"{section}.{Key}");
        }
    }
}
