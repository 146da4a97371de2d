using System.Buffers.Binary;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;

namespace Connet.Control.Tests;

/// <summary>Announcements over a restart of the server, on the store that a crash leaves behind.</summary>
public sealed class RestartTests
{
    [TestCase(1, 2)]
    [TestCase(2, 1)]
    [TestCase(2, 2)]
    public async Task What_was_acknowledged_is_served_after_a_crash_and_taken_over_by_its_client(int generation, int watcher)
    {
        WatchedStore store = new();
        PeerIdentity identity = HandIdentity.Peer();
        await using ControlHarness first = await StartAsync(store);
        (HandConnection client, AuthenticateResp response) = await first.ClientAsync((ProtocolGeneration)generation, metadata: "device");
        HandStream before = await client.AnnounceAsync("web", Role.Destination, identity, "192.0.2.1:1");
        Assert.That(await before.PeersAsync(), Is.Empty);
        string id = (await first.SingleClientAsync()).Id;
        WatchedStore left = await store.CrashAsync();

        await using ControlHarness second = await StartAsync(left);
        Assert.That(second.Server.GetStatus().ExpiringEndpoints, Is.EqualTo(1));
        HandConnection peer = await second.AcceptedClientAsync((ProtocolGeneration)watcher);
        HandStream watched = await peer.AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        RemotePeer seen = (await watched.PeersAsync()).Single();
        Assert.That((seen.Id, seen.Metadata, seen.Peer), Is.EqualTo((id, "device", identity.ToPeer("192.0.2.1:1"))));

        // It comes back with its token, and its peer hears nothing of it until it announces something new.
        (HandConnection again, _) = await second.ClientAsync((ProtocolGeneration)generation, metadata: "device", reconnect: response.ReconnectToken);
        HandStream announced = await again.AnnounceAsync("web", Role.Destination, identity, "192.0.2.1:1");
        Assert.That(await announced.PeersAsync(), Has.Count.EqualTo(1));
        Assert.That(second.Server.GetStatus().ExpiringEndpoints, Is.Zero);

        // Both come from one socket, so that the server has asked the peer whether it is still there: this is heard after the question.
        Assert.That(await (await peer.AnnounceAsync("other", Role.Source, HandIdentity.Peer())).PeersAsync(), Is.Empty);
        second.Clock.Advance(TimeSpan.FromMinutes(5));
        await announced.SendAsync(Requests.Announce("web", Role.Destination, identity.ToPeer("192.0.2.2:2")));
        RemotePeer after = (await watched.PeersAsync()).Single();
        Assert.That((after.Id, after.Peer.Directs.Single().Port), Is.EqualTo((id, 2u)));
    }

    /// <summary>The time after which a server that was killed at noon is started again, and how long the entry is served then.</summary>
    [TestCase(0, 30)]
    [TestCase(4, 30)]
    [TestCase(15, 20)]
    [TestCase(34, 1)]
    [TestCase(35, 0)]
    [TestCase(86400, 0)]
    [TestCase(-86400, 30, TestName = "A clock that was set back makes nothing last longer than the expiry")]
    public async Task Who_does_not_come_back_expires(int after, int left)
    {
        WatchedStore store = new();
        await using (ControlHarness first = await StartAsync(store))
        {
            await AnnounceAsync(first, "web");
            store = await store.CrashAsync();
        }

        await using ControlHarness second = await StartAsync(store, now: ControlHarness.Noon.AddSeconds(after));
        HandStream watched = await (await second.AcceptedClientAsync()).AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        Assert.That(await watched.PeersAsync(), Has.Count.EqualTo(left > 0 ? 1 : 0));
        if (left > 0)
        {
            second.Clock.Advance(TimeSpan.FromSeconds(left) - TimeSpan.FromMilliseconds(1));
            Assert.That(second.Server.GetStatus().ExpiringEndpoints, Is.EqualTo(1));
            second.Clock.Advance(TimeSpan.FromMilliseconds(1));
            Assert.That(await watched.PeersAsync(), Is.Empty);
        }

        Assert.That(second.Server.GetStatus().ExpiringEndpoints, Is.Zero);
        await UntilAsync(second, async () => (await store.GetAnnouncementsAsync()).Count == 1, "the watcher's own alone is left in the store");
    }

