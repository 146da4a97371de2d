using Connet.Cli.Configuration;
using Connet.Cli.Diagnostics;
using Connet.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Connet.Cli.Services;

/// <summary><c>connet</c>: a client with the sources and destinations of the settings.</summary>
internal sealed class ClientService : IConnetService
{

    private readonly List<(string Name, string Address)> _destinations = [];
    private readonly List<string> _sources = [];
    private string _server = "";

    /// <inheritdoc/>
    public ValueTask RegisterAsync(ServiceContext context, CancellationToken cancellationToken)
    {
        SettingsSection settings = context.Root.Single("client");
        string token = SecretText.Token(settings, "client", context.Variable("CONNET_TOKEN"));
        string? authorities = PemFiles.Authorities(settings, "server-cas-file");
        byte[]? resetKey = ResetKeySetting.Read(settings);
        string? cache = resetKey is null ? context.Folders.Cache(context.Warnings) : null;
        IReadOnlyDictionary<string, SettingsSection> sources = settings.Tables("sources");
        IReadOnlyDictionary<string, SettingsSection> destinations = settings.Tables("destinations");
        foreach ((string name, SettingsSection endpoint) in sources.Concat(destinations))
        {
            CheckEndpoint(name, endpoint);
        }

        if (sources.Count + destinations.Count == 0)
        {
            context.Warnings.Add("the client has neither a source nor a destination: nothing can pass");
        }

        _server = AddressSyntax.WithPort(settings.Text("server-addr") ?? "127.0.0.1", 19190);
        ConnetClientBuilder client = context.Services.AddConnetClient(options =>
        {
            options.Token = token;
            options.Metadata = settings.Text("metadata") ?? "";
            options.ServerAddress = _server;
            options.ServerName = settings.Text("server-name");
            options.ServerCaFile = authorities;
            options.DirectAddress = settings.Text("direct-addr") ?? options.DirectAddress;
            options.StateDirectory = cache;
            if (resetKey is not null)
            {
                // An array that is null would become a key of no bytes.
                options.StatelessResetKey = resetKey;
            }

            options.HandshakeIdleTimeout = settings.Duration("handshake-idle-timeout") ?? options.HandshakeIdleTimeout;
            options.RelayEncryptions = [.. settings.List("relay-encryptions")];
            options.FailFast = context.FailFast;
        });
        foreach ((string name, SettingsSection source) in sources)
        {
            _sources.Add(name);
            client.AddSource(name, options =>
            {
                options.Address = source.Text("url");
                options.Route = RouteOf(source);
                options.RelayEncryptions = [.. source.List("relay-encryptions")];
                options.DialTimeout = source.Duration("dial-timeout") ?? options.DialTimeout;
            });
        }

        foreach ((string name, SettingsSection destination) in destinations)
        {
            _destinations.Add((name, destination.Text("url")!));
            client.AddDestination(name, options =>
            {
                options.Address = destination.Text("url");
                options.Route = RouteOf(destination);
                options.RelayEncryptions = [.. destination.List("relay-encryptions")];
                options.DialTimeout = destination.Duration("dial-timeout") ?? options.DialTimeout;
            });
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask AnnounceAsync(IServiceProvider services, ILogger logger, CancellationToken cancellationToken)
    {
        foreach ((string name, string address) in _destinations)
        {
            CliLog.DestinationForwards(logger, name, address);
        }

        foreach (string name in _sources)
        {
            CliLog.SourceListens(logger, name, services.GetRequiredKeyedService<ConnetSource>(name).LocalEndPoint?.ToString() ?? "");
        }

        await services.GetRequiredService<ConnetClient>().WaitForControlAsync(cancellationToken);
        CliLog.Ready(logger, $"connected to {_server}");
    }

    /// <inheritdoc/>
    public Task CompletionOf(IServiceProvider services) => services.GetRequiredService<ConnetClient>().Completion;

    private static void CheckEndpoint(string name, SettingsSection endpoint)
    {
        if (name.Length == 0)
        {
            throw new ConfigurationException($"{endpoint.Origin}: an endpoint needs a name");
        }

        if (!endpoint.Has("url"))
        {
            throw new ConfigurationException(
                $"{endpoint.Origin} needs an address: {(endpoint.Origin.File is null ? $"{endpoint.Origin.Key}url" : "addr or url")}");
        }
    }

    private static ConnetRoute RouteOf(SettingsSection endpoint) => endpoint.Text("route") switch
    {
        "direct" => ConnetRoute.Direct,
        "relay" => ConnetRoute.Relay,
        _ => ConnetRoute.Any,
    };
}
