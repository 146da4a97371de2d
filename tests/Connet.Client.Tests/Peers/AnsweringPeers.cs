using Connet.Client.Peers;

namespace Connet.Client.Tests.Peers;

/// <summary>A source with a policy, and destinations of its name that it has direct paths to.</summary>
internal sealed class AnsweringPeers : IAsyncDisposable
{
    private AnsweringPeers(int count, Action<ConnetClientOptions>? configure)
    {
        All = [.. Enumerable.Range(1, count).Select(i => new AnsweringPeer($"peer{i}"))];
        Client = new ClientUnderTest(configure);
    }

    public ClientUnderTest Client { get; }

    public IReadOnlyList<AnsweringPeer> All { get; }

    public ConnetSource Source { get; private set; } = null!;

    public IEnumerable<int> Counts => All.Select(peer => peer.Count);

    public static async Task<AnsweringPeers> StartAsync(
        int count, ConnetLoadBalancing policy, Action<ConnetSourceOptions>? configure = null, Action<ConnetClientOptions>? configureClient = null, Random? random = null)
    {
        AnsweringPeers peers = new(count, configureClient);
        peers.Source = await peers.AddSourceAsync(policy, configure, random);
        return peers;
    }

    /// <summary>One more source, which has its own paths to all.</summary>
    public async Task<ConnetSource> AddSourceAsync(ConnetLoadBalancing policy, Action<ConnetSourceOptions>? configure = null, Random? random = null)
    {
        ConnetSource source = Client.AddSource(
            configure: options =>
            {
                options.LoadBalancing = policy;
                configure?.Invoke(options);
            },
            random: random);
        source.Controlled.SetPeers([.. All.Select(each => each.Peer.Listed())], isFirst: true);
        await Task.WhenAll(All.Select(each => each.StartAsync()));
        await source.UntilAsync(() => source.GetStatus().Paths.Count == All.Count);
        return source;
    }

    /// <summary>How many connections each has, as the source counts them.</summary>
    public IEnumerable<int> Open => ((PeerEndpoint)Source.Controlled).Peers.Snapshot.Select(peer => peer.Load.Open);

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        foreach (AnsweringPeer peer in All)
        {
            await peer.DisposeAsync();
        }
    }
}
