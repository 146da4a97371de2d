using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Identities;

namespace Connet.Control.Tests;

/// <summary>When announcements are written, and who waits for it.</summary>
public sealed class JournalTests
{
    private const int Clients = 30;

    [TestCase(1)]
    [TestCase(2)]
    public async Task The_response_waits_for_the_store_and_the_news_does_not(int generation)
    {
        WatchedStore store = new();
        await using ControlHarness harness = await ControlHarness.StartAsync(options => options.Store = store);
        HandStream watched = await (await harness.AcceptedClientAsync((ProtocolGeneration)generation)).AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        Assert.That(await watched.PeersAsync(), Is.Empty);

        store.Close();
        HandConnection client = await harness.AcceptedClientAsync((ProtocolGeneration)generation);
        HandStream announced = await client.AnnounceAsync("web", Role.Destination, HandIdentity.Peer());
        Task<IReadOnlyList<Protocol.Control.RemotePeer>> acknowledged = announced.PeersAsync();
        Assert.That(await watched.PeersAsync(), Has.Count.EqualTo(1), "a peer is told at once");
        await ControlHarness.UntilAsync(() => store.Saves == 2);
        Assert.That((acknowledged.IsCompleted, (await store.GetAnnouncementsAsync()).Count), Is.EqualTo((false, 1)));
        store.Open();
        Assert.That(await acknowledged, Has.Count.EqualTo(1));
        Assert.That((await store.GetAnnouncementsAsync()).Count, Is.EqualTo(2));

        // And so does the end of the stream for the removal.
        store.Close();
        announced.Complete();
        Task<byte[]> ended = announced.ReceiveToEndAsync();
        Assert.That(await watched.PeersAsync(), Is.Empty);
        await ControlHarness.UntilAsync(() => store.Saves == 3);
        Assert.That((ended.IsCompleted, (await store.GetAnnouncementsAsync()).Count), Is.EqualTo((false, 2)));
        store.Open();
        Assert.That(await ended, Is.Empty);
        Assert.That((await store.GetAnnouncementsAsync()).Count, Is.EqualTo(1));
    }

    [Test]
    public async Task However_many_clients_wait_two_writes_serve_them()
    {
        WatchedStore store = new();
        await using ControlHarness harness = await ControlHarness.StartAsync(options => options.Store = store);
        store.Close();
        List<HandStream> streams = [];
        for (int i = 0; i < Clients; i++)
        {
            HandConnection client = await harness.AcceptedClientAsync();
            streams.Add(await client.AnnounceAsync($"endpoint {i}", Role.Destination, HandIdentity.Peer()));
        }

        await ControlHarness.UntilAsync(() => harness.Server.GetStatus().Clients.Sum(each => each.Endpoints.Count) == Clients);
        store.Open();
        foreach (HandStream stream in streams)
        {
            Assert.That(await stream.PeersAsync(), Is.Empty);
        }

        Assert.That(store.Saves, Is.LessThan(Clients / 2), "the one under way, one for all who came meanwhile, and few for whoever was in between");
        Assert.That((await store.GetAnnouncementsAsync()).Count, Is.EqualTo(Clients));
    }

    [Test]
    public async Task A_flapping_announcement_is_not_written_each_time()
    {
        WatchedStore store = new();
        await using ControlHarness harness = await ControlHarness.StartAsync(options => options.Store = store);
        PeerIdentity identity = HandIdentity.Peer();
        HandConnection client = await harness.AcceptedClientAsync();
        HandStream stream = await client.AnnounceAsync("web", Role.Destination, identity);
        await stream.PeersAsync();
        int before = store.Saves;
        for (int port = 1; port <= 200; port++)
        {
            await stream.SendAsync(Requests.Announce("web", Role.Destination, identity.ToPeer($"192.0.2.1:{port}")));
        }

        await stream.SendAsync(Requests.Announce("web", Role.Destination, identity.ToPeer("192.0.2.1:1", "192.0.2.2:2")));
        await ControlHarness.UntilAsync(() => harness.Server.GetStatus().Clients.Single().Endpoints.Single().DirectAddresses == 2);
        Assert.That(store.Saves, Is.EqualTo(before), "nobody waits for it");

        // In steps: the wait may begin a moment after the last announcement is listed.
        await ControlHarness.UntilAsync(() =>
        {
            harness.Clock.Advance(TimeSpan.FromMilliseconds(100));
            return store.Saves == before + 1;
        });

        // The next write comes after it, so that it is done then.
        await (await client.AnnounceAsync("other", Role.Destination, identity)).PeersAsync();
        StoredAnnouncement stored = (await store.GetAnnouncementsAsync()).Single(each => each.Endpoint == "web");
        Assert.That(Protocol.Control.RemotePeer.Parser.ParseFrom(stored.Peer.Span).Peer.Directs, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task A_store_that_fails_holds_nobody_up_and_is_reported_once()
    {
        using LogLines log = new();
        WatchedStore store = new();
        await using ControlHarness harness = await ControlHarness.StartAsync(options => (options.Store, options.LoggerFactory) = (store, log));
        store.Failure = "The disk is full.";
        HandConnection client = await harness.AcceptedClientAsync();
        foreach (string name in new[] { "a", "b", "c" })
        {
            Assert.That(await (await client.AnnounceAsync(name, Role.Destination, HandIdentity.Peer())).PeersAsync(), Is.Empty);
        }

        Assert.That(log.Count("Error 21", "The disk is full."), Is.EqualTo(1));
        Assert.That(await store.GetAnnouncementsAsync(), Is.Empty);
        store.Failure = null;
        await ControlHarness.UntilAsync(() =>
        {
            harness.Clock.Advance(TimeSpan.FromMilliseconds(100));
            return log.Count("Information 22") == 1;
        });
        Assert.That((await store.GetAnnouncementsAsync()).Select(each => each.Endpoint), Is.EquivalentTo(new[] { "a", "b", "c" }));
    }

    [Test]
    public async Task Nothing_is_left_in_the_store_of_what_is_gone()
    {
        WatchedStore store = new();
        await using ControlHarness harness = await ControlHarness.StartAsync(options => options.Store = store);
        for (int i = 0; i < 10; i++)
        {
            HandConnection client = await harness.AcceptedClientAsync();
            HandStream ended = await client.AnnounceAsync($"ended {i}", Role.Destination, HandIdentity.Peer());
            await ended.PeersAsync();
            await (await client.AnnounceAsync($"died {i}", Role.Destination, HandIdentity.Peer())).PeersAsync();
            ended.Complete();
            await ended.ReceiveToEndAsync();
            await client.Connection.CloseAsync(0, "");
        }

        await ControlHarness.UntilAsync(() => harness.Server.GetStatus().ExpiringEndpoints == 10);
        harness.Clock.Advance(TimeSpan.FromSeconds(30));
        await ControlHarness.UntilAsync(() =>
        {
            harness.Clock.Advance(TimeSpan.FromMilliseconds(100));
            return store.GetAnnouncementsAsync().AsTask().Result.Count == 0;
        });
    }
}
