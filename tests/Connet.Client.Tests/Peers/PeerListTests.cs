using System.Net;
using Connet.Client.Peers;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Quic;
using PeerRequest = Connet.Protocol.Peers.Request;
using PeerResponse = Connet.Protocol.Peers.Response;

namespace Connet.Client.Tests.Peers;

/// <summary>What the control server's lists of peers do to the paths.</summary>
[TestFixture(1)]
[TestFixture(2)]
[Parallelizable(ParallelScope.All)]
public sealed class PeerListTests(int generation)
{
    private readonly ProtocolGeneration _generation = (ProtocolGeneration)generation;

    [Test]
    public async Task Missing_peer_is_closed_with_DirectKeepaliveClosed()
    {
        await using HandClient peer = new(_generation, "peer");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetPeers([peer.Listed()], isFirst: true);
        HandConnection ours = await peer.AcceptCheckedAsync();
        HandConnection theirs = await peer.DialCheckedAsync(client.Address, source.Server());
        await source.UntilAsync(() => source.GetStatus().Paths.Count == 2);

        source.Controlled.SetPeers([], isFirst: false);
        Assert.That((await ours.ClosedAsync()).ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.DirectKeepaliveClosed));
        Assert.That((await theirs.ClosedAsync()).ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.DirectKeepaliveClosed));
        Assert.That(source.GetStatus().Peers, Is.Empty);
    }

    [Test]
    public async Task Missing_peer_finishes_its_open_connections_and_gets_no_new_ones()
    {
        await using HandClient peer = new(_generation, "peer", listens: false);
        await using ClientUnderTest client = new();
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);
        HandConnection connection = await peer.DialCheckedAsync(client.Address, destination.Server());
        Task<ConnetConnection> accept = destination.AcceptBoundedAsync();
        (HandStream stream, _) = await connection.ConnectAsync();
        ConnetConnection proxied = await accept;

        destination.Controlled.SetPeers([], isFirst: false);
        HandStream late = await connection.OpenAsync();
        await late.SendAsync(new PeerRequest { Connect = new PeerRequest.Types.Connect() });
        Assert.That(await late.ReceiveFailureAsync(), Is.Not.Null);
        await stream.SendBytesAsync("rest".Bytes(), complete: true);
        Assert.That(await proxied.ReadTextToEndAsync(), Is.EqualTo("rest"));
        await proxied.DisposeAsync();
        Assert.That((await connection.ClosedAsync()).ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.DirectKeepaliveClosed));
    }

    [Test]
    public async Task Missing_peer_that_answers_no_more_takes_its_open_connections_with_it()
    {
        bool isDead = false;
        ManualTimers clock = new();
        await using HandClient peer = new(
            _generation, "peer", options => options.OutgoingFilter = _ => Volatile.Read(ref isDead) ? QuicDatagramFate.Drop : QuicDatagramFate.Send, listens: false);
        await using ClientUnderTest client = new(options => options.TimeProvider = clock);
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);
        HandConnection connection = await peer.DialCheckedAsync(client.Address, destination.Server());
        Task<ConnetConnection> accept = destination.AcceptBoundedAsync();
        await connection.ConnectAsync();
        await using ConnetConnection proxied = await accept;
        Volatile.Write(ref isDead, true);

        destination.Controlled.SetPeers([], isFirst: false);
        await clock.FireUntilAsync(proxied.ReadFailureAsync(), PeerTransport.DrainAnswer);
        Assert.That(clock.GetElapsedTime(0), Is.LessThan(PeerTransport.DrainTime));
    }

    [Test]
    public async Task Missing_peer_that_dies_after_an_answer_takes_its_open_connections_with_it()
    {
        bool isDead = false;
        ManualTimers clock = new();
        await using HandClient peer = new(
            _generation, "peer", options => options.OutgoingFilter = _ => Volatile.Read(ref isDead) ? QuicDatagramFate.Drop : QuicDatagramFate.Send, listens: false);
        await using ClientUnderTest client = new(options => options.TimeProvider = clock);
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);
        HandConnection connection = await peer.DialCheckedAsync(client.Address, destination.Server());
        Task<ConnetConnection> accept = destination.AcceptBoundedAsync();
        (HandStream stream, _) = await connection.ConnectAsync();
        await using ConnetConnection proxied = await accept;

        destination.Controlled.SetPeers([], isFirst: false);
        await stream.SendBytesAsync("x".Bytes());
        Assert.That(await proxied.ReadAsync(new byte[1]).AsTask().WaitAsync(ClientUnderTest.Patience), Is.EqualTo(1));
        Volatile.Write(ref isDead, true);
        await clock.FireUntilAsync(proxied.ReadFailureAsync(), PeerTransport.DrainAnswer);
        Assert.That(clock.GetElapsedTime(0), Is.LessThan(PeerTransport.DrainTime));
    }

    [Test]
    public async Task Another_certificate_under_a_known_id_ends_the_old_paths_at_once()
    {
        await using HandClient peer = new(_generation, "peer", listens: false);
        await using HandClient restarted = new(_generation, "peer");
        await using ClientUnderTest client = new();
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);
        HandConnection old = await peer.DialCheckedAsync(client.Address, destination.Server());
        Task<ConnetConnection> accept = destination.AcceptBoundedAsync();
        await old.ConnectAsync();
        await using ConnetConnection proxied = await accept;

        destination.Controlled.SetPeers([restarted.Listed()], isFirst: false);
        Assert.That((await old.ClosedAsync()).ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.DirectKeepaliveClosed));
        Assert.That(await proxied.ReadFailureAsync(), Is.InstanceOf<ConnetConnectionException>());
        await using HandConnection fresh = await restarted.AcceptCheckedAsync();
        await destination.UntilAsync(() => destination.GetStatus().Paths.Count == 1);
    }

    [Test]
    public async Task Another_certificate_after_a_list_without_the_id_ends_the_old_paths_at_once_too()
    {
        await using HandClient peer = new(_generation, "peer", listens: false);
        await using ClientUnderTest client = new();
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);
        HandConnection old = await peer.DialCheckedAsync(client.Address, destination.Server());
        Task<ConnetConnection> accept = destination.AcceptBoundedAsync();
        await old.ConnectAsync();
        await using ConnetConnection proxied = await accept;

        destination.Controlled.SetPeers([], isFirst: false);
        destination.Controlled.SetPeers([new HandPeerEntry("peer").Listed], isFirst: false);
        Assert.That((await old.ClosedAsync()).ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.DirectKeepaliveClosed));
    }

    [Test]
    public async Task Peer_that_a_new_control_session_does_not_know_yet_is_kept_for_the_grace_period()
    {
        ManualTimers clock = new();
        TimeSpan grace = TimeSpan.FromSeconds(2);
        await using HandClient peer = new(_generation, "peer", listens: false);
        await using ClientUnderTest client = new(
            options => (options.TimeProvider, options.ShutdownTimeout, options.PeerGracePeriod) = (clock, TimeSpan.Zero, grace));
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);
        HandConnection connection = await peer.DialCheckedAsync(client.Address, destination.Server());

        destination.Controlled.SetPeers([], isFirst: true);
        destination.Controlled.SetPeers([new HandPeerEntry("other").Listed], isFirst: false);
        Assert.That(destination.GetStatus().Peers, Has.Count.EqualTo(2));
        Task<ConnetConnection> accept = destination.AcceptBoundedAsync();
        (HandStream stream, PeerResponse answer) = await connection.ConnectAsync();
        Assert.That(answer.Connect, Is.Not.Null);
        stream.Complete();
        await (await accept).DisposeAsync();
        await clock.FireAsync(grace);
        Assert.That((await connection.ClosedAsync()).ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.DirectKeepaliveClosed));
        Assert.That(destination.GetStatus().Peers, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Peer_that_comes_back_within_the_grace_period_keeps_its_connection_under_a_new_id()
    {
        ManualTimers clock = new();
        TimeSpan grace = TimeSpan.FromSeconds(2);
        await using HandClient peer = new(_generation, "peer", listens: false);
        await using ClientUnderTest client = new(
            options => (options.TimeProvider, options.ShutdownTimeout, options.PeerGracePeriod) = (clock, TimeSpan.Zero, grace));
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);
        await using HandConnection connection = await peer.DialCheckedAsync(client.Address, destination.Server());

        destination.Controlled.SetPeers([], isFirst: true);
        Protocol.Control.RemotePeer renamed = peer.Listed(withAddress: false);
        renamed.Id = "renamed";
        destination.Controlled.SetPeers([renamed, new HandPeerEntry("marker").Listed], isFirst: false);
        destination.Controlled.SetPeers([renamed], isFirst: true);
        await clock.FireAsync(grace);
        await destination.UntilAsync(() => destination.GetStatus().Peers.Count == 1);
        Assert.That(destination.GetStatus().Peers[0].Id, Is.EqualTo("renamed"));
        Assert.That(connection.Connection.IsClosed, Is.False);
    }

    [Test]
    public async Task New_address_is_dialled_at_once()
    {
        await using HandClient silent = new(_generation, "peer", options => options.AdmissionFilter = _ => Quic.QuicAdmission.Ignore);
        await using HandClient moved = new(_generation, "peer") { Identity = silent.Identity };
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetPeers([silent.Listed()], isFirst: true);
        source.Controlled.SetPeers([moved.Listed()], isFirst: false);
        await using HandConnection connection = await moved.AcceptCheckedAsync();
        await source.WaitBoundedAsync(ConnetPathKind.Direct);
    }

    [Test]
    public async Task Source_and_destination_of_one_client_reach_each_other()
    {
        await using ClientUnderTest client = new();
        (ConnetSource source, ConnetDestination destination) = AddBoth(client);

        Task<ConnetConnection> accept = destination.AcceptBoundedAsync();
        await using ConnetConnection near = await source.DialBoundedAsync();
        await using ConnetConnection far = await accept;
        await near.WriteTextAsync("self");
        near.CompleteWrites();
        Assert.That(await far.ReadTextToEndAsync(), Is.EqualTo("self"));
        Assert.That(near.RemoteEndPoint, Is.EqualTo(new IPEndPoint(IPAddress.Loopback, client.Address.Port)));
    }

    /// <summary>Each loses the other while that is still dialled. The log has no fault when the client is disposed of, which checks it.</summary>
    [Test]
    public async Task Client_whose_endpoints_reach_each_other_stops_without_a_fault()
    {
        int rounds = TestMachine.Rounds(full: 300, quick: 20);
        for (int i = 0; i < rounds; i++)
        {
            await using ClientUnderTest client = new();
            (ConnetSource source, _) = AddBoth(client);
            await source.WaitBoundedAsync(ConnetPathKind.Direct);
        }
    }

    /// <summary>A source and a destination of one name in one client, who are listed to each other.</summary>
    private static (ConnetSource Source, ConnetDestination Destination) AddBoth(ClientUnderTest client)
    {
        ConnetSource source = client.AddSource();
        ConnetDestination destination = client.AddDestination();
        source.Controlled.SetPeers([new HandPeerEntryOf(destination.Controlled).Listed("self")], isFirst: true);
        destination.Controlled.SetPeers([new HandPeerEntryOf(source.Controlled).Listed("self")], isFirst: true);
        return (source, destination);
    }
}
