using System.Collections.Concurrent;
using Connet.Client;
using Connet.Relay;
using Connet.Testing.Faults;

namespace Connet.Testing;

/// <summary>
/// A whole Connet network inside this process, for tests: a control server, relays and any number of clients on free ports of
/// 127.0.0.1, with certificates and tokens made for it. Networks do not disturb each other; any number may run at once. All members are
/// thread safe.
/// </summary>
public sealed partial class ConnetTestNetwork : IAsyncDisposable
{
    private readonly ConnetTestNetworkOptions _options;
    private readonly LinkTable _links;
    private readonly ConcurrentDictionary<string, ConnetTestParticipant> _participants = new(StringComparer.Ordinal);
    private readonly Lazy<string> _folder = new(() => Directory.CreateTempSubdirectory("connet-testing-").FullName);

    private ConnetTestNetwork(ConnetTestNetworkOptions options)
    {
        _options = options;
        _links = new LinkTable(options.Seed);
        Control = new ConnetTestControl(_links, control =>
        {
            control.LoggerFactory = options.LoggerFactory;
            options.ConfigureControl?.Invoke(control);
        });
        _participants[Control.Name] = Control;
    }

    /// <summary>The control server.</summary>
    public ConnetTestControl Control { get; }

    /// <summary>The relays, in the order of their names.</summary>
    public IReadOnlyList<ConnetTestRelay> Relays => Of<ConnetTestRelay>();

    /// <summary>The clients, in the order of their names.</summary>
    public IReadOnlyList<ConnetTestClient> Clients => Of<ConnetTestClient>();

    /// <summary>Starts a network: the control server, and relays that it has admitted.</summary>
    /// <param name="options">How it is set up; null for one relay and nothing special.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The network; dispose it, and everything in it ends.</returns>
    /// <exception cref="Connet.Protocol.ConnetException">Something could not start.</exception>
    public static async ValueTask<ConnetTestNetwork> StartAsync(ConnetTestNetworkOptions? options = null, CancellationToken cancellationToken = default)
    {
        ConnetTestNetwork network = new(options ?? new ConnetTestNetworkOptions());
        try
        {
            await network.Control.StartAsync(cancellationToken).ConfigureAwait(false);
            for (int i = 1; i <= network._options.Relays; i++)
            {
                await network.AddRelayAsync($"relay{i}", null, cancellationToken).ConfigureAwait(false);
            }

            return network;
        }
        catch
        {
            await network.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Adds a relay and starts it.</summary>
    /// <param name="name">Its name, unique in the network.</param>
    /// <param name="configure">Changes its options, each time that it starts; null for nothing special.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The relay; the control server has admitted it.</returns>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    /// <exception cref="Connet.Protocol.ConnetException">It could not start.</exception>
    public async ValueTask<ConnetTestRelay> AddRelayAsync(
        string name, Action<RelayServerOptions>? configure = null, CancellationToken cancellationToken = default)
    {
        ConnetTestRelay relay = Add(nameof(name), new ConnetTestRelay(name, _links, Control, Path.Combine(_folder.Value, name), options =>
        {
            options.LoggerFactory = _options.LoggerFactory;
            _options.ConfigureRelay?.Invoke(options);
            configure?.Invoke(options);
        }));
        await relay.StartAsync(cancellationToken).ConfigureAwait(false);
        return relay;
    }

    /// <summary>Adds a client and starts it. Its sources and destinations are added through <see cref="ConnetTestClient.Client"/>.</summary>
    /// <param name="name">Its name, unique in the network.</param>
    /// <param name="configure">Changes its options, each time that it starts; null for nothing special.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The client; the control server has authenticated it.</returns>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    /// <exception cref="Connet.Protocol.ConnetException">It could not start.</exception>
    public async ValueTask<ConnetTestClient> AddClientAsync(
        string name, Action<ConnetClientOptions>? configure = null, CancellationToken cancellationToken = default)
    {
        ConnetTestClient client = Add(nameof(name), new ConnetTestClient(name, _links, Control, options =>
        {
            options.LoggerFactory = _options.LoggerFactory;
            _options.ConfigureClient?.Invoke(options);
            configure?.Invoke(options);
        }));
        await client.StartAsync(cancellationToken).ConfigureAwait(false);
        return client;
    }

    /// <summary>Ends everything at once, without waiting for open connections.</summary>
    /// <returns>A task that completes when all sockets are closed.</returns>
    public async ValueTask DisposeAsync()
    {
        // A client that nobody hears says good-bye in vain, and waits for it; the others may be told.
        await Task.WhenAll(Clients.Select(client => client.EndAtOnceAsync().AsTask())).ConfigureAwait(false);
        await Task.WhenAll(Relays.Select(relay => relay.KillAsync().AsTask())).ConfigureAwait(false);
        await Control.KillAsync().ConfigureAwait(false);
        if (_folder.IsValueCreated && Directory.Exists(_folder.Value))
        {
            Directory.Delete(_folder.Value, recursive: true);
        }
    }

    private IReadOnlyList<T> Of<T>()
        where T : ConnetTestParticipant => [.. _participants.Values.OfType<T>().OrderBy(each => each.Name, StringComparer.Ordinal)];

    private T Add<T>(string parameter, T participant)
        where T : ConnetTestParticipant =>
        _participants.TryAdd(participant.Name, participant)
            ? participant
            : throw new ArgumentException($"There is a participant with the name '{participant.Name}' already.", parameter);
}