    [Test]
    public async Task A_connection_that_was_lost_before_the_crash_has_what_was_left_of_its_time()
    {
        WatchedStore store = new();
        await using (ControlHarness first = await StartAsync(store))
        {
            HandConnection client = await AnnounceAsync(first, "web");
            await client.Connection.CloseAsync(0, "");
            await ControlHarness.UntilAsync(() => first.Server.GetStatus().ExpiringEndpoints == 1);
            await UntilAsync(first, async () => (await store.GetAnnouncementsAsync()).Single().LostAt is not null, "the loss is written though nobody waits for it");
            store = await store.CrashAsync();
        }

        await using ControlHarness second = await StartAsync(store, now: ControlHarness.Noon.AddSeconds(29));
        Assert.That(second.Server.GetStatus().ExpiringEndpoints, Is.EqualTo(1));
        second.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(second.Server.GetStatus().ExpiringEndpoints, Is.Zero);
    }

    [Test]
    public async Task A_server_that_crashes_again_and_again_keeps_nothing_for_ever()
    {
        WatchedStore store = new();
        await using (ControlHarness first = await StartAsync(store))
        {
            await AnnounceAsync(first, "web");
            store = await store.CrashAsync();
        }

        int starts = 0;
        for (DateTimeOffset now = ControlHarness.Noon; ; now = now.AddSeconds(4))
        {
            await using ControlHarness again = await StartAsync(store, now: now);
            if (again.Server.GetStatus().ExpiringEndpoints == 0)
            {
                break;
            }

            starts++;
            await UntilAsync(again, async () => (await store.GetAnnouncementsAsync()).Single().LostAt is not null, "when it was lost is written");
            store = await store.CrashAsync();
        }

        Assert.That(starts, Is.EqualTo(8), "from noon on, every four seconds, until 30 seconds after the first start");
    }

