using Connet.Control.Sessions;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;
using Microsoft.Extensions.Time.Testing;

namespace Connet.Control.Tests;

/// <summary>News that comes too often is told together; the first is never held back.</summary>
public sealed class PushPaceTests
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200);

    [Test]
    public void After_a_burst_there_is_one_in_each_interval_and_room_comes_back_at_the_same_rate()
    {
        FakeTimeProvider clock = new();
        PushPace pace = new(clock, burst: 3, s_interval);
        for (int i = 0; i < 3; i++)
        {
            Assert.That(pace.Wait, Is.EqualTo(TimeSpan.Zero), $"number {i}");
            pace.Take();
        }

        Assert.That(pace.Wait, Is.EqualTo(s_interval));
        clock.Advance(s_interval / 2);
        Assert.That(pace.Wait, Is.EqualTo(s_interval / 2));
        clock.Advance(s_interval / 2);
        Assert.That(pace.Wait, Is.EqualTo(TimeSpan.Zero));
        pace.Take();
        Assert.That(pace.Wait, Is.EqualTo(s_interval));

        // However long it was quiet, the burst is no larger.
        clock.Advance(TimeSpan.FromDays(1));
        for (int i = 0; i < 3; i++)
        {
            Assert.That(pace.Wait, Is.EqualTo(TimeSpan.Zero), $"number {i} after a day");
            pace.Take();
        }

        Assert.That(pace.Wait, Is.EqualTo(s_interval));
    }

    [Test]
    public void Without_an_interval_nothing_waits()
    {
        PushPace pace = new(new FakeTimeProvider(), burst: 1, TimeSpan.Zero);
        for (int i = 0; i < 100; i++)
        {
            pace.Take();
            Assert.That(pace.Wait, Is.EqualTo(TimeSpan.Zero));
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_flapping_announcement_is_told_as_often_as_the_limits_say_and_the_newest_last(int generation)
    {
        await using ControlHarness harness = await StartAsync();
        HandConnection watcher = await harness.AcceptedClientAsync((ProtocolGeneration)generation);
        HandStream watched = await watcher.AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        Assert.That(await watched.PeersAsync(), Is.Empty);
        PeerIdentity identity = HandIdentity.Peer();
        HandConnection client = await harness.AcceptedClientAsync((ProtocolGeneration)generation);
        HandStream announced = await client.AnnounceAsync("web", Role.Destination, identity, "192.0.2.1:1");
        await announced.PeersAsync();
        Assert.That(LastPort(await watched.PeersAsync()), Is.EqualTo(1), "the first news at once");
        await announced.SendAsync(Requests.Announce("web", Role.Destination, identity.ToPeer("192.0.2.1:2")));
        Assert.That(LastPort(await watched.PeersAsync()), Is.EqualTo(2), "the last of the burst: the first list counts too");

        Task<IReadOnlyList<RemotePeer>> next = watched.PeersAsync();
        for (int port = 3; port <= 50; port++)
        {
            await announced.SendAsync(Requests.Announce("web", Role.Destination, identity.ToPeer($"192.0.2.1:{port}")));
        }

        await UntilAnnouncedAsync(harness, client, announced, identity, 51);
        Assert.That(next.IsCompleted, Is.False, "nothing more before its time");
        await ControlHarness.UntilAsync(() =>
        {
            harness.Clock.Advance(s_interval / 10);
            return next.IsCompleted;
        });
        Assert.That(LastPort(await next), Is.EqualTo(51), "one list for all of it, and the newest");

        // Other streams of the connection have a pace of their own, and a quiet time makes this one quick again.
        HandStream other = await watcher.AnnounceAsync("other", Role.Source, HandIdentity.Peer());
        Assert.That(await other.PeersAsync(), Is.Empty);
        harness.Clock.Advance(10 * s_interval);
        await announced.SendAsync(Requests.Announce("web", Role.Destination, identity.ToPeer("192.0.2.1:60")));
        Assert.That(LastPort(await watched.PeersAsync()), Is.EqualTo(60));
    }

    [Test]
    public async Task A_list_without_a_replaced_peer_and_the_one_with_it_are_told_together()
    {
        await using ControlHarness harness = await StartAsync();
        HandStream watched = await (await harness.AcceptedClientAsync()).AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        Assert.That(await watched.PeersAsync(), Is.Empty);
        HandStream announced = await (await harness.AcceptedClientAsync()).AnnounceAsync("web", Role.Destination, HandIdentity.Peer());
        Assert.That(await watched.PeersAsync(), Has.Count.EqualTo(1));
        PeerIdentity replaced = HandIdentity.Peer();
        await announced.SendAsync(Requests.Announce("web", Role.Destination, replaced.ToPeer()));
        Assert.That(await watched.PeersAsync(), Is.Empty);
        Assert.That((await watched.PeersAsync()).Single().Peer, Is.EqualTo(replaced.ToPeer()), "with no time between them, though the burst is used up");
    }

    [Test]
    public async Task The_end_of_a_stream_does_not_wait_for_its_turn()
    {
        await using ControlHarness harness = await StartAsync();
        PeerIdentity identity = HandIdentity.Peer();
        HandConnection client = await harness.AcceptedClientAsync();
        HandStream announced = await client.AnnounceAsync("web", Role.Destination, identity);
        await announced.PeersAsync();
        HandStream watched = await (await harness.AcceptedClientAsync()).AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        for (int port = 1; port < 10; port++)
        {
            await announced.SendAsync(Requests.Announce("web", Role.Destination, identity.ToPeer($"192.0.2.1:{port}")));
        }

        await UntilAnnouncedAsync(harness, client, announced, identity, 10);
        watched.Complete();
        await watched.ReceiveToEndAsync();
    }

    /// <summary>The burst is three lists: with the first one, which is empty, two are left for news.</summary>
    private static Task<ControlHarness> StartAsync() =>
        ControlHarness.StartAsync(options => (options.Limits.PushBurst, options.Limits.PushInterval) = (3, s_interval));

    /// <summary>Announces a last time, and waits until the server has read it.</summary>
    private static async Task UntilAnnouncedAsync(ControlHarness harness, HandConnection client, HandStream announced, PeerIdentity identity, int port)
    {
        await announced.SendAsync(Requests.Announce("web", Role.Destination, identity.ToPeer($"192.0.2.1:{port}", "192.0.2.1:1")));
        await ControlHarness.UntilAsync(() => harness.Server.GetStatus().Clients.Any(each => each.Endpoints.Any(endpoint => endpoint.DirectAddresses == 2)));
        await (await client.AnnounceAsync($"after {port}", Role.Source, HandIdentity.Peer())).PeersAsync();
    }

    private static uint LastPort(IReadOnlyList<RemotePeer> peers) => peers.Single().Peer.Directs[0].Port;
}
