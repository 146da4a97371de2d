using Connet.AspNetCore;
using Connet.Cli.Configuration;
using Connet.Cli.Diagnostics;
using Connet.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Connet.Cli.Services;

/// <summary><c>connet</c>: a client with the sources and destinations of the settings.</summary>
internal sealed class ClientService : IConnetService
{
    private List<EndpointSettings> _endpoints = [];
    private RunningEndpoints? _running;
    private string _server = "";
    private string _token = "";
    private byte[]? _resetKey;

    /// <inheritdoc/>
    public string Section => "client";

    /// <inheritdoc/>
    public ValueTask RegisterAsync(ServiceContext context, CancellationToken cancellationToken)
    {
        SettingsSection settings = context.Root.Single(Section);
        string token = _token = SecretText.Token(settings, Section, context.Variable("CONNET_TOKEN"));
        string? authorities = PemFiles.Authorities(settings, "server-cas-file");
        byte[]? resetKey = _resetKey = ResetKeySetting.Read(settings);
        string? cache = resetKey is null ? context.Folders.Cache(context.Warnings) : null;
        _endpoints = EndpointSettings.AllOf(settings, context.Warnings);
        if (_endpoints.Count == 0)
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
        client.AddAspNetCoreSchemes();
        foreach (EndpointSettings endpoint in _endpoints)
        {
            if (endpoint.Role == ConnetRole.Source)
            {
                client.AddSource(endpoint.Name, endpoint.Apply);
            }
            else
            {
                client.AddDestination(endpoint.Name, endpoint.Apply);
            }

        }

        context.Services.AddSingleton(provider => new FolderServers(_endpoints, provider.GetRequiredService<ILoggerFactory>().CreateLogger(CliLog.Category)));
        context.Services.AddHostedService(provider => provider.GetRequiredService<FolderServers>());
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Verify(ServiceContext context, IServiceProvider services) => Verify(_endpoints, services);

    /// <inheritdoc/>
    public async ValueTask AnnounceAsync(IServiceProvider services, ILogger logger, CancellationToken cancellationToken)
    {
        _running = new RunningEndpoints(services, _endpoints, logger);
        foreach (EndpointSettings endpoint in _endpoints)
        {
            _running.Announce(endpoint);
        }

        await services.GetRequiredService<ConnetClient>().WaitForControlAsync(cancellationToken);
        CliLog.Ready(logger, $"connected to {_server}");
    }

    /// <inheritdoc/>
    public void FindChangedFiles(ServiceContext context)
    {
        SettingsSection settings = context.Root.Single(Section);
        if (SecretText.Token(settings, Section, context.Variable("CONNET_TOKEN")) != _token)
        {
            context.NeedsRestart.Add(settings.OriginOf(settings.Has("token-file") ? "token-file" : "token").Key);
        }

        const string ResetKeyFile = "direct-stateless-reset-key-file";
        if (settings.Has(ResetKeyFile) && !(ResetKeySetting.Read(settings) ?? []).SequenceEqual(_resetKey ?? []))
        {
            context.NeedsRestart.Add(settings.OriginOf(ResetKeyFile).Key);
        }
    }

    /// <inheritdoc/>
    public async ValueTask ReloadAsync(ServiceContext context, IServiceProvider services, ILogger logger, CancellationToken cancellationToken)
    {
        List<EndpointSettings> endpoints = EndpointSettings.AllOf(context.Root.Single(Section), context.Warnings);
        Verify(endpoints, services);
        string? authorities = PemFiles.Authorities(context.Root.Single(Section), "server-cas-file");
        await _running!.ChangeAsync(endpoints, cancellationToken);
        services.GetRequiredService<IOptions<ConnetClientOptions>>().Value.ServerCaFile = authorities;
        services.GetRequiredService<ConnetClient>().ReloadFiles();
    }

    /// <inheritdoc/>
    public IEnumerable<string> FilesOf(LoadedSettings settings) => SettingFiles.Of(settings.Root.Single(Section));

    /// <inheritdoc/>
    public string Describe(LoadedSettings settings)
    {
        SettingsSection section = settings.Root.Single(Section);
        return $"client with {Counted.Of(section.Tables("destinations").Count, "destination")} and {Counted.Of(section.Tables("sources").Count, "source")}";
    }

    /// <inheritdoc/>
    public Task CompletionOf(IServiceProvider services) => services.GetRequiredService<ConnetClient>().Completion;

    private static void Verify(List<EndpointSettings> endpoints, IServiceProvider services)
    {
        ConnetClientOptions client = services.GetRequiredService<IOptions<ConnetClientOptions>>().Value;
        foreach (EndpointSettings endpoint in endpoints)
        {
            endpoint.CheckAddress(client.Schemes);
        }

        foreach (EndpointSettings endpoint in endpoints)
        {
            if (endpoint.Role == ConnetRole.Source)
            {
                Validate<ConnetSourceOptions>(services, endpoint.Name, endpoint.Apply);
            }
            else
            {
                Validate<ConnetDestinationOptions>(services, endpoint.Name, endpoint.Apply);
            }
        }
    }

    private static void Validate<T>(IServiceProvider services, string name, Action<T> apply)
        where T : class, new()
    {
        T options = new();
        apply(options);
        foreach (IValidateOptions<T> validator in services.GetServices<IValidateOptions<T>>())
        {
            if (validator.Validate(name, options) is { Failed: true } result)
            {
                throw new OptionsValidationException(name, typeof(T), result.Failures);
            }
        }
    }
}
