using System.Net;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Addressing;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Google.Protobuf;

namespace Connet.Client.Tests.Control;

[TestFixture(ProtocolGeneration.Second)]
[TestFixture(ProtocolGeneration.First)]
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class AnnouncementTests(ProtocolGeneration generation)
{
    private static readonly TimeSpan s_retryRefused = TimeSpan.FromSeconds(30);

    [TestCase(Role.Source)]
    [TestCase(Role.Destination)]
    public async Task Announcement_and_request_for_relays_describe_the_endpoint(Role role)
    {
        FakeEndpoint endpoint = new() { Role = role, Name = "the endpoint" };
        endpoint.SetRelayIds("relay-2", "relay-1");
        await using HandControlServer server = HandControlServer.Start(generation);
        await using TestLink link = TestLink.Start(server, endpoint);
        await using HandConnection connection = await server.AuthenticateAsync();
        HandStreams streams = new(connection);
        (_, Request.Types.Announce announce) = await streams.NextAnnounceAsync();
        (_, Request.Types.Relay relay) = await streams.NextRelayAsync();
        Assert.Multiple(() =>
        {
            Assert.That(announce.Endpoint.Name, Is.EqualTo("the endpoint"));
            Assert.That(announce.Role, Is.EqualTo(role));
            Assert.That(announce.Peer.ServerCertificate.ToByteArray(), Is.EqualTo(endpoint.Identity.Server.Certificate.ToArray()));
            Assert.That(announce.Peer.ClientCertificate.ToByteArray(), Is.EqualTo(endpoint.Identity.Client.Certificate.ToArray()));
            Assert.That(announce.Peer.RelayIds, Is.EqualTo(["relay-1", "relay-2"]));
            Assert.That(announce.Peer.RelayEncryptions, Is.EqualTo([RelayEncryption.Dhxcp, RelayEncryption.None]));
            Assert.That(announce.Peer.Directs, Is.EqualTo([AddressMessages.ToAddrPort(link.LocalEndPoint)]), "the control connection runs over loopback");
            Assert.That(relay.Endpoint.Name, Is.EqualTo("the endpoint"));
            Assert.That(relay.Role, Is.EqualTo(role));
            Assert.That(relay.ClientCertificate.ToByteArray(), Is.EqualTo(endpoint.Identity.Client.Certificate.ToArray()));
        });
    }

    [Test]
    public async Task Route_decides_what_is_announced_and_whether_relays_are_asked_for()
    {
        FakeEndpoint direct = new() { Name = "direct", Route = ConnetRoute.Direct };
        FakeEndpoint relayed = new() { Name = "relayed", Route = ConnetRoute.Relay };
        direct.SetRelayIds("relay-1");
        relayed.SetRelayIds("relay-1");
        await using HandControlServer server = HandControlServer.Start(generation);
        await using TestLink link = TestLink.Start(server, direct, relayed);
        await using HandConnection connection = await server.AuthenticateAsync();
        HandStreams streams = new(connection);
        (_, Request.Types.Announce announce) = await streams.NextAnnounceAsync("direct");
        Assert.That((announce.Peer.Directs.Count, announce.Peer.RelayIds.Count), Is.EqualTo((1, 0)));
        (_, announce) = await streams.NextAnnounceAsync("relayed");
        Assert.That((announce.Peer.Directs.Count, announce.Peer.RelayIds.Count), Is.EqualTo((0, 1)));
        (_, Request.Types.Relay relay) = await streams.NextRelayAsync();
        Assert.That(relay.Endpoint.Name, Is.EqualTo("relayed"));

        // The stream that would come next is the one of an endpoint that is added now: there was no fourth.
        link.Link.Add(new FakeEndpoint { Name = "late", Route = ConnetRoute.Direct });
        HandStream next = await connection.AcceptAsync();
        Assert.That((await next.ReceiveAsync(Request.Parser)).Announce.Endpoint.Name, Is.EqualTo("late"));
    }

    [Test]
    public async Task Change_of_relays_or_addresses_is_announced_on_the_same_stream_completely()
    {
        ManualTimers clock = new();
        FakeEndpoint endpoint = new() { Route = ConnetRoute.Any };
        await using HandControlServer server = HandControlServer.Start(generation);
        await using TestLink link = TestLink.Start(server, options => options.TimeProvider = clock, null, endpoint);
        await using HandConnection connection = await server.AuthenticateAsync(publicEndPoint: new IPEndPoint(IPAddress.Parse("203.0.113.7"), 4711));
        (HandStream stream, Request.Types.Announce first) = await new HandStreams(connection).NextAnnounceAsync();
        endpoint.SetRelayIds("relay-1");
        Request.Types.Announce second = (await stream.ReceiveAsync(Request.Parser)).Announce;
        Assert.That(second.Peer.RelayIds, Is.EqualTo(["relay-1"]));
        Assert.That((second.Endpoint, second.Role, second.Peer.ServerCertificate), Is.EqualTo((first.Endpoint, first.Role, first.Peer.ServerCertificate)));
        Assert.That(second.Peer.Directs, Is.EqualTo(first.Peer.Directs));

        // Raised without a change: not worth a message, so the next one is about the change after it.
        endpoint.SetRelayIds("relay-1");
        endpoint.SetRelayIds("relay-1", "relay-2");
        Assert.That((await stream.ReceiveAsync(Request.Parser)).Announce.Peer.RelayIds, Is.EqualTo(["relay-1", "relay-2"]));
    }

    [Test]
    public async Task Lists_reach_the_endpoint_whole_and_the_first_of_a_connection_is_marked()
    {
        FakeEndpoint endpoint = new();
        await using HandControlServer server = HandControlServer.Start(generation);
        await using TestLink link = TestLink.Start(server, endpoint);
        await using HandConnection connection = await server.AuthenticateAsync();
        HandStreams streams = new(connection);
        (HandStream announce, _) = await streams.NextAnnounceAsync();
        (HandStream relay, _) = await streams.NextRelayAsync();

        await announce.SendAsync(Peers("peer-1"));
        (IReadOnlyList<RemotePeer> peers, bool isFirst) = await endpoint.NextPeersAsync();
        Assert.That((peers.Single().Id, peers.Single().Metadata, peers.Single().Peer.RelayIds.Single(), isFirst), Is.EqualTo(("peer-1", "of peer-1", "relay-1", true)));
        await announce.SendAsync(Peers());
        (peers, isFirst) = await endpoint.NextPeersAsync();
        Assert.That((peers.Count, isFirst), Is.EqualTo((0, false)));
        await announce.SendAsync(Peers("peer-1", "peer-2"));
        Assert.That((await endpoint.NextPeersAsync()).Peers.Select(peer => peer.Id), Is.EqualTo(["peer-1", "peer-2"]));

        await relay.SendAsync(Relays());
        (IReadOnlyList<Relay> relays, isFirst) = await endpoint.NextRelaysAsync();
        Assert.That((relays.Count, isFirst), Is.EqualTo((0, true)));
        await relay.SendAsync(Relays("relay-1"));
        (relays, isFirst) = await endpoint.NextRelaysAsync();
        Assert.That(isFirst, Is.False);
        Assert.That(relays.Single(), Is.EqualTo(Relays("relay-1").Relay.Relays[0]));
    }

    [TestCase(true, ErrorCode.RequestUnknown)]
    [TestCase(true, ErrorCode.EndpointNotAllowed)]
    [TestCase(true, ErrorCode.RoleNotAllowed)]
    [TestCase(true, ErrorCode.AnnounceValidationFailed)]
    [TestCase(true, ErrorCode.AnnounceInvalidClientCertificate)]
    [TestCase(true, ErrorCode.AnnounceInvalidServerCertificate)]
    [TestCase(false, ErrorCode.RequestUnknown)]
    [TestCase(false, ErrorCode.EndpointNotAllowed)]
    [TestCase(false, ErrorCode.RoleNotAllowed)]
    [TestCase(false, ErrorCode.RelayValidationFailed)]
    [TestCase(false, ErrorCode.RelayInvalidCertificate)]
    public async Task Refused_endpoint_is_told_and_asked_for_again_much_later(bool onAnnounce, ErrorCode code)
    {
        ManualTimers clock = new();
        LogLines log = new();
        FakeEndpoint endpoint = new() { Name = "forbidden" };
        await using HandControlServer server = HandControlServer.Start(generation);
        await using TestLink link = TestLink.Start(server, options => options.TimeProvider = clock, log, endpoint);
        await using HandConnection connection = await server.AuthenticateAsync();
        HandStreams streams = new(connection);
        HandStream stream = await NextAsync(streams, onAnnounce);
        await stream.SendAsync(new Response { Error = new Error { Code = code, Message = "not here" } });
        stream.Complete();
        ProtocolException refusal = await endpoint.NextRefusalAsync();
        Assert.That((int)refusal.Code, Is.EqualTo((int)code));
        Assert.That(refusal.Message, Does.Contain("not here"));
        Assert.That(log.All, Does.Contain("forbidden").And.Contain("not here"));
        Assert.That(connection.Connection.IsClosed, Is.False);

        await clock.FireAsync(s_retryRefused);
        stream = await NextAsync(streams, onAnnounce);
        await stream.SendAsync(onAnnounce ? Peers("peer-1") : Relays("relay-1"));
        Assert.That(onAnnounce ? (await endpoint.NextPeersAsync()).Peers.Count : (await endpoint.NextRelaysAsync()).Relays.Count, Is.EqualTo(1));
    }

    [Test]
    public async Task Refusal_by_the_code_of_a_reset_alone_is_understood()
    {
        FakeEndpoint endpoint = new();
        await using HandControlServer server = HandControlServer.Start(generation);
        await using TestLink link = TestLink.Start(server, endpoint);
        await using HandConnection connection = await server.AuthenticateAsync();
        (HandStream stream, _) = await new HandStreams(connection).NextAnnounceAsync();
        stream.Reset(102);
        Assert.That((await endpoint.NextRefusalAsync()).Code, Is.EqualTo(ProtocolErrorCode.RoleNotAllowed));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Stream_that_the_server_ends_is_opened_again_after_a_short_pause(bool announces)
    {
        ManualTimers clock = new();
        FakeEndpoint endpoint = new();
        await using HandControlServer server = HandControlServer.Start(generation);
        await using TestLink link = TestLink.Start(server, options => options.TimeProvider = clock, null, endpoint);
        await using HandConnection connection = await server.AuthenticateAsync();
        HandStreams streams = new(connection);
        HandStream stream = await NextAsync(streams, announces);
        for (int i = 0; i < 3; i++)
        {
            stream.Complete();
            await clock.FireAsync(TimeSpan.FromMilliseconds(40 << i), TimeSpan.FromMilliseconds(50 << i));
            stream = await NextAsync(streams, announces);
        }

        // One that lived for a while was a good one: the pauses begin anew.
        await stream.SendAsync(announces ? Peers("peer-1") : Relays("relay-1"));
        Assert.That(announces ? (await endpoint.NextPeersAsync()).IsFirst : (await endpoint.NextRelaysAsync()).IsFirst);
        clock.Pass(TimeSpan.FromSeconds(2));
        stream.Complete();
        await clock.FireAsync(TimeSpan.FromMilliseconds(40), TimeSpan.FromMilliseconds(50));
        stream = await NextAsync(streams, announces);
        await stream.SendAsync(announces ? Peers("peer-1") : Relays("relay-1"));
        Assert.That(announces ? (await endpoint.NextPeersAsync()).IsFirst : (await endpoint.NextRelaysAsync()).IsFirst, Is.False, "the server is the same");
    }

    [TestCase(Garbage.Oversize)]
    [TestCase(Garbage.Nonsense)]
    [TestCase(Garbage.Truncated)]
    [TestCase(Garbage.WrongAnswer)]
    [TestCase(Garbage.Empty)]
    [TestCase(Garbage.Reset)]
    [TestCase(Garbage.EndpointFault)]
    public async Task Garbage_on_a_stream_ends_that_stream_alone(Garbage garbage)
    {
        FakeEndpoint endpoint = new();
        await using HandControlServer server = HandControlServer.Start(generation);
        await using TestLink link = TestLink.Start(server, endpoint);
        await using HandConnection connection = await server.AuthenticateAsync();
        HandStreams streams = new(connection);
        (HandStream announce, _) = await streams.NextAnnounceAsync();
        (HandStream relay, _) = await streams.NextRelayAsync();
        endpoint.Fault = garbage == Garbage.EndpointFault ? new InvalidOperationException("a fault of ours") : null;
        await (garbage switch
        {
            Garbage.Oversize => announce.SendBytesAsync(HandFraming.Length((16 * 1024 * 1024) + 1, generation)),
            Garbage.Nonsense => announce.SendBytesAsync((byte[])[.. HandFraming.Length(3, generation), 0xff, 0xff, 0xff]),
            Garbage.Truncated => announce.SendBytesAsync(HandFraming.Length(10, generation), complete: true),
            Garbage.WrongAnswer => announce.SendAsync(Relays("relay-1")),
            Garbage.Empty => announce.SendAsync(new Response()),
            Garbage.EndpointFault => announce.SendAsync(Peers("peer-0")),
            _ => Task.Run(() => announce.Reset(7)),
        });
        (announce, _) = await streams.NextAnnounceAsync();
        await announce.SendAsync(Peers("peer-1"));
        Assert.That((await endpoint.NextPeersAsync()).Peers.Single().Id, Is.EqualTo("peer-1"));
        await relay.SendAsync(Relays("relay-1"));
        Assert.That((await endpoint.NextRelaysAsync()).Relays.Single().Id, Is.EqualTo("relay-1"));
    }

    [Test]
    public async Task Lists_are_cut_to_what_is_sensible()
    {
        FakeEndpoint endpoint = new();
        await using HandControlServer server = HandControlServer.Start(generation);
        await using TestLink link = TestLink.Start(server, endpoint);
        await using HandConnection connection = await server.AuthenticateAsync();
        HandStreams streams = new(connection);
        (HandStream announce, _) = await streams.NextAnnounceAsync();
        (HandStream relay, _) = await streams.NextRelayAsync();

        Response many = Peers([.. Enumerable.Range(0, 20_000).Select(i => $"peer-{i}")]);
        many.Announce.Peers[0].Peer.Directs.Add(Enumerable.Range(1, 1000).Select(i => AddressMessages.ToAddrPort(new IPEndPoint(IPAddress.Loopback, i))));
        many.Announce.Peers[0].Peer.RelayIds.Add(Enumerable.Range(1, 1000).Select(i => $"relay-{i}"));
        many.Announce.Peers[0].Metadata = new string('x', 5000);
        many.Announce.Peers[1].Id = string.Empty;
        many.Announce.Peers[2].Id = new string('x', 5000);
        many.Announce.Peers[3].Peer = null;
        await announce.SendAsync(many);
        (IReadOnlyList<RemotePeer> peers, _) = await endpoint.NextPeersAsync();
        Assert.That(peers, Has.Count.EqualTo((16 * 1024) - 3));
        Assert.That((peers[0].Peer.Directs.Count, peers[0].Peer.RelayIds.Count, peers[0].Metadata.Length), Is.EqualTo((64, 64, 1024)));

        Response relays = Relays([.. Enumerable.Range(0, 1000).Select(i => $"relay-{i}")]);
        relays.Relay.Relays[0].Addresses.Add(Enumerable.Range(1, 1000).Select(i => AddressMessages.ToHostPort("localhost", i)));
        await relay.SendAsync(relays);
        (IReadOnlyList<Relay> taken, _) = await endpoint.NextRelaysAsync();
        Assert.That((taken.Count, taken[0].Addresses.Count), Is.EqualTo((256, 64)));
    }

    internal enum Garbage
    {
        Oversize,
        Nonsense,
        Truncated,
        WrongAnswer,
        Empty,
        Reset,
        EndpointFault,
    }

    private static async Task<HandStream> NextAsync(HandStreams streams, bool announces) =>
        announces ? (await streams.NextAnnounceAsync()).Stream : (await streams.NextRelayAsync()).Stream;

    private static Response Peers(params string[] ids) => new()
    {
        Announce = new Response.Types.Announce { Peers = { ids.Select(id => new RemotePeer { Id = id, Metadata = "of " + id, Peer = new Peer { RelayIds = { "relay-1" } } }) } },
    };

    private static Response Relays(params string[] ids) => new()
    {
        Relay = new Response.Types.RelayList
        {
            Relays =
            {
                ids.Select(id => new Relay
                {
                    Id = id,
                    Metadata = "of " + id,
                    Addresses = { AddressMessages.ToHostPort("relay.test", 19191) },
                    ServerCertificate = ByteString.CopyFromUtf8("a certificate"),
                    Authentication = ByteString.CopyFromUtf8("a proof"),
                }),
            },
        },
    };
}
