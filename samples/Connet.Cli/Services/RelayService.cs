using Connet.Cli.Configuration;
using Connet.Cli.Diagnostics;
using Connet.Relay;
using Connet.Relay.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Connet.Cli.Services;

/// <summary><c>connet relay</c>: a relay of a control server elsewhere.</summary>
internal sealed class RelayService : IConnetService
{
    private string _control = "";

    /// <inheritdoc/>
    public ValueTask RegisterAsync(ServiceContext context, CancellationToken cancellationToken)
    {
        SettingsSection settings = context.Root.Single("relay");
        string token = SecretText.Token(settings, "relay");
        string? authorities = PemFiles.Authorities(settings, "control-cas-file");
        string folder = context.Folders.Store(settings, context.Warnings);
        _control = AddressSyntax.WithPort(settings.Text("control-addr") ?? "localhost", 19189);
        context.Services.AddConnetRelayServer(options =>
        {
            options.Ingresses = [.. RelaySettings.Ingresses(settings, "ingress")];
            options.Token = token;
            options.Metadata = settings.Text("metadata") ?? "";
            options.ControlAddress = _control;
            options.ControlName = settings.Text("control-name");
            options.ControlCaFile = authorities;
            options.StateDirectory = folder;
            options.HandshakeIdleTimeout = settings.Duration("handshake-idle-timeout") ?? options.HandshakeIdleTimeout;
            options.FailFast = context.FailFast;
        });
        return ValueTask.CompletedTask;
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
    public Task CompletionOf(IServiceProvider services) => Server(services).Completion;

    private static RelayServer Server(IServiceProvider services) => services.GetRequiredService<RelayServerService>().Server!;
}
