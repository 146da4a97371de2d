using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;
using Google.Protobuf;

namespace Connet.Control.Tests;

/// <summary>What ends a stream of a client, and leaves its connection alone.</summary>
public sealed class ErrorTests
{
    private static readonly PeerIdentity s_identity = HandIdentity.Peer();

    private static readonly (string What, Request Request, ErrorCode Code)[] s_refused =
    [
        ("neither", new Request(), ErrorCode.RequestUnknown),
        ("both", new Request { Announce = Announce("allowed").Announce, Relay = Relay("allowed").Relay }, ErrorCode.RequestUnknown),
        ("name of an announcement", Announce("forbidden"), ErrorCode.EndpointNotAllowed),
        ("name before role", Requests.Announce("forbidden", Role.Source, null), ErrorCode.EndpointNotAllowed),
        ("role of an announcement", Requests.Announce("allowed", Role.Source, s_identity.ToPeer()), ErrorCode.RoleNotAllowed),
        ("role before form", Requests.Announce("allowed", Role.Source, null), ErrorCode.RoleNotAllowed),
        ("no role", Requests.Announce("allowed", Role.Unknown, s_identity.ToPeer()), ErrorCode.RoleNotAllowed),
        ("no peer", Requests.Announce("allowed", Role.Destination, null), ErrorCode.AnnounceValidationFailed),
        ("long name", Announce("allowed" + new string('x', 250)), ErrorCode.AnnounceValidationFailed),
        ("address without port", Announce("allowed", peer => peer.Directs.Add(new AddrPort { Addr = new Addr { V4 = ByteString.CopyFrom(1, 2, 3, 4) } })), ErrorCode.AnnounceValidationFailed),
        ("short address", Announce("allowed", peer => peer.Directs.Add(new AddrPort { Addr = new Addr { V4 = ByteString.CopyFrom(1, 2, 3) }, Port = 1 })), ErrorCode.AnnounceValidationFailed),
        ("two addresses in one", Announce("allowed", peer => peer.Directs.Add(new AddrPort { Addr = new Addr { V4 = ByteString.CopyFrom(1, 2, 3, 4), V6 = ByteString.CopyFrom(new byte[16]) }, Port = 1 })), ErrorCode.AnnounceValidationFailed),
        ("too many addresses", Announce("allowed", peer => peer.Directs.AddRange(Enumerable.Repeat(new AddrPort { Addr = new Addr { V4 = ByteString.CopyFrom(1, 2, 3, 4) }, Port = 1 }, 257))), ErrorCode.AnnounceValidationFailed),
        ("too many relays", Announce("allowed", peer => peer.RelayIds.AddRange(Enumerable.Repeat("r", 1025))), ErrorCode.AnnounceValidationFailed),
        ("no client certificate", Announce("allowed", peer => peer.ClientCertificate = ByteString.Empty), ErrorCode.AnnounceInvalidClientCertificate),
        ("bad client certificate", Announce("allowed", peer => peer.ClientCertificate = ByteString.CopyFrom(0x30, 3, 1, 2, 3)), ErrorCode.AnnounceInvalidClientCertificate),
        ("no server certificate", Announce("allowed", peer => peer.ServerCertificate = ByteString.Empty), ErrorCode.AnnounceInvalidServerCertificate),
        ("cut server certificate", Announce("allowed", peer => peer.ServerCertificate = ByteString.CopyFrom(peer.ServerCertificate.Span[..^9])), ErrorCode.AnnounceInvalidServerCertificate),
        ("name of a relay request", Relay("forbidden"), ErrorCode.EndpointNotAllowed),
        ("role of a relay request", Requests.Relay("allowed", Role.Source, s_identity.Client.Certificate.Span), ErrorCode.RoleNotAllowed),
        ("long name of a relay request", Relay("allowed" + new string('x', 250)), ErrorCode.RelayValidationFailed),
        ("no certificate for relays", Requests.Relay("allowed", Role.Destination, []), ErrorCode.RelayInvalidCertificate),
        ("bad certificate for relays", Requests.Relay("allowed", Role.Destination, [1, 2, 3]), ErrorCode.RelayInvalidCertificate),
    ];

