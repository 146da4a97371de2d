using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Relays;
using PeerRequest = Connet.Protocol.Peers.Request;
using PeerResponse = Connet.Protocol.Peers.Response;

namespace Connet.Client.Tests.Peers;

/// <summary>
/// The streams of connection checks and of authentications at relays, which each side ends for itself: programs that are not ours may treat a
/// request to stop sending as a failure.
/// </summary>
[TestFixture(1)]
[TestFixture(2)]
[Parallelizable(ParallelScope.All)]
public sealed class FirstStreamTests(int generation)
{
    private readonly ProtocolGeneration _generation = (ProtocolGeneration)generation;

    [Test]
    public async Task Dialler_of_a_check_may_end_its_side_after_the_answer()
    {
        await using HandClient peer = new(_generation, "peer", listens: false);
        await using ClientUnderTest client = new();
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);
        await using HandConnection connection = await peer.DialAsync(client.Address, destination.Server());
        HandStream first = await CheckAsync(connection);
        HandStream second = await CheckAsync(connection);
        await CheckAsync(connection);
        await EndAsync(first);
        await EndAsync(second);

        Task<ConnetConnection> accept = destination.AcceptBoundedAsync();
        await connection.ConnectAsync();
        await using ConnetConnection proxied = await accept;
    }

    [Test]
    public async Task Acceptor_of_a_check_may_end_its_side_after_the_answer()
    {
        await using HandClient peer = new(_generation, "peer");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetPeers([peer.Listed()], isFirst: true);
        await using HandConnection connection = await peer.AcceptAsync();
        HandStream check = await connection.AcceptAsync();
        await check.ReceiveAsync(PeerRequest.Parser);
        await check.SendAsync(new PeerResponse());

        Task<ConnetConnection> dial = source.DialBoundedAsync();
        await connection.AcceptConnectAsync();
        await using ConnetConnection proxied = await dial;
        await EndAsync(check);
    }

    [Test]
    public async Task Relay_may_end_its_side_of_the_authentication_after_the_answer()
    {
        await using HandRelay relay = new(_generation, "relay");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetRelays([relay.Listed()], isFirst: true);
        await using HandConnection connection = await relay.AcceptAsync();
        HandStream stream = await connection.AcceptAsync();
        await stream.ReceiveAsync(AuthenticateReq.Parser);
        await stream.SendAsync(new AuthenticateResp());
        await source.UntilAsync(() => source.Controlled.RelayIds.Count == 1);

        // Whatever the client has said on the first stream is here before the answer on this one.
        HandStream other = await connection.OpenAsync();
        await other.SendAsync(new PeerRequest());
        await other.ReceiveAsync(PeerResponse.Parser);
        await EndAsync(stream);
    }

    [Test]
    public async Task Check_with_fields_that_are_not_known_is_a_check()
    {
        await using HandClient peer = new(_generation, "peer", listens: false);
        await using ClientUnderTest client = new();
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);
        await using HandConnection connection = await peer.DialAsync(client.Address, destination.Server());
        HandStream stream = await connection.OpenAsync();
        byte[] field200 = [0xc0, 0x0c, 1];
        await stream.SendBytesAsync((byte[])[.. HandFraming.Length((ulong)field200.Length, _generation), .. field200], complete: true);
        Assert.That((await stream.ReceiveAsync(PeerResponse.Parser)).CalculateSize(), Is.Zero);
        await destination.UntilAsync(() => destination.GetStatus().Paths.Count == 1);
    }

    [Test]
    public async Task Connections_of_one_peer_beyond_those_being_checked_are_closed_with_AuthenticationFailed()
    {
        await using HandClient peer = new(_generation, "peer", listens: false);

        // None of the five is given up for the time that it takes to dial them all.
        await using ClientUnderTest client = new(options => options.HandshakeIdleTimeout = TimeSpan.FromMinutes(1));
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);
        List<HandConnection> dialled = [];
        for (int i = 0; i < 5; i++)
        {
            dialled.Add(await peer.DialAsync(client.Address, destination.Server()));
        }

        // Which one is the fifth is a matter of the handshakes.
        await Task.WhenAny(dialled.Select(each => each.ClosedAsync()));
        HandConnection refused = dialled.Single(each => each.Connection.IsClosed);
        Assert.That((await refused.ClosedAsync()).ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.AuthenticationFailed));
        await CheckAsync(dialled.First(each => each != refused));
    }

    private static async Task<HandStream> CheckAsync(HandConnection connection)
    {
        HandStream stream = await connection.OpenAsync();
        await stream.SendAsync(new PeerRequest());
        Assert.That((await stream.ReceiveAsync(PeerResponse.Parser)).CalculateSize(), Is.Zero);
        Assert.That(await stream.ReceiveToEndAsync(), Is.Empty);
        return stream;
    }

    /// <summary>Ends this side; fails if the other side has asked to stop.</summary>
    private static Task EndAsync(HandStream stream) => stream.SendBytesAsync(ReadOnlyMemory<byte>.Empty, complete: true);
}
