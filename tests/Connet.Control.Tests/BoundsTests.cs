using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Quic;

namespace Connet.Control.Tests;

/// <summary>How much one peer, and all that were there once, can make the server keep; and the times that the options set.</summary>
public sealed class BoundsTests
{
    private const int Large = 20_000;

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_connection_announces_no_more_bytes_than_it_may(int generation)
    {
        using LogLines log = new();
        await using ControlHarness harness = await ControlHarness.StartAsync(options =>
            (options.Limits.MaxAnnouncedBytesPerSession, options.LoggerFactory) = (2 * Large + 10_000, log));
        HandConnection client = await harness.AcceptedClientAsync((ProtocolGeneration)generation);
        HandStream first = await client.RequestAsync(Announce("a", Large));
        await first.PeersAsync();
        HandStream second = await client.RequestAsync(Announce("b", Large));
        await second.PeersAsync();
        Error error = await (await client.RequestAsync(Announce("c", Large))).ErrorAsync();
        Assert.That((error.Code, error.Message), Is.EqualTo((ErrorCode.AnnounceValidationFailed, "What one connection announces may take 50000 bytes together: announce fewer endpoints, or fewer addresses.")));
        Assert.That(log.Count("Information 8", "with AnnounceValidationFailed", "50000 bytes"), Is.EqualTo(1));
        Assert.That(client.Connection.IsClosed, Is.False);

        // A smaller one makes room, a larger one takes it, and an end gives all of it back.
        await second.SendAsync(Announce("b", 0));
        await ControlHarness.UntilAsync(() => harness.Server.GetStatus().Clients.Single().Endpoints.Any(each => each.Relays.Count == 0));
        await first.SendAsync(Announce("a", 2 * Large));
        await ControlHarness.UntilAsync(() => harness.Server.GetStatus().Clients.Single().Endpoints.Any(each => each.Relays.Count > Large / 100));
        await second.SendAsync(Announce("b", Large));
        Assert.That((await second.ErrorAsync()).Code, Is.EqualTo(ErrorCode.AnnounceValidationFailed));
        first.Complete();
        await first.ReceiveToEndAsync();
        for (int i = 0; i < 5; i++)
        {
            HandStream again = await client.RequestAsync(Announce("d", 2 * Large));
            await again.PeersAsync();
            again.Complete();
            await again.ReceiveToEndAsync();
        }

        // Other connections have room of their own.
        await (await (await harness.AcceptedClientAsync()).RequestAsync(Announce("e", 2 * Large))).PeersAsync();
    }

    [Test]
    public async Task Of_what_dead_clients_left_the_oldest_goes_first()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync(options => options.Limits.MaxExpiringBytes = 2 * Large + 10_000);
        HandConnection watcher = await harness.AcceptedClientAsync();
        for (int i = 0; i < 4; i++)
        {
            HandConnection client = await harness.AcceptedClientAsync();
            await (await client.RequestAsync(Announce($"endpoint {i}", Large))).PeersAsync();
            await client.Connection.CloseAsync(0, "");
            await ControlHarness.UntilAsync(() => harness.Server.GetStatus().Clients.Count == 1 && harness.Server.GetStatus().ExpiringEndpoints == Math.Min(i + 1, 2));
        }

        for (int i = 0; i < 4; i++)
        {
            HandStream watched = await watcher.AnnounceAsync($"endpoint {i}", Role.Source, HandIdentity.Peer());
            Assert.That(await watched.PeersAsync(), Has.Count.EqualTo(i < 2 ? 0 : 1), $"number {i}");
        }

