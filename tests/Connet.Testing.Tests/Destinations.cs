using System.Collections.Concurrent;
using Connet.Client;

namespace Connet.Testing.Tests;

/// <summary>A network with several destinations of one name, in a client each, that echo, and with sources of that name.</summary>
internal sealed class Destinations : IAsyncDisposable
{
    public const string Name = "service";

    private readonly CancellationTokenSource _patience = new(Scenario.Patience);
    private readonly ConcurrentDictionary<string, int> _accepted = new();
    private readonly List<Task> _serving = [];

    private Destinations(ConnetTestNetwork network) => Network = network;

    public ConnetTestNetwork Network { get; }

    /// <summary>The clients of the destinations.</summary>
    public List<ConnetTestClient> Clients { get; } = [];

    public CancellationToken Token => _patience.Token;

    /// <summary>How many connections each destination has accepted, in the order of their names.</summary>
    public IEnumerable<int> Accepted => _accepted.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value);

    /// <summary>Starts a network with the clients of the destinations.</summary>
    /// <param name="allowed">The routes that the network lets through.</param>
    /// <param name="count">How many destinations.</param>
    /// <param name="relays">How many relays.</param>
    /// <param name="hedges">Whether a dial that is not answered tries another path too, as tests need that take paths away.</param>
    public static async Task<Destinations> StartAsync(ConnetRoute allowed, int count = 3, int relays = 1, bool hedges = false)
    {
        using CancellationTokenSource patience = new(Scenario.Patience);
        ConnetTestNetworkOptions options = new() { Relays = relays, ConfigureClient = hedges ? Scenario.HedgeLate : Scenario.NeverHedge };
        Destinations all = new(await ConnetTestNetwork.StartAsync(options, patience.Token));
        all.Network.AllowedRoute = allowed;
        for (int i = 1; i <= count; i++)
        {
            all.Clients.Add(await all.Network.AddClientAsync($"destination{i}", null, all.Token));
        }

        return all;
    }

    /// <summary>Starts the destinations.</summary>
    public void Serve(ConnetRoute route = ConnetRoute.Any)
    {
        foreach (ConnetTestClient client in Clients)
        {
            _accepted[client.Name] = 0;
            ConnetDestination destination = client.Client.AddDestination(new ConnetDestinationOptions { Name = Name, Route = route, AcceptBacklog = 1024 });
            _serving.Add(EchoAllAsync(client.Name, destination));
        }
    }

    /// <summary>Adds a source in a client of its own, which has a path to each destination.</summary>
    public async Task<ConnetSource> AddSourceAsync(
        string client, ConnetLoadBalancing policy, Action<ConnetSourceOptions>? configure = null, Action<ConnetTestClient>? prepare = null)
    {
        ConnetTestClient own = await Network.AddClientAsync(client, null, Token);
        prepare?.Invoke(own);
        ConnetSourceOptions options = new() { Name = Name, LoadBalancing = policy, Route = ConnetRoute.Direct };
        configure?.Invoke(options);
        ConnetSource source = await own.Client.AddSourceAsync(options, Token);
        await UntilAsync(
            () => source.GetStatus().Peers is { } peers && peers.Count == Clients.Count && peers.All(peer => peer.DirectPaths > 0 || peer.RelayIds.Count > 0),
            "the source has a way to every destination");
        return source;
    }

    /// <summary>Dials, and counts by the metadata of who answered.</summary>
    public async Task<ConnetConnection[]> OpenAsync(ConnetSource source, int count) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => source.DialAsync(Token).AsTask()));

    /// <summary>How many of the connections each destination has, in the order of their names.</summary>
    public static int[] Shares(ConnetSource source, IEnumerable<ConnetConnection> connections)
    {
        Dictionary<string, string> names = source.GetStatus().Peers.ToDictionary(peer => peer.Id, peer => peer.Metadata);
        ILookup<string, ConnetConnection> shares = connections.ToLookup(connection => names[connection.PeerId!]);
        return [.. names.Values.Order(StringComparer.Ordinal).Select(name => shares[name].Count())];
    }

    /// <summary>Whether a connection still carries bytes both ways.</summary>
    public async Task CheckAsync(ConnetConnection connection)
    {
        await connection.WriteAsync(new byte[] { 42 }, Token);
        byte[] answer = new byte[1];
        await connection.ReadExactlyAsync(answer, Token);
        Assert.That(answer[0], Is.EqualTo(42));
    }

    /// <summary>Waits until something is so, which no event tells.</summary>
    public async Task UntilAsync(Func<bool> condition, string what)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(10));
        while (!condition())
        {
            try
            {
                await timer.WaitForNextTickAsync(Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"It did not come to this: {what}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Network.DisposeAsync().AsTask().WaitAsync(Scenario.Patience);
        await Task.WhenAll(_serving).WaitAsync(Scenario.Patience);
        _patience.Dispose();
    }

    private async Task EchoAllAsync(string name, ConnetDestination destination)
    {
        List<Task> echoing = [];
        await foreach (ConnetConnection connection in destination.AcceptAllAsync())
        {
            _accepted.AddOrUpdate(name, 1, (_, before) => before + 1);
            echoing.Add(EchoAsync(connection));
        }

        await Task.WhenAll(echoing);
    }

    private static async Task EchoAsync(ConnetConnection connection)
    {
        await using (connection)
        {
            try
            {
                await connection.CopyToAsync(connection);
            }
            catch (IOException)
            {
                // The other side, or the path, ended it.
            }
        }
    }
}
