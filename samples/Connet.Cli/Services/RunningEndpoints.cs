using Connet.Cli.Configuration;
using Connet.Cli.Diagnostics;
using Connet.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Connet.Cli.Services;

/// <summary>The sources and destinations of a running client, which change with its files. Not thread safe.</summary>
internal sealed class RunningEndpoints
{
    /// <summary>A source that is taken away gives its address up within moments; another one of the same name may wait for it this often.</summary>
    private const int Attempts = 50;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly IServiceProvider _services;
    private readonly ConnetClient _client;
    private readonly FolderServers _folders;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Dictionary<(ConnetRole Role, string Name), EndpointSettings> _settings;
    private readonly Dictionary<(ConnetRole Role, string Name), IAsyncDisposable> _added = [];

    /// <summary>Takes over what the client has started with.</summary>
    public RunningEndpoints(IServiceProvider services, IEnumerable<EndpointSettings> endpoints, ILogger logger)
    {
        _services = services;
        _client = services.GetRequiredService<ConnetClient>();
        _folders = services.GetRequiredService<FolderServers>();
        _clock = services.GetRequiredService<TimeProvider>();
        _logger = logger;
        _settings = endpoints.ToDictionary(KeyOf);
    }

    /// <summary>Logs where an endpoint meets the world.</summary>
    public void Announce(EndpointSettings endpoint)
    {
        if (endpoint.Role == ConnetRole.Destination)
        {
            CliLog.DestinationForwards(_logger, endpoint.Name, endpoint.Url);
        }
        else
        {
            CliLog.SourceListens(_logger, endpoint.Name, ((ConnetSource)Handle(KeyOf(endpoint))).LocalEndPoint?.ToString() ?? "");
        }
    }

    /// <summary>Adds what is new, takes away what is gone, and replaces what has changed; the others never notice.</summary>
    /// <param name="endpoints">All that should run.</param>
    /// <param name="cancellationToken">Gives up between two endpoints.</param>
    public async ValueTask ChangeAsync(IReadOnlyList<EndpointSettings> endpoints, CancellationToken cancellationToken)
    {
        List<Task> endings = [];
        Dictionary<(ConnetRole Role, string Name), EndpointSettings> wanted = endpoints.ToDictionary(KeyOf);
        foreach (((ConnetRole Role, string Name) key, EndpointSettings old) in _settings.ToArray())
        {
            EndpointSettings? now = wanted.GetValueOrDefault(key);
            if (now?.Fingerprint == old.Fingerprint)
            {
                wanted.Remove(key);
            }
            else
            {
                endings.Add(_folders.RemoveAsync(old));
                endings.Add(Handle(key).DisposeAsync().AsTask());
                _settings.Remove(key);
                _added.Remove(key);
                if (now is null)
                {
                    CliLog.EndpointRemoved(_logger, WordFor(key.Role), key.Name);
                }
            }
        }

        foreach (EndpointSettings endpoint in wanted.Values)
        {
            await AddAsync(endpoint, mayWait: endings.Count > 0, cancellationToken);
        }

        // Their open connections may still finish: nobody waits for that but the end of this reload.
        await Task.WhenAll(endings);
    }

    private static (ConnetRole Role, string Name) KeyOf(EndpointSettings endpoint) => (endpoint.Role, endpoint.Name);

    private static string WordFor(ConnetRole role) => role == ConnetRole.Source ? "source" : "destination";

    private async ValueTask AddAsync(EndpointSettings endpoint, bool mayWait, CancellationToken cancellationToken)
    {
        int attempts = mayWait ? Attempts : 1;
        try
        {
            await TryAsync(() => _folders.AddAsync(endpoint, cancellationToken), attempts, cancellationToken);
            try
            {
                await TryAsync(async () => _added[KeyOf(endpoint)] = await StartAsync(endpoint, cancellationToken), attempts, cancellationToken);
            }
            catch
            {
                await _folders.RemoveAsync(endpoint);
                throw;
            }

            _settings[KeyOf(endpoint)] = endpoint;
            Announce(endpoint);
        }
        catch (Exception exception) when (exception is ConnetEndpointException or ConfigurationException)
        {
            CliLog.EndpointFailed(_logger, WordFor(endpoint.Role), endpoint.Name, ErrorLine.Reason(exception));
        }
    }

    /// <summary>Does something that the address of an endpoint that ends may still be in the way of.</summary>
    private async ValueTask TryAsync(Func<Task> add, int attempts, CancellationToken cancellationToken)
    {
        using PeriodicTimer timer = new(s_pause, _clock);
        while (true)
        {
            try
            {
                await add();
                return;
            }
            catch (Exception exception) when (exception is ConnetEndpointException or ConfigurationException && --attempts > 0)
            {
                await timer.WaitForNextTickAsync(cancellationToken);
            }
        }
    }

    private async Task<IAsyncDisposable> StartAsync(EndpointSettings endpoint, CancellationToken cancellationToken)
    {
        if (endpoint.Role == ConnetRole.Source)
        {
            ConnetSourceOptions source = new();
            endpoint.Apply(source);
            return await _client.AddSourceAsync(source, cancellationToken);
        }

        ConnetDestinationOptions destination = new();
        endpoint.Apply(destination);
        return _client.AddDestination(destination);
    }

    private IAsyncDisposable Handle((ConnetRole Role, string Name) key) =>
        _added.TryGetValue(key, out IAsyncDisposable? added) ? added
        : key.Role == ConnetRole.Source ? _services.GetRequiredKeyedService<ConnetSource>(key.Name)
        : _services.GetRequiredKeyedService<ConnetDestination>(key.Name);
}
