using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;
using Connet.Quic;

namespace Connet.Control.Tests;

/// <summary>Connections that die, and several connections of one client (protocol.md section 4).</summary>
public sealed class ExpiryTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    [TestCase(1, 0)]
    [TestCase(2, 0)]
    [TestCase(1, 302)]
    [TestCase(2, 302)]
    public async Task The_announcements_of_a_dead_connection_stay_for_the_expiry_time(int generation, int closeCode)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandStream watched = await WatchAsync(harness);
        HandConnection client = await harness.AcceptedClientAsync((ProtocolGeneration)generation);
        await (await client.AnnounceAsync("web", Role.Destination, HandIdentity.Peer())).PeersAsync();
        Assert.That(await watched.PeersAsync(), Has.Count.EqualTo(1));
        await client.Connection.CloseAsync(closeCode, "");
        await ControlHarness.UntilAsync(() => harness.Server.GetStatus().ExpiringEndpoints == 1);
        harness.Clock.Advance(TimeSpan.FromSeconds(30) - s_second);
        await WatchAsync(harness, expected: 1);
        harness.Clock.Advance(s_second);
        Assert.That(await watched.PeersAsync(), Is.Empty);
        Assert.That(harness.Server.GetStatus().ExpiringEndpoints, Is.Zero);
    }

    [Test]
    public async Task The_expiry_time_can_be_set_and_switched_off()
    {
        foreach (TimeSpan expiry in new[] { TimeSpan.Zero, TimeSpan.FromMinutes(5) })
        {
            await using ControlHarness harness = await ControlHarness.StartAsync(options => options.EndpointExpiry = expiry);
            HandStream watched = await WatchAsync(harness);
            HandConnection client = await harness.AcceptedClientAsync();
            await (await client.AnnounceAsync("web", Role.Destination, HandIdentity.Peer())).PeersAsync();
            Assert.That(await watched.PeersAsync(), Has.Count.EqualTo(1));
            await client.Connection.CloseAsync(0, "");
            if (expiry > TimeSpan.Zero)
            {
                await ControlHarness.UntilAsync(() => harness.Server.GetStatus().ExpiringEndpoints == 1);
                harness.Clock.Advance(expiry);
            }

            Assert.That(await watched.PeersAsync(), Is.Empty);
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_client_that_comes_back_in_time_is_not_missed(int generation)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandStream watched = await WatchAsync(harness);
        (HandConnection client, AuthenticateResp response) = await harness.ClientAsync((ProtocolGeneration)generation);
        PeerIdentity identity = HandIdentity.Peer();
        await (await client.AnnounceAsync("web", Role.Destination, identity)).PeersAsync();
        RemotePeer before = (await watched.PeersAsync()).Single();
        await client.Connection.CloseAsync(0, "");
        await ControlHarness.UntilAsync(() => harness.Server.GetStatus().ExpiringEndpoints == 1);
        harness.Clock.Advance(20 * s_second);

        (HandConnection again, _) = await harness.ClientAsync((ProtocolGeneration)generation, reconnect: response.ReconnectToken);
        HandStream announced = await again.AnnounceAsync("web", Role.Destination, identity);
        Assert.That(await announced.PeersAsync(), Has.Count.EqualTo(1));
        Assert.That(harness.Server.GetStatus().ExpiringEndpoints, Is.Zero);
        harness.Clock.Advance(60 * s_second);

        // The peer was told nothing meanwhile: the next list is the one with the new address.
        await announced.SendAsync(Requests.Announce("web", Role.Destination, identity.ToPeer("192.0.2.1:1")));
        RemotePeer after = (await watched.PeersAsync()).Single();
        Assert.That(after.Id, Is.EqualTo(before.Id));
        Assert.That(after.Peer.Directs, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Another_client_does_not_replace_what_a_dead_one_left()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection client = await harness.AcceptedClientAsync(metadata: "dead");
        await (await client.AnnounceAsync("web", Role.Destination, HandIdentity.Peer())).PeersAsync();
        await client.Connection.CloseAsync(0, "");
        await ControlHarness.UntilAsync(() => harness.Server.GetStatus().ExpiringEndpoints == 1);
        await (await (await harness.AcceptedClientAsync(metadata: "new")).AnnounceAsync("web", Role.Destination, HandIdentity.Peer())).PeersAsync();
        HandStream watched = await (await harness.AcceptedClientAsync()).AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        Assert.That((await watched.PeersAsync()).Select(peer => peer.Metadata), Is.EquivalentTo(new[] { "dead", "new" }));
    }

    [TestCase(1, 2)]
    [TestCase(2, 2)]
    public async Task Of_overlapping_connections_of_one_id_the_newest_counts(int firstGeneration, int secondGeneration)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandStream watched = await WatchAsync(harness);
        (HandConnection first, AuthenticateResp response) = await harness.ClientAsync((ProtocolGeneration)firstGeneration);
        PeerIdentity identity = HandIdentity.Peer();
        HandStream firstStream = await first.AnnounceAsync("web", Role.Destination, identity, "192.0.2.1:1");
        RemotePeer seen = (await watched.PeersAsync()).Single();
        (HandConnection second, _) = await harness.ClientAsync((ProtocolGeneration)secondGeneration, reconnect: response.ReconnectToken);
        HandStream secondStream = await second.AnnounceAsync("web", Role.Destination, identity, "192.0.2.2:2");
        RemotePeer newest = (await watched.PeersAsync()).Single();
        Assert.That(newest.Id, Is.EqualTo(seen.Id));
        Assert.That(newest.Peer.Directs.Single().Port, Is.EqualTo(2));

        // An update of the older one, and its end, are nobody's business.
        await firstStream.SendAsync(Requests.Announce("web", Role.Destination, identity.ToPeer("192.0.2.1:11")));
        await first.Connection.CloseAsync(0, "");
        await ControlHarness.UntilAsync(() => harness.Server.GetStatus().Clients.Count == 2);
        Assert.That(harness.Server.GetStatus().ExpiringEndpoints, Is.Zero, "the client has not gone");
        await secondStream.SendAsync(Requests.Announce("web", Role.Destination, identity.ToPeer("192.0.2.2:22")));
        Assert.That((await watched.PeersAsync()).Single().Peer.Directs.Single().Port, Is.EqualTo(22));
        secondStream.Complete();
        Assert.That(await watched.PeersAsync(), Is.Empty);
    }

    [Test]
    public async Task When_the_newest_connection_goes_the_older_one_counts_again()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandStream watched = await WatchAsync(harness);
        (HandConnection first, AuthenticateResp response) = await harness.ClientAsync();
        PeerIdentity identity = HandIdentity.Peer();
        await (await first.AnnounceAsync("web", Role.Destination, identity, "192.0.2.1:1")).PeersAsync();
        Assert.That(await watched.PeersAsync(), Has.Count.EqualTo(1));
        (HandConnection second, _) = await harness.ClientAsync(reconnect: response.ReconnectToken);
        await (await second.AnnounceAsync("web", Role.Destination, identity, "192.0.2.2:2")).PeersAsync();
        Assert.That((await watched.PeersAsync()).Single().Peer.Directs.Single().Port, Is.EqualTo(2));
        await second.Connection.CloseAsync(0, "");
        Assert.That((await watched.PeersAsync()).Single().Peer.Directs.Single().Port, Is.EqualTo(1));
    }

    [Test]
    public async Task A_reconnect_with_another_certificate_comes_after_a_list_without_the_client()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandStream watched = await WatchAsync(harness);
        (HandConnection first, AuthenticateResp response) = await harness.ClientAsync();
        await (await first.AnnounceAsync("web", Role.Destination, HandIdentity.Peer())).PeersAsync();
        RemotePeer before = (await watched.PeersAsync()).Single();
        await first.Connection.CloseAsync(0, "");
        (HandConnection second, _) = await harness.ClientAsync(reconnect: response.ReconnectToken);
        await (await second.AnnounceAsync("web", Role.Destination, HandIdentity.Peer())).PeersAsync();
        Assert.That(await watched.PeersAsync(), Is.Empty);
        RemotePeer after = (await watched.PeersAsync()).Single();
        Assert.That(after.Id, Is.EqualTo(before.Id));
        Assert.That(after.Peer.ServerCertificate, Is.Not.EqualTo(before.Peer.ServerCertificate));
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_stopping_server_closes_with_code_0(int generation)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection client = await harness.AcceptedClientAsync((ProtocolGeneration)generation);
        await (await client.AnnounceAsync("web", Role.Destination, HandIdentity.Peer())).PeersAsync();
        HandConnection waiting = await harness.DialAsync(ConnectionKind.ControlClients, (ProtocolGeneration)generation);
        await ControlHarness.UntilAsync(() => harness.Server.ClientIngresses[0].Pending == 1);
        (HandConnection relay, _) = await harness.RelayAsync(ControlHarness.RelayRequest(Protocol.Keys.X25519KeyPair.Generate(), HandIdentity.Relay()), (ProtocolGeneration)generation);
        Assert.That(harness.Server.Completion.IsCompleted, Is.False);
        await harness.Server.StopAsync();
        foreach (HandConnection connection in new[] { client, waiting, relay })
        {
            QuicException closed = await connection.ClosedAsync();
            Assert.That(closed.QuicError, Is.EqualTo(QuicError.ConnectionAborted));
            Assert.That(closed.ApplicationErrorCode, Is.Zero);
        }

        await harness.Server.Completion.WaitAsync(HandConnection.Patience);
        await harness.Server.StopAsync();
        Assert.That(harness.Server.GetStatus().Clients, Is.Empty);
        Assert.That(harness.Server.GetStatus().Relays, Is.Empty);
    }

    /// <summary>A source that watches the destinations of "web".</summary>
    private static async Task<HandStream> WatchAsync(ControlHarness harness, int expected = 0)
    {
        HandConnection watcher = await harness.AcceptedClientAsync();
        HandStream watched = await watcher.AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        Assert.That(await watched.PeersAsync(), Has.Count.EqualTo(expected));
        return watched;
    }
}
