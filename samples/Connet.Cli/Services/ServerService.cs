using Connet.Cli.Configuration;
using Connet.Cli.Diagnostics;
using Connet.Control;
using Connet.Hosting;
using Connet.Relay;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Connet.Cli.Services;

/// <summary><c>connet server</c>: control server and relay in one process.</summary>
internal sealed class ServerService : IConnetService
{
    /// <inheritdoc/>
    public string Section => "server";

    /// <inheritdoc/>
    public ValueTask RegisterAsync(ServiceContext context, CancellationToken cancellationToken)
    {
        Action<ConnetServerOptions> configure = Read(context);
        string folder = context.Folders.Store(context.Root.Single(Section), context.Warnings);
        context.Services.AddConnetServer(options =>
        {
            configure(options);
            options.StoreDirectory = folder;
            options.OpenStore = ControlSettings.OpenStoreAsync;
        });
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Verify(ServiceContext context, IServiceProvider services) => ControlSettings.WarnOfDuplicates(context, context.Root.Single(Section), "tokens");

    /// <inheritdoc/>
    public ValueTask AnnounceAsync(IServiceProvider services, ILogger logger, CancellationToken cancellationToken)
    {
        ConnetServer server = Server(services);
        CliLog.Running(logger, "server", $"clients on {string.Join(", ", server.Control.ClientEndPoints)}, relay on {string.Join(", ", server.Relay.EndPoints)}");
        CliLog.Ready(logger, "server started");
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask ReloadAsync(ServiceContext context, IServiceProvider services, ILogger logger, CancellationToken cancellationToken)
    {
        ConnetServerOptions running = services.GetRequiredService<IOptions<ConnetServerOptions>>().Value;
        ConnetServerOptions options = new()
        {
            StoreDirectory = running.StoreDirectory,
            OpenStore = running.OpenStore,
            TimeProvider = running.TimeProvider,
            LoggerFactory = running.LoggerFactory,
        };
        Read(context)(options);
        await RunningServers.ReloadAsync(Server(services), options, cancellationToken);
    }

    /// <inheritdoc/>
    public IEnumerable<string> FilesOf(LoadedSettings settings) => SettingFiles.Of(settings.Root.Single(Section));

    /// <inheritdoc/>
    public string Describe(LoadedSettings settings) =>
        $"control server and relay with {Counted.Of(SecretText.Tokens(settings.Root.Single(Section), "tokens").Count, "token")}";

    /// <inheritdoc/>
    public Task CompletionOf(IServiceProvider services) => Server(services).Completion;

    private static ConnetServer Server(IServiceProvider services) => services.GetRequiredService<ConnetServerService>().Server;

    private Action<ConnetServerOptions> Read(ServiceContext context)
    {
        SettingsSection settings = context.Root.Single(Section);
        IReadOnlyList<string> tokens = ControlSettings.ClientTokens(settings, Section, "tokens");
        List<TokenRestrictionOptions> restrictions =
            ControlSettings.ForAllTokens(settings, ControlSettings.Restrictions(settings, "token-restriction", tokens.Count), tokens.Count);
        List<ControlIngressOptions> clients = ControlSettings.Ingresses(settings, Section, "ingress", ":19190");
        List<RelayIngressOptions> relay = RelaySettings.Ingresses(settings, "relay-ingress");
        return options =>
        {
            options.ClientIngresses = [.. clients];
            options.ClientTokens = [.. tokens];
            options.ClientTokenRestrictions = [.. restrictions];
            options.EndpointExpiry = ControlSettings.EndpointExpiry(settings, options.EndpointExpiry);
            options.RelayIngresses = [.. relay];
        };
    }
}
