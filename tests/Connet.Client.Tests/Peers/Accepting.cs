using Connet.HandPeer;
using Connet.Protocol;

namespace Connet.Client.Tests.Peers;

/// <summary>A destination, and a checked direct connection that a source played by hand has dialled.</summary>
internal sealed class Accepting : IAsyncDisposable
{
    private Accepting(ProtocolGeneration generation, Action<ConnetDestinationOptions>? configure, Action<ConnetClientOptions>? configureClient)
    {
        Peer = new HandClient(generation, "peer", listens: false, takesDatagrams: true);
        Client = new ClientUnderTest(configureClient);
        Destination = Client.AddDestination(configure: configure);
    }

    public HandClient Peer { get; }

    public ClientUnderTest Client { get; }

    public ConnetDestination Destination { get; }

    public HandConnection Connection { get; private set; } = null!;

    public static async Task<Accepting> StartAsync(
        ProtocolGeneration generation, Action<ConnetDestinationOptions>? configure = null, Action<ConnetClientOptions>? configureClient = null)
    {
        Accepting side = new(generation, configure, configureClient);
        side.Destination.Controlled.SetPeers([side.Peer.Listed(withAddress: false)], isFirst: true);
        side.Connection = await side.Peer.DialCheckedAsync(side.Client.Address, side.Destination.Server());
        return side;
    }

    public async Task<(HandStream Stream, ConnetConnection Proxied)> OpenAsync()
    {
        Task<ConnetConnection> accept = Destination.AcceptBoundedAsync();
        (HandStream stream, _) = await Connection.ConnectAsync();
        return (stream, await accept);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Peer.DisposeAsync();
    }
}