    private static IEnumerable<TestCaseData> Refused =>
        from each in s_refused
        from generation in new[] { 1, 2 }
        select new TestCaseData(each.Request.ToByteArray(), (int)each.Code, generation).SetArgDisplayNames(each.What, each.Code.ToString(), $"generation {generation}");

    private ControlHarness _harness = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _harness = await ControlHarness.StartAsync(options =>
        options.ClientTokenRestrictions.Add(new TokenRestrictionOptions { NameMatches = "^allowed", RoleMatches = { "destination" } }));

    [OneTimeTearDown]
    public async Task StopAsync() => await _harness.DisposeAsync();

    [TestCaseSource(nameof(Refused))]
    public async Task A_refused_request_ends_its_stream_alone(byte[] request, int code, int generation)
    {
        HandConnection client = await _harness.AcceptedClientAsync((ProtocolGeneration)generation);
        HandStream stream = await client.RequestAsync(Request.Parser.ParseFrom(request));
        Error error = await stream.ErrorAsync();
        Assert.That((int)error.Code, Is.EqualTo(code));
        Assert.That(error.Message, Is.Not.Empty);
        await AssertStillServedAsync(client);
    }

    [Test]
    public async Task An_endpoint_without_a_name_is_not_well_formed()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection client = await harness.AcceptedClientAsync();
        Assert.That((await (await client.RequestAsync(Requests.Announce("", Role.Source, s_identity.ToPeer()))).ErrorAsync()).Code, Is.EqualTo(ErrorCode.AnnounceValidationFailed));
        Request bare = new() { Announce = new Request.Types.Announce { Role = Role.Source, Peer = s_identity.ToPeer() } };
        Assert.That((await (await client.RequestAsync(bare)).ErrorAsync()).Code, Is.EqualTo(ErrorCode.AnnounceValidationFailed));
        Assert.That((await (await client.RequestAsync(Requests.Relay("", Role.Source, s_identity.Client.Certificate.Span))).ErrorAsync()).Code, Is.EqualTo(ErrorCode.RelayValidationFailed));
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_later_request_of_another_kind_is_unknown_and_withdraws(int generation)
    {
        HandConnection client = await _harness.AcceptedClientAsync((ProtocolGeneration)generation);
        foreach (Request second in new[] { Relay("allowed"), new Request() })
        {
            HandStream stream = await client.RequestAsync(Announce("allowed second"));
            await stream.PeersAsync();
            await stream.SendAsync(second);
            Assert.That((await stream.ErrorAsync()).Code, Is.EqualTo(ErrorCode.RequestUnknown));
            await ControlHarness.UntilAsync(() => Endpoints() == 0);
        }

        HandStream relays = await client.RequestAsync(Relay("allowed"));
        await relays.RelaysAsync();
        await relays.SendAsync(Announce("allowed"));
        Assert.That((await relays.ErrorAsync()).Code, Is.EqualTo(ErrorCode.RequestUnknown));
        await AssertStillServedAsync(client);

        int Endpoints() => _harness.Server.GetStatus().Clients.Sum(each => each.Endpoints.Count(endpoint => endpoint.Name == "allowed second"));
    }

