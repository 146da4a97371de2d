using Connet.HandPeer;
using Connet.Protocol;

namespace Connet.Client.Tests.Peers;

/// <summary>A source or destination at a relay that is played by hand, with one listed peer.</summary>
internal sealed class ThroughRelay : IAsyncDisposable
{
    private ThroughRelay(ProtocolGeneration generation, Action<ConnetClientOptions>? configureClient)
    {
        RelayServer = new HandRelay(generation, "relay");
        Client = new ClientUnderTest(configureClient);
    }

    public HandRelay RelayServer { get; }

    public ClientUnderTest Client { get; }

    public ConnetSource Source { get; private set; } = null!;

    public ConnetDestination Destination { get; private set; } = null!;

    public HandConnection Relay { get; private set; } = null!;

    public static async Task<ThroughRelay> StartSourceAsync(
        ProtocolGeneration generation,
        HandPeerEntry peer,
        Action<ConnetSourceOptions>? configure = null,
        Action<ConnetClientOptions>? configureClient = null)
    {
        ThroughRelay side = new(generation, configureClient);
        side.Source = side.Client.AddSource(configure: configure);
        side.Source.Controlled.SetRelays([side.RelayServer.Listed()], isFirst: true);
        side.Source.Controlled.SetPeers([peer.Listed], isFirst: true);
        (side.Relay, _) = await side.RelayServer.AcceptAuthenticatedAsync();
        await side.Source.WaitBoundedAsync(ConnetPathKind.Relay);
        return side;
    }

    public static async Task<ThroughRelay> StartDestinationAsync(
        ProtocolGeneration generation,
        HandPeerEntry peer,
        Action<ConnetDestinationOptions>? configure = null,
        Action<ConnetClientOptions>? configureClient = null)
    {
        ThroughRelay side = new(generation, configureClient);
        side.Destination = side.Client.AddDestination(configure: configure);
        side.Destination.Controlled.SetRelays([side.RelayServer.Listed()], isFirst: true);
        side.Destination.Controlled.SetPeers([peer.Listed], isFirst: true);
        (side.Relay, _) = await side.RelayServer.AcceptAuthenticatedAsync();
        return side;
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await RelayServer.DisposeAsync();
    }
}
