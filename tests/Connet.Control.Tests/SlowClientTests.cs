using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;
using Connet.Quic;

namespace Connet.Control.Tests;

/// <summary>Clients that do not read, and clients that vanish.</summary>
public sealed class SlowClientTests
{
    private const int Updates = 300;

    [TestCase(1)]
    [TestCase(2)]
    public async Task Who_does_not_read_holds_nobody_up_and_gets_the_newest_list(int generation)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync(EveryChangeAtOnce);
        HandConnection slow = await harness.AcceptedClientAsync((ProtocolGeneration)generation);
        HandStream stalled = await slow.AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        HandConnection quick = await harness.AcceptedClientAsync((ProtocolGeneration)generation);
        HandStream watched = await quick.AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        Assert.That(await watched.PeersAsync(), Is.Empty);

        // Each list is larger than 4 KiB: all of them would be many times what the stream's window takes.
        PeerIdentity identity = HandIdentity.Peer();
        HandStream announced = await (await harness.AcceptedClientAsync()).RequestAsync(Requests.Announce("web", Role.Destination, Peer(identity, 1)));
        await announced.PeersAsync();
        Assert.That(await watched.PeersAsync(), Has.Count.EqualTo(1));
        for (int i = 2; i <= Updates; i++)
        {
            await announced.SendAsync(Requests.Announce("web", Role.Destination, Peer(identity, i)));
            Assert.That(LastPort((await watched.PeersAsync()).Single()), Is.EqualTo(i));
        }

        // The other streams of the stalled client's connection are served too.
        HandStream other = await slow.AnnounceAsync("other", Role.Source, HandIdentity.Peer());
        Assert.That(await other.PeersAsync(), Is.Empty);

        int lists = 0;
        for (IReadOnlyList<RemotePeer> peers = []; peers.Count == 0 || LastPort(peers.Single()) != Updates; lists++)
        {
            peers = await stalled.PeersAsync();
        }

        Assert.That(lists, Is.LessThan(Updates / 4), "lists that nobody read are not queued");
    }

    [Test]
    public async Task A_stream_whose_client_takes_nothing_is_reset_after_a_while()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync(EveryChangeAtOnce);
        HandConnection slow = await harness.AcceptedClientAsync();
        PeerIdentity identity = HandIdentity.Peer();
        HandConnection destination = await harness.AcceptedClientAsync();
        HandStream announced = await destination.RequestAsync(Requests.Announce("web", Role.Destination, Peer(identity, 1)));
        await announced.PeersAsync();
        HandStream stalled = await slow.AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        await announced.PeersAsync();
        HandStream watched = await destination.AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        await watched.PeersAsync();
        await announced.PeersAsync();

        // Until its stream's window is full, and once more.
        int i = 2;
        for (bool isFull = false; !isFull; i++)
        {
            Assert.That(i, Is.LessThan(1000), "lists that nobody reads are sent without end");
            isFull = slow.Connection.GetStatistics().UnreadBytes >= 64 * 1024;
            await announced.SendAsync(Requests.Announce("web", Role.Destination, Peer(identity, i)));
            await watched.PeersAsync();
        }

        // Its end is noticed although its lists are not read; the rest of the stream is not waited for without end.
        stalled.Complete();
        Assert.That(await announced.PeersAsync(), Has.Count.EqualTo(1));
        Task<QuicException?> failure = stalled.Stream.ReadsClosed.ContinueWith(_ => stalled.ReceiveFailureAsync(), TaskScheduler.Default).Unwrap();
        await ControlHarness.UntilAsync(() =>
        {
            harness.Clock.Advance(TimeSpan.FromSeconds(11));
            return harness.Server.GetStatus().Clients.Count == 2 && stalled.Stream.ReadsClosed.IsCompleted;
        });
        Assert.That((await failure)?.QuicError, Is.EqualTo(QuicError.StreamAborted));
        HandStream other = await slow.AnnounceAsync("other", Role.Source, HandIdentity.Peer());
        Assert.That(await other.PeersAsync(), Is.Empty);
    }

    [Test]
    public async Task A_restarted_client_on_the_same_socket_address_soon_ends_its_predecessor()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        bool isDead = false;
        int port = FreePorts.Next();
        QuicEndpointOptions options = new()
        {
            LocalEndPoint = new(System.Net.IPAddress.Loopback, port),
            OutgoingFilter = _ => Volatile.Read(ref isDead) ? QuicDatagramFate.Drop : default,
        };
        HandConnection watcher = await harness.AcceptedClientAsync();
        HandStream watched = await watcher.AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        Assert.That(await watched.PeersAsync(), Is.Empty);
        await using (QuicEndpoint before = QuicEndpoint.Bind(options))
        {
            (HandConnection client, _) = await harness.ClientAsync(from: before);
            await (await client.AnnounceAsync("web", Role.Destination, HandIdentity.Peer())).PeersAsync();
            Assert.That(await watched.PeersAsync(), Has.Count.EqualTo(1));

            // Killed: nothing more leaves the socket, not even the closing packet.
            Volatile.Write(ref isDead, true);
        }

        await using QuicEndpoint after = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new(System.Net.IPAddress.Loopback, port) });
        (_, AuthenticateResp response) = await harness.ClientAsync(from: after);
        Assert.That(response.Error, Is.Null);
        Task<IReadOnlyList<RemotePeer>> next = watched.PeersAsync();
        await ControlHarness.UntilAsync(() =>
        {
            harness.Clock.Advance(TimeSpan.FromMilliseconds(500));
            return next.IsCompleted;
        });
        Assert.That(await next, Is.Empty);
        Assert.That(harness.Server.GetStatus().ExpiringEndpoints, Is.Zero);
    }

    [Test]
    public async Task A_second_client_on_the_same_socket_leaves_the_first_alone()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection first = await harness.AcceptedClientAsync();
        await (await first.AnnounceAsync("web", Role.Destination, HandIdentity.Peer())).PeersAsync();
        HandConnection second = await harness.AcceptedClientAsync();
        HandStream watched = await second.AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        Assert.That(await watched.PeersAsync(), Has.Count.EqualTo(1));

        // The first one's answer to the server's question has arrived when a later request of its was answered.
        await (await first.AnnounceAsync("other", Role.Destination, HandIdentity.Peer())).PeersAsync();
        harness.Clock.Advance(TimeSpan.FromSeconds(20));
        await (await first.AnnounceAsync("more", Role.Destination, HandIdentity.Peer())).PeersAsync();
        Assert.That(first.Connection.IsClosed, Is.False);
    }

    private static void EveryChangeAtOnce(ControlServerOptions options) => options.Limits.PushInterval = TimeSpan.Zero;

    private static Peer Peer(PeerIdentity identity, int number)
    {
        Peer peer = identity.ToPeer([.. Enumerable.Repeat("192.0.2.1:1", 200), $"192.0.2.1:{number}"]);
        peer.RelayIds.AddRange(Enumerable.Repeat(new string('r', 50), 40));
        return peer;
    }

    private static uint LastPort(RemotePeer peer) => peer.Peer.Directs[^1].Port;
}
