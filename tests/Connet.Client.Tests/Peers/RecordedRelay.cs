using Connet.Client.Control;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Control;
using PeerRequest = Connet.Protocol.Peers.Request;
using PeerResponse = Connet.Protocol.Peers.Response;

namespace Connet.Client.Tests.Peers;

/// <summary>Two of our clients at a relay that is played by hand and keeps everything that it forwards.</summary>
internal sealed class RecordedRelay : IAsyncDisposable
{
    private readonly HandRelay _relay;
    private readonly ClientUnderTest _sourceClient = new();
    private readonly ClientUnderTest _destinationClient = new();
    private readonly List<Task> _forwarding = [];
    private HandConnection _sourceSide = null!;
    private HandConnection _destinationSide = null!;

    private RecordedRelay(ProtocolGeneration generation) => _relay = new HandRelay(generation, "relay");

    public ConnetSource Source { get; private set; } = null!;

    public ConnetDestination Destination { get; private set; } = null!;

    /// <summary>What went from the source to the destination, and back, after the messages.</summary>
    public MemoryStream Forth { get; } = new();

    public MemoryStream Back { get; } = new();

    public static async Task<RecordedRelay> StartAsync(ProtocolGeneration generation, params string[] encryptions)
    {
        RecordedRelay all = new(generation);
        all.Destination = all._destinationClient.AddDestination(configure: options => options.RelayEncryptions = [.. encryptions]);
        all.Source = all._sourceClient.AddSource(configure: options => options.RelayEncryptions = [.. encryptions]);
        all._destinationSide = await all.JoinAsync(all.Destination.Controlled, all.Source.Controlled, "source");
        all._sourceSide = await all.JoinAsync(all.Source.Controlled, all.Destination.Controlled, "destination");
        await all.Source.WaitBoundedAsync(ConnetPathKind.Relay);
        return all;
    }

    public async Task<(ConnetConnection Source, ConnetConnection Destination)> ConnectAsync()
    {
        Task<ConnetConnection> dial = Source.DialBoundedAsync();
        Task<ConnetConnection> accept = Destination.AcceptBoundedAsync();
        HandStream from = await _sourceSide.AcceptAsync();
        HandStream to = await _destinationSide.OpenAsync();
        await to.SendAsync(await from.ReceiveAsync(PeerRequest.Parser));
        await from.SendAsync(await to.ReceiveAsync(PeerResponse.Parser));
        _forwarding.Add(ForwardAsync(from, to, Forth));
        _forwarding.Add(ForwardAsync(to, from, Back));
        return (await dial, await accept);
    }

    /// <summary>Waits until both directions have ended.</summary>
    public Task ForwardedAsync() => Task.WhenAll(_forwarding).WaitAsync(ClientUnderTest.Patience);

    public async ValueTask DisposeAsync()
    {
        await _sourceClient.DisposeAsync();
        await _destinationClient.DisposeAsync();
        await _relay.DisposeAsync();
        await Task.WhenAll(_forwarding).WaitAsync(ClientUnderTest.Patience);
    }

    private async Task<HandConnection> JoinAsync(IControlledEndpoint endpoint, IControlledEndpoint other, string id)
    {
        RemotePeer peer = new HandPeerEntryOf(other).Listed(id);
        peer.Peer.RelayIds.Add("relay");
        peer.Peer.RelayEncryptions.AddRange(other.RelayEncryptions);
        endpoint.SetRelays([_relay.Listed()], isFirst: true);
        endpoint.SetPeers([peer], isFirst: true);
        (HandConnection connection, _) = await _relay.AcceptAuthenticatedAsync();
        return connection;
    }

    private static async Task ForwardAsync(HandStream from, HandStream to, MemoryStream record)
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            for (int read = -1; read != 0;)
            {
                read = await from.Stream.ReadAsync(buffer);
                record.Write(buffer, 0, read);
                await to.Stream.WriteAsync(buffer.AsMemory(0, read), completeWrites: read == 0);
            }
        }
        catch (IOException)
        {
            to.Reset(0, Quic.QuicAbortDirection.Write);
        }
    }
}
