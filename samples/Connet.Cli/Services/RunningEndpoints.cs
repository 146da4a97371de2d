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
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Dictionary<(ConnetRole Role, string Name), EndpointSettings> _settings;
    private readonly Dictionary<(ConnetRole Role, string Name), IAsyncDisposable> _added = [];

    /// <summary>Takes over what the client has started with.</summary>
    public RunningEndpoints(IServiceProvider services, IEnumerable<EndpointSettings> endpoints, ILogger logger)
    {
        _services = services;
        _client = services.GetRequiredService<ConnetClient>();
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
    /// <returns>What cannot change while the client runs.</returns>
    public async ValueTask<List<string>> ChangeAsync(IReadOnlyList<EndpointSettings> endpoints, CancellationToken cancellationToken)
    {
        List<string> fixedEndpoints = [];
        List<Task> endings = [];
        Dictionary<(ConnetRole Role, string Name), EndpointSettings> wanted = endpoints.ToDictionary(KeyOf);
        foreach (((ConnetRole Role, string Name) key, EndpointSettings old) in _settings.ToArray())
        {
            EndpointSettings? now = wanted.GetValueOrDefault(key);
            if (now?.Fingerprint == old.Fingerprint)
            {
                wanted.Remove(key);
            }
            else if (old.ServedAt is not null || now?.ServedAt is not null)
            {
                wanted.Remove(key);
                fixedEndpoints.Add($"destination {key.Name}");
            }
            else
            {
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
            if (endpoint.ServedAt is not null)
            {
                fixedEndpoints.Add($"destination {endpoint.Name}");
                continue;
            }

            await AddAsync(endpoint, mayWait: endings.Count > 0, cancellationToken);
        }

        // Their open connections may still finish: nobody waits for that but the end of this reload.
        await Task.WhenAll(endings);
        return fixedEndpoints;
    }

    private static (ConnetRole Role, string Name) KeyOf(EndpointSettings endpoint) => (endpoint.Role, endpoint.Name);

    private static string WordFor(ConnetRole role) => role == ConnetRole.Source ? "source" : "destination";

    private async ValueTask AddAsync(EndpointSettings endpoint, bool mayWait, CancellationToken cancellationToken)
    {
        try
        {
            _added[KeyOf(endpoint)] = endpoint.Role == ConnetRole.Source
                ? await AddSourceAsync(endpoint, mayWait ? Attempts : 1, cancellationToken)
                : AddDestination(endpoint);
            _settings[KeyOf(endpoint)] = endpoint;
            Announce(endpoint);
        }
        catch (ConnetEndpointException exception)
        {
            CliLog.EndpointFailed(_logger, WordFor(endpoint.Role), endpoint.Name, ErrorLine.Reason(exception));
        }
    }

    private async ValueTask<ConnetSource> AddSourceAsync(EndpointSettings endpoint, int attempts, CancellationToken cancellationToken)
    {
        ConnetSourceOptions options = new();
        endpoint.Apply(options);
        using PeriodicTimer timer = new(s_pause, _clock);
        while (true)
        {
            try
            {
                return await _client.AddSourceAsync(options, cancellationToken);
            }
            catch (ConnetEndpointException) when (--attempts > 0)
            {
                await timer.WaitForNextTickAsync(cancellationToken);
            }
        }
    }

    private ConnetDestination AddDestination(EndpointSettings endpoint)
    {
        ConnetDestinationOptions options = new();
        endpoint.Apply(options);
        return _client.AddDestination(options);
    }

    private IAsyncDisposable Handle((ConnetRole Role, string Name) key) =>
        _added.TryGetValue(key, out IAsyncDisposable? added) ? added
        : key.Role == ConnetRole.Source ? _services.GetRequiredKeyedService<ConnetSource>(key.Name)
        : _services.GetRequiredKeyedService<ConnetDestination>(key.Name);
}