    [Test]
    public async Task While_somebody_is_connected_the_time_is_written()
    {
        WatchedStore store = new();
        await using (ControlHarness first = await StartAsync(store))
        {
            await AnnounceAsync(first, "web");
            first.Clock.Advance(TimeSpan.FromMinutes(10));
            await ControlHarness.UntilAsync(() =>
            {
                // The server may have begun a wait just now that ends this much later.
                first.Clock.Advance(TimeSpan.FromSeconds(1));
                return AliveAt() >= ControlHarness.Noon.AddMinutes(10);
            });
            store = await store.CrashAsync();
        }

        await using ControlHarness second = await StartAsync(store, now: AliveAt().AddSeconds(20));
        Assert.That(second.Server.GetStatus().ExpiringEndpoints, Is.EqualTo(1), "it was lost ten minutes after it was announced");

        DateTimeOffset AliveAt() =>
            new(BinaryPrimitives.ReadInt64BigEndian(store.GetAsync("alive-at").AsTask().Result), TimeSpan.Zero);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task What_was_withdrawn_before_the_crash_is_not_served(int generation)
    {
        WatchedStore store = new();
        await using ControlHarness first = await StartAsync(store);
        HandConnection client = await first.AcceptedClientAsync((ProtocolGeneration)generation);
        HandStream stream = await client.AnnounceAsync("web", Role.Destination, HandIdentity.Peer());
        await stream.PeersAsync();
        HandStream kept = await client.AnnounceAsync("db", Role.Destination, HandIdentity.Peer());
        await kept.PeersAsync();
        stream.Complete();
        Assert.That(await stream.ReceiveToEndAsync(), Is.Empty, "the end of the server's side says that it is gone for good");
        store = await store.CrashAsync();
        Assert.That((await store.GetAnnouncementsAsync()).Select(each => each.Endpoint), Is.EqualTo(new[] { "db" }));
    }

    [Test]
    public async Task An_ordered_restart_keeps_them_too()
    {
        WatchedStore store = new();
        await using (ControlHarness first = await StartAsync(store))
        {
            await AnnounceAsync(first, "web");
        }

        Assert.That((await store.GetAnnouncementsAsync()).Single().LostAt, Is.EqualTo(ControlHarness.Noon));
        await using ControlHarness second = await StartAsync(store, now: ControlHarness.Noon.AddSeconds(3));
        Assert.That(second.Server.GetStatus().ExpiringEndpoints, Is.EqualTo(1));
    }

    [Test]
    public async Task What_the_rules_do_not_permit_any_more_or_nobody_should_keep_is_dropped_at_the_start()
    {
        WatchedStore store = new();
        await using (ControlHarness first = await StartAsync(store))
        {
            await AnnounceAsync(first, "web");
            store = await store.CrashAsync();
        }

        foreach ((string what, Action<ControlServerOptions> configure, int expected) in new (string, Action<ControlServerOptions>, int)[]
        {
            ("all as before", _ => { }, 1),
            ("the token is gone", options => options.ClientTokens = ["another"], 0),
            ("the name is not permitted", options => options.ClientTokenRestrictions.Add(new() { NameMatches = "^db$" }), 0),
            ("the role is not permitted", options => options.ClientTokenRestrictions.Add(new() { RoleMatches = { "source" } }), 0),
            ("no expiry", options => options.EndpointExpiry = TimeSpan.Zero, 0),
            ("no room", options => options.Limits.MaxExpiringBytes = 100, 0),
        })
        {
            WatchedStore copy = await store.CrashAsync();
            await using ControlHarness second = await StartAsync(copy, configure);
            Assert.That(second.Server.GetStatus().ExpiringEndpoints, Is.EqualTo(expected), what);
            await UntilAsync(second, async () => (await copy.GetAnnouncementsAsync()).Count == expected, what);
        }
    }

    [Test]
    public async Task Without_expiry_nothing_is_written()
    {
        WatchedStore store = new();
        await using ControlHarness harness = await StartAsync(store, options => options.EndpointExpiry = TimeSpan.Zero);
        await AnnounceAsync(harness, "web");
        harness.Clock.Advance(TimeSpan.FromMinutes(1));
        await harness.Server.StopAsync();
        Assert.That(store.Saves, Is.Zero);
    }

    [Test]
    public async Task A_stored_announcement_that_is_none_is_named_and_left_alone()
    {
        WatchedStore good = new();
        await using (ControlHarness first = await StartAsync(good))
        {
            await AnnounceAsync(first, "web");
            good = await good.CrashAsync();
        }

        StoredAnnouncement stored = (await good.GetAnnouncementsAsync()).Single();
        foreach (StoredAnnouncement bad in new[]
        {
            stored with { Peer = new byte[] { 0xff, 0xff } },
            stored with { Peer = stored.Peer[..^20] },
            stored with { Peer = Array.Empty<byte>() },
            stored with { ClientId = "somebody else" },
            stored with { Role = (ControlEndpointRole)7 },
        })
        {
            WatchedStore store = await good.CrashAsync();
            await store.SaveAnnouncementsAsync([bad], [new(stored.ClientId, stored.Endpoint, stored.Role == bad.Role && stored.ClientId == bad.ClientId ? 0 : stored.Role)]);
            ControlServerException failure = Assert.ThrowsAsync<ControlServerException>(() => StartAsync(store))!;
            Assert.That(failure.Message, Does.Contain("'web'").And.Contain("was not written by a control server").And.Not.Contain("\n"));
            Assert.That(await store.GetAnnouncementsAsync(), Is.EqualTo(new[] { bad }));
        }

        await good.SetAsync("alive-at", new byte[] { 1 });
        Assert.That(Assert.ThrowsAsync<ControlServerException>(() => StartAsync(good))!.Message, Does.Contain("'alive-at'"));
    }

    private static Task<ControlHarness> StartAsync(WatchedStore store, Action<ControlServerOptions>? configure = null, DateTimeOffset? now = null) =>
        ControlHarness.StartAsync(
            options =>
            {
                options.Store = store;
                configure?.Invoke(options);
            },
            now);

    private static async Task<HandConnection> AnnounceAsync(ControlHarness harness, string name)
    {
        HandConnection client = await harness.AcceptedClientAsync();
        await (await client.AnnounceAsync(name, Role.Destination, HandIdentity.Peer())).PeersAsync();
        return client;
    }

    /// <summary>Waits for what the server writes when it gets to it: its clock moves, by little altogether.</summary>
    private static async Task UntilAsync(ControlHarness harness, Func<Task<bool>> condition, string what)
    {
        for (int i = 0; i < 400 && !await condition(); i++)
        {
            harness.Clock.Advance(TimeSpan.FromMilliseconds(10));
            await ControlHarness.TurnAsync();
        }

        Assert.That(await condition(), Is.True, what);
    }
}
