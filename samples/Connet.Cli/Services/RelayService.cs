using Connet.Cli.Configuration;
using Connet.Cli.Diagnostics;
using Connet.Relay;
using Connet.Relay.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Connet.Cli.Services;

/// <summary><c>connet relay</c>: a relay of a control server elsewhere.</summary>
internal sealed class RelayService : IConnetService
{
    private string _control = "";

    /// <inheritdoc/>
    public string Section => "relay";

    /// <inheritdoc/>
    public ValueTask RegisterAsync(ServiceContext context, CancellationToken cancellationToken)
    {
        Action<RelayServerOptions> configure = Read(context);
        string folder = context.Folders.Store(context.Root.Single(Section), context.Warnings);
        _control = ControlAddress(context);
        context.Services.AddConnetRelayServer(options =>
        {
            configure(options);
            options.StateDirectory = folder;
            options.FailFast = context.FailFast;
        });
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Verify(ServiceContext context, IServiceProvider services)
    {
    }

    /// <inheritdoc/>
    public async ValueTask AnnounceAsync(IServiceProvider services, ILogger logger, CancellationToken cancellationToken)
    {
        RelayServer server = Server(services);
        CliLog.Running(logger, "relay", $"clients on {string.Join(", ", server.EndPoints)}");
        await server.WaitForControlAsync(cancellationToken);
        CliLog.Ready(logger, $"connected to {_control}");
    }

    /// <inheritdoc/>
    public async ValueTask ReloadAsync(ServiceContext context, IServiceProvider services, ILogger logger, CancellationToken cancellationToken)
    {
        RelayServerOptions running = services.GetRequiredService<IOptions<RelayServerOptions>>().Value;
        RelayServerOptions options = new()
        {
            StateDirectory = running.StateDirectory,
            FailFast = running.FailFast,
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
        $"relay of {AddressSyntax.WithPort(settings.Root.Single(Section).Text("control-addr") ?? "localhost", 19189)}";

    /// <inheritdoc/>
    public Task CompletionOf(IServiceProvider services) => Server(services).Completion;

    private static RelayServer Server(IServiceProvider services) => services.GetRequiredService<RelayServerService>().Server!;

    private string ControlAddress(ServiceContext context) => AddressSyntax.WithPort(context.Root.Single(Section).Text("control-addr") ?? "localhost", 19189);

    private Action<RelayServerOptions> Read(ServiceContext context)
    {
        SettingsSection settings = context.Root.Single(Section);
        string token = SecretText.Token(settings, Section);
        string? authorities = PemFiles.Authorities(settings, "control-cas-file");
        string control = ControlAddress(context);
        return options =>
        {
            options.Ingresses = [.. RelaySettings.Ingresses(settings, "ingress")];
            options.Token = token;
            options.Metadata = settings.Text("metadata") ?? "";
            options.ControlAddress = control;
            options.ControlName = settings.Text("control-name");
            options.ControlCaFile = authorities;
            options.HandshakeIdleTimeout = settings.Duration("handshake-idle-timeout") ?? options.HandshakeIdleTimeout;
        };
    }
}