    [Test]
    public async Task A_bad_update_withdraws_the_endpoint()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection client = await harness.AcceptedClientAsync();
        foreach ((Action<Peer> spoil, ErrorCode code) in new (Action<Peer>, ErrorCode)[]
        {
            (peer => peer.ClientCertificate = ByteString.Empty, ErrorCode.AnnounceInvalidClientCertificate),
            (peer => peer.ServerCertificate = ByteString.Empty, ErrorCode.AnnounceInvalidServerCertificate),
            (peer => peer.Directs.Add(new AddrPort()), ErrorCode.AnnounceValidationFailed),
        })
        {
            HandStream stream = await client.RequestAsync(Announce("web"));
            await stream.PeersAsync();
            HandStream watched = await client.AnnounceAsync("web", Role.Source, HandIdentity.Peer());
            Assert.That(await watched.PeersAsync(), Has.Count.EqualTo(1));
            await stream.PeersAsync();
            await stream.SendAsync(Announce("web", spoil));
            Assert.That((await stream.ErrorAsync()).Code, Is.EqualTo(code));
            Assert.That(await watched.PeersAsync(), Is.Empty);
            watched.Complete();
            await watched.ReceiveToEndAsync();
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task Garbage_and_oversized_and_half_messages_end_the_stream(int generation)
    {
        ProtocolGeneration framing = (ProtocolGeneration)generation;
        HandConnection client = await _harness.AcceptedClientAsync(framing);
        byte[][] bad =
        [
            [.. HandFraming.Length(4, framing), 0xff, 0xff, 0xff, 0xff],
            HandFraming.Length(16 * 1024 * 1024 + 1, framing),
            HandFraming.Length(16 * 1024 * 1024, framing),
            HandFraming.Length(uint.MaxValue, framing),
        ];
        foreach (byte[] bytes in bad)
        {
            HandStream stream = await client.OpenAsync();
            await stream.SendBytesAsync(bytes);
            Assert.That((await stream.ErrorAsync()).Code, Is.EqualTo(ErrorCode.RequestUnknown));
        }

        foreach (byte[] half in new byte[][] { HandFraming.Encode(Announce("allowed"), framing)[..^20], HandFraming.Length(4, framing)[..^1] })
        {
            HandStream stream = await client.OpenAsync();
            await stream.SendBytesAsync(half, complete: true);
            Assert.That((await stream.ErrorAsync()).Code, Is.EqualTo(ErrorCode.RequestUnknown));
        }

        HandStream silent = await client.OpenAsync();
        silent.Complete();
        Assert.That(await silent.ReceiveToEndAsync(), Is.Empty, "a stream without a request just ends");
        await AssertStillServedAsync(client);
    }

    [Test]
    public async Task A_request_that_does_not_come_to_its_end_is_given_up()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection client = await harness.AcceptedClientAsync();
        HandStream stream = await client.OpenAsync();
        await stream.SendBytesAsync(new byte[] { 0, 0 });

        // A request that comes later on the connection was read, so the one before has been waiting too.
        await AssertStillServedAsync(client, "web");
        harness.Clock.Advance(TimeSpan.FromSeconds(11));
        Assert.That((await stream.ErrorAsync()).Code, Is.EqualTo(ErrorCode.RequestUnknown));
        await AssertStillServedAsync(client, "web");
    }

    [Test]
    public async Task A_stream_that_was_answered_may_be_silent_for_ever()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection client = await harness.AcceptedClientAsync();
        HandStream stream = await client.RequestAsync(Announce("web"));
        await stream.PeersAsync();
        harness.Clock.Advance(TimeSpan.FromDays(2));
        await client.AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        Assert.That(await stream.PeersAsync(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_connection_announces_no_more_endpoints_than_it_may()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync(options => options.Limits.MaxEndpointsPerSession = 2);
        HandConnection client = await harness.AcceptedClientAsync();
        HandStream first = await client.RequestAsync(Announce("a"));
        await first.PeersAsync();
        await (await client.RequestAsync(Announce("b"))).PeersAsync();
        Assert.That((await (await client.RequestAsync(Announce("c"))).ErrorAsync()).Code, Is.EqualTo(ErrorCode.AnnounceValidationFailed));
        first.Complete();
        await first.ReceiveToEndAsync();
        await (await client.RequestAsync(Announce("c"))).PeersAsync();
    }

    private static Request Announce(string name) => Requests.Announce(name, Role.Destination, s_identity.ToPeer());

    private static Request Announce(string name, Action<Peer> change)
    {
        Peer peer = s_identity.ToPeer();
        change(peer);
        return Requests.Announce(name, Role.Destination, peer);
    }

    private static Request Relay(string name) => Requests.Relay(name, Role.Destination, s_identity.Client.Certificate.Span);

    private static async Task AssertStillServedAsync(HandConnection client, string name = "allowed still")
    {
        HandStream stream = await client.RequestAsync(Announce(name));
        await stream.PeersAsync();
        stream.Complete();
        Assert.That(await stream.ReceiveToEndAsync(), Is.Empty);
    }
}