        // What is gone gives its room back.
        harness.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.That(harness.Server.GetStatus().ExpiringEndpoints, Is.Zero);
        HandConnection last = await harness.AcceptedClientAsync();
        await (await last.RequestAsync(Announce("last", 2 * Large))).PeersAsync();
        await last.Connection.CloseAsync(0, "");
        await ControlHarness.UntilAsync(() => harness.Server.GetStatus().ExpiringEndpoints == 1);
    }

    [TestCase(ConnectionKind.ControlClients)]
    [TestCase(ConnectionKind.ControlRelays)]
    public async Task The_time_to_authenticate_is_the_one_of_the_options(ConnectionKind kind)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync(options => options.Limits.AuthenticationTimeout = TimeSpan.FromMinutes(3));
        HandConnection silent = await harness.DialAsync(kind, ProtocolGeneration.Second);

        // Another one has come in after it, so that its time runs by now.
        await harness.AcceptedClientAsync();
        await ControlHarness.TurnAsync();
        harness.Clock.Advance(TimeSpan.FromSeconds(179));
        await ControlHarness.TurnAsync();
        Assert.That(silent.Connection.IsClosed, Is.False);
        Task<QuicException> closed = silent.ClosedAsync();
        await ControlHarness.UntilAsync(() =>
        {
            harness.Clock.Advance(TimeSpan.FromSeconds(1));
            return closed.IsCompleted;
        });
        Assert.That((await closed).ApplicationErrorCode, Is.EqualTo(100));
    }

    [Test]
    public async Task The_time_for_a_request_is_the_one_of_the_options()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync(options => options.Limits.RequestTimeout = TimeSpan.FromMinutes(3));
        HandConnection client = await harness.AcceptedClientAsync();
        HandStream half = await client.OpenAsync();
        await half.SendBytesAsync(new byte[] { 0 });
        await (await client.AnnounceAsync("web", Role.Source, HandIdentity.Peer())).PeersAsync();
        Task<Error> error = half.ErrorAsync();
        harness.Clock.Advance(TimeSpan.FromSeconds(179));
        await (await client.AnnounceAsync("web 2", Role.Source, HandIdentity.Peer())).PeersAsync();
        Assert.That(error.IsCompleted, Is.False);
        harness.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That((await error).Code, Is.EqualTo(ErrorCode.RequestUnknown));
    }

    [Test]
    public void Values_out_of_range_are_named()
    {
        (Action<ControlServerOptions> Set, string Says)[] cases =
        [
            (options => options.EndpointExpiry = TimeSpan.FromSeconds(-1), "EndpointExpiry is -00:00:01: it must be zero (off) or more"),
            (options => options.EndpointExpiry = TimeSpan.FromDays(31), "EndpointExpiry is 31.00:00:00"),
            (options => options.HandshakeIdleTimeout = TimeSpan.Zero, "HandshakeIdleTimeout is 00:00:00"),
            (options => options.Limits.AuthenticationTimeout = TimeSpan.Zero, "Limits.AuthenticationTimeout is 00:00:00"),
            (options => options.Limits.RequestTimeout = TimeSpan.FromDays(31), "Limits.RequestTimeout is 31.00:00:00"),
            (options => options.Limits.PushInterval = TimeSpan.FromSeconds(-1), "Limits.PushInterval is -00:00:01: it must be zero (off) or more"),
            (options => options.Limits.PushBurst = 0, "Limits.PushBurst is 0"),
            (options => options.Limits.MaxAnnouncedBytesPerSession = 0, "Limits.MaxAnnouncedBytesPerSession is 0"),
            (options => options.Limits.MaxExpiringBytes = -1, "Limits.MaxExpiringBytes is -1"),
        ];
        foreach ((Action<ControlServerOptions> set, string says) in cases)
        {
            ControlServerOptions options = ControlHarness.Options();
            Assert.That(options.Validate(), Is.Empty);
            set(options);
            Assert.That(options.Validate(), Has.One.StartsWith(says));
        }
    }

    [Test]
    public void Every_limit_is_among_those_that_a_reload_compares() => Assert.That(
        new ControlServerLimits().Values().Select(each => each.Name), Is.EquivalentTo(typeof(ControlServerLimits).GetProperties().Select(property => property.Name)));

    /// <summary>An announcement of about so many bytes.</summary>
    private static Request Announce(string name, int bytes)
    {
        const int Id = 100;
        Peer peer = HandIdentity.Peer().ToPeer();
        peer.RelayIds.AddRange(Enumerable.Repeat(new string('r', Id - 2), bytes / Id));
        return Requests.Announce(name, Role.Destination, peer);
    }
}
