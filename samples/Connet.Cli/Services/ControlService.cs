using Connet.Cli.Configuration;
using Connet.Cli.Diagnostics;
using Connet.Control;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Connet.Cli.Services;

/// <summary><c>connet control</c>: a control server alone.</summary>
internal sealed class ControlService : IConnetService
{
    /// <inheritdoc/>
    public string Section => "control";

    /// <inheritdoc/>
    public async ValueTask RegisterAsync(ServiceContext context, CancellationToken cancellationToken)
    {
        Action<ControlServerOptions> configure = Read(context, null);
        string folder = context.Folders.Store(context.Root.Single(Section), context.Warnings);
        IControlStore? store = context.IsCheck ? null : await ControlSettings.OpenStoreAsync(folder, cancellationToken);
        context.Own(store as IAsyncDisposable);
        context.Services.AddConnetControlServer(options =>
        {
            configure(options);
            options.Store = store;
        });
    }

    /// <inheritdoc/>
    public void Verify(ServiceContext context, IServiceProvider services) =>
        ControlSettings.WarnOfDuplicates(context, context.Root.Single(Section), "clients-tokens", "relays-tokens");

    /// <inheritdoc/>
    public async ValueTask AnnounceAsync(IServiceProvider services, ILogger logger, CancellationToken cancellationToken)
    {
        ControlServer server = await services.GetRequiredService<ControlServerHostedService>().GetServerAsync(cancellationToken);
        string relays = server.RelayEndPoints.Count > 0 ? $", relays on {string.Join(", ", server.RelayEndPoints)}" : "";
        CliLog.Running(logger, "control", $"clients on {string.Join(", ", server.ClientEndPoints)}{relays}");
        CliLog.Ready(logger, "control server started");
    }

    /// <inheritdoc/>
    public async ValueTask ReloadAsync(ServiceContext context, IServiceProvider services, ILogger logger, CancellationToken cancellationToken)
    {
        ControlServerOptions running = services.GetRequiredService<IOptions<ControlServerOptions>>().Value;
        ControlServerOptions options = new() { Store = running.Store, TimeProvider = running.TimeProvider, LoggerFactory = running.LoggerFactory };
        Read(context, running.RelayIngresses.Count > 0)(options);
        ControlServer server = await services.GetRequiredService<ControlServerHostedService>().GetServerAsync(cancellationToken);
        await RunningServers.ReloadAsync(server, options, cancellationToken);
    }

    /// <inheritdoc/>
    public IEnumerable<string> FilesOf(LoadedSettings settings) => SettingFiles.Of(settings.Root.Single(Section));

    /// <inheritdoc/>
    public string Describe(LoadedSettings settings)
    {
        SettingsSection section = settings.Root.Single(Section);
        int relays = SecretText.Tokens(section, "relays-tokens").Count;
        return $"control server with {Counted.Of(SecretText.Tokens(section, "clients-tokens").Count, "client token")} and {Counted.Of(relays, "relay token")}";
    }

    /// <inheritdoc/>
    public Task CompletionOf(IServiceProvider services) => services.GetRequiredService<ControlServerHostedService>().Server?.Completion ?? Task.CompletedTask;

    /// <param name="context">The settings.</param>
    /// <param name="hasRelays">Whether the running server listens for relays; null at the start.</param>
    private Action<ControlServerOptions> Read(ServiceContext context, bool? hasRelays)
    {
        SettingsSection settings = context.Root.Single(Section);
        IReadOnlyList<string> clientTokens = ControlSettings.ClientTokens(settings, Section, "clients-tokens");
        IReadOnlyList<string> relayTokens = SecretText.Tokens(settings, "relays-tokens");
        List<TokenRestrictionOptions> clientRestrictions = ControlSettings.Restrictions(settings, "clients-token-restriction", clientTokens.Count);
        List<TokenRestrictionOptions> relayRestrictions = ControlSettings.Restrictions(settings, "relays-token-restriction", relayTokens.Count);
        List<ControlIngressOptions> clients = ControlSettings.Ingresses(settings, Section, "clients-ingress", ":19190");
        if (hasRelays == false && relayTokens.Count > 0)
        {
            context.NeedsRestart.Add(settings.OriginOf(settings.Has("relays-tokens-file") ? "relays-tokens-file" : "relays-tokens").Key);
            (relayTokens, relayRestrictions) = ([], []);
        }

        List<ControlIngressOptions> relays = (hasRelays ?? relayTokens.Count > 0) ? ControlSettings.Ingresses(settings, Section, "relays-ingress", ":19189") : [];
        if (relayTokens.Count == 0)
        {
            context.Warnings.Add("no relays-tokens: no relay can connect");
        }

        return options =>
        {
            options.ClientIngresses = [.. clients];
            options.RelayIngresses = [.. relays];
            options.ClientTokens = [.. clientTokens];
            options.RelayTokens = [.. relayTokens];
            options.ClientTokenRestrictions = [.. clientRestrictions];
            options.RelayTokenRestrictions = [.. relayRestrictions];
            options.EndpointExpiry = ControlSettings.EndpointExpiry(settings, options.EndpointExpiry);
        };
    }
}
