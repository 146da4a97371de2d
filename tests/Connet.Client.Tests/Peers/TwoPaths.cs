using Connet.HandPeer;
using Connet.Protocol;
using Connet.Quic;

namespace Connet.Client.Tests.Peers;

/// <summary>A source with a direct path to a peer and a path through a relay where the peer is, both played by hand.</summary>
internal sealed class TwoPaths : IAsyncDisposable
{
    private TwoPaths(
        ProtocolGeneration generation, Action<QuicEndpointOptions>? configurePeer, int maxStreams, bool takesDatagrams, Action<ConnetClientOptions>? configureClient)
    {
        Peer = new HandClient(generation, "peer", configurePeer, maxStreams: maxStreams, takesDatagrams: takesDatagrams);
        RelayServer = new HandRelay(generation, "relay");
        Client = new ClientUnderTest(configureClient);
        Source = Client.AddSource();
    }

    public HandClient Peer { get; }

    public HandRelay RelayServer { get; }

    public ClientUnderTest Client { get; }

    public ConnetSource Source { get; }

    public HandConnection Direct { get; private set; } = null!;

    public HandConnection Relay { get; private set; } = null!;

    public static async Task<TwoPaths> OpenAsync(
        ProtocolGeneration generation,
        Action<QuicEndpointOptions>? configurePeer = null,
        int maxStreams = 4096,
        bool takesDatagrams = false,
        Action<ConnetClientOptions>? configureClient = null)
    {
        TwoPaths paths = new(generation, configurePeer, maxStreams, takesDatagrams, configureClient);
        paths.Source.Controlled.SetRelays([paths.RelayServer.Listed()], isFirst: true);
        paths.Source.Controlled.SetPeers([paths.Peer.Listed(relays: ["relay"])], isFirst: true);
        paths.Direct = await paths.Peer.AcceptCheckedAsync();
        (paths.Relay, _) = await paths.RelayServer.AcceptAuthenticatedAsync();
        await paths.Source.WaitBoundedAsync(ConnetPathKind.Direct);
        await paths.Source.WaitBoundedAsync(ConnetPathKind.Relay);
        return paths;
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await RelayServer.DisposeAsync();
        await Peer.DisposeAsync();
    }
}
