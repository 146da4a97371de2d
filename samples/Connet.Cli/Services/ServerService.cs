using Connet.Cli.Configuration;
using Connet.Cli.Diagnostics;
using Connet.Control;
using Connet.Hosting;
using Connet.Relay;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Connet.Cli.Services;

/// <summary><c>connet server</c>: control server and relay in one process.</summary>
internal sealed class ServerService : IConnetService
{
    /// <inheritdoc/>
    public ValueTask RegisterAsync(ServiceContext context, CancellationToken cancellationToken)
    {
        SettingsSection settings = context.Root.Single("server");
        IReadOnlyList<string> tokens = ControlSettings.ClientTokens(settings, "server", "tokens");
        List<TokenRestrictionOptions> restrictions = ControlSettings.Restrictions(settings, "token-restriction", tokens.Count);
        List<ControlIngressOptions> clients = ControlSettings.Ingresses(settings, "server", "ingress", ":19190");
        List<RelayIngressOptions> relay = RelaySettings.Ingresses(settings, "relay-ingress");
        string folder = context.Folders.Store(settings, context.Warnings);
        context.Services.AddConnetServer(options =>
        {
            options.ClientIngresses = [.. clients];
            options.ClientTokens = [.. tokens];
            options.ClientTokenRestrictions = [.. restrictions];
            options.EndpointExpiry = ControlSettings.EndpointExpiry(settings, options.EndpointExpiry);
            options.RelayIngresses = [.. relay];
            options.StoreDirectory = folder;
            options.OpenStore = ControlSettings.OpenStoreAsync;
        });
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask AnnounceAsync(IServiceProvider services, ILogger logger, CancellationToken cancellationToken)
    {
        ConnetServer server = Server(services);
        CliLog.Running(logger, "server", $"clients on {string.Join(", ", server.Control.ClientEndPoints)}, relay on {string.Join(", ", server.Relay.EndPoints)}");
        CliLog.Ready(logger, "server started");
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public Task CompletionOf(IServiceProvider services) => Server(services).Completion;

    private static ConnetServer Server(IServiceProvider services) => services.GetRequiredService<ConnetServerService>().Server;
}
