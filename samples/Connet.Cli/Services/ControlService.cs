using Connet.Cli.Configuration;
using Connet.Cli.Diagnostics;
using Connet.Control;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Connet.Cli.Services;

/// <summary><c>connet control</c>: a control server alone.</summary>
internal sealed class ControlService : IConnetService
{
    /// <inheritdoc/>
    public async ValueTask RegisterAsync(ServiceContext context, CancellationToken cancellationToken)
    {
        SettingsSection settings = context.Root.Single("control");
        IReadOnlyList<string> clientTokens = ControlSettings.ClientTokens(settings, "control", "clients-tokens");
        IReadOnlyList<string> relayTokens = SecretText.Tokens(settings, "relays-tokens");
        List<TokenRestrictionOptions> clientRestrictions = ControlSettings.Restrictions(settings, "clients-token-restriction", clientTokens.Count);
        List<TokenRestrictionOptions> relayRestrictions = ControlSettings.Restrictions(settings, "relays-token-restriction", relayTokens.Count);
        List<ControlIngressOptions> clients = ControlSettings.Ingresses(settings, "control", "clients-ingress", ":19190");
        List<ControlIngressOptions> relays = relayTokens.Count > 0 ? ControlSettings.Ingresses(settings, "control", "relays-ingress", ":19189") : [];
        if (relays.Count == 0)
        {
            context.Warnings.Add("no relays-tokens: no relay can connect");
        }

        string folder = context.Folders.Store(settings, context.Warnings);
        IControlStore store = await ControlSettings.OpenStoreAsync(folder, cancellationToken);
        context.Own(store as IAsyncDisposable);
        context.Services.AddConnetControlServer(options =>
        {
            options.ClientIngresses = [.. clients];
            options.RelayIngresses = [.. relays];
            options.ClientTokens = [.. clientTokens];
            options.RelayTokens = [.. relayTokens];
            options.ClientTokenRestrictions = [.. clientRestrictions];
            options.RelayTokenRestrictions = [.. relayRestrictions];
            options.EndpointExpiry = ControlSettings.EndpointExpiry(settings, options.EndpointExpiry);
            options.Store = store;
        });
    }

    /// <inheritdoc/>
    public async ValueTask AnnounceAsync(IServiceProvider services, ILogger logger, CancellationToken cancellationToken)
    {
        ControlServer server = await services.GetRequiredService<ControlServerHostedService>().GetServerAsync(cancellationToken);
        string relays = server.RelayEndPoints.Count > 0 ? $", relays on {string.Join(", ", server.RelayEndPoints)}" : "";
        CliLog.Running(logger, "control", $"clients on {string.Join(", ", server.ClientEndPoints)}{relays}");
        CliLog.Ready(logger, "control server started");
    }

    /// <inheritdoc/>
    public Task CompletionOf(IServiceProvider services) => services.GetRequiredService<ControlServerHostedService>().Server?.Completion ?? Task.CompletedTask;
}
