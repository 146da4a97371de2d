using Connet.HandPeer;
using Connet.Protocol;

namespace Connet.Client.Tests.Peers;

/// <summary>A source at relays that are played by hand, with listed peers that are only there. Each relay answers itself, unencrypted, so that nobody says who he is.</summary>
internal sealed class RelayedPeers : IAsyncDisposable
{
    private readonly List<HandRelay> _relays = [];
    private readonly Dictionary<string, AnsweringPeer> _behind = [];

    private RelayedPeers()
    {
    }

    /// <summary>None of its dials is hedged, so that each request is one of a dial.</summary>
    public ClientUnderTest Client { get; } = new(BalancedDialTests.Unhurried);

    public ConnetSource Source { get; private set; } = null!;

    /// <summary>What answers at each relay.</summary>
    public IReadOnlyDictionary<string, AnsweringPeer> Behind => _behind;

    /// <param name="configure">Configures the source.</param>
    /// <param name="peers">The relays of each peer.</param>
    public static async Task<RelayedPeers> StartAsync(Action<ConnetSourceOptions> configure, params string[][] peers)
    {
        RelayedPeers relayed = new();
        relayed.Source = relayed.Client.AddSource(configure: configure);
        relayed._relays.AddRange(peers.SelectMany(each => each).Distinct().Select(id => new HandRelay(ProtocolGeneration.Second, id)));
        relayed.Source.Controlled.SetRelays([.. relayed._relays.Select(relay => relay.Listed())], isFirst: true);
        foreach (HandRelay relay in relayed._relays)
        {
            (HandConnection connection, _) = await relay.AcceptAuthenticatedAsync();
            AnsweringPeer behind = new(relay.Id);
            behind.Serve(connection);
            relayed._behind.Add(relay.Id, behind);
        }

        relayed.Source.Controlled.SetPeers([.. peers.Select((relays, i) => new HandPeerEntry($"peer{i + 1}", relays).Listed)], isFirst: true);
        await relayed.Source.UntilAsync(() => relayed.Source.GetStatus().Paths.Count == relayed._relays.Count);
        return relayed;
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        foreach (HandRelay relay in _relays)
        {
            await relay.DisposeAsync();
            await _behind[relay.Id].DisposeAsync();
        }
    }
}
