using System.Net;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;
using Google.Protobuf;

namespace Connet.Control.Tests;

/// <summary>Announce streams, by hand (protocol.md section 4).</summary>
public sealed class AnnounceTests
{
    [TestCase(1)]
    [TestCase(2)]
    public async Task An_announcement_is_answered_at_once_with_a_list_that_is_present_though_empty(int generation)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection client = await harness.AcceptedClientAsync((ProtocolGeneration)generation);
        HandStream stream = await client.AnnounceAsync("web", Role.Destination, HandIdentity.Peer());

        byte[] frame = await stream.ReceiveBytesAsync(HandFraming.HeaderLength((ProtocolGeneration)generation) + 2);
        Assert.That(frame[..^2], Is.EqualTo(HandFraming.Length(2, (ProtocolGeneration)generation)));
        Assert.That(frame[^2..], Is.EqualTo(new byte[] { 0x12, 0x00 }), "Response.announce, empty");
    }

    [TestCase(1, 2)]
    [TestCase(2, 1)]
    [TestCase(2, 2)]
    [TestCase(1, 1)]
    public async Task Peers_of_the_opposite_role_learn_of_each_other(int sourceGeneration, int destinationGeneration)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection destination = await harness.AcceptedClientAsync((ProtocolGeneration)destinationGeneration, "the destination");
        HandConnection source = await harness.AcceptedClientAsync((ProtocolGeneration)sourceGeneration, "the source");
        PeerIdentity destinationIdentity = HandIdentity.Peer();
        PeerIdentity sourceIdentity = HandIdentity.Peer();

        HandStream toDestination = await destination.AnnounceAsync("web", Role.Destination, destinationIdentity, "192.0.2.1:19192", "[2001:db8::1]:19192");
        Assert.That(await toDestination.PeersAsync(), Is.Empty);
        HandStream toSource = await source.AnnounceAsync("web", Role.Source, sourceIdentity);

        RemotePeer seen = (await toSource.PeersAsync()).Single();
        Assert.That(seen.Metadata, Is.EqualTo("the destination"));
        Assert.That(seen.Id, Has.Length.EqualTo(52));
        Assert.That(seen.Peer, Is.EqualTo(destinationIdentity.ToPeer("192.0.2.1:19192", "[2001:db8::1]:19192")));
        RemotePeer other = (await toDestination.PeersAsync()).Single();
        Assert.That(other.Metadata, Is.EqualTo("the source"));
        Assert.That(other.Peer, Is.EqualTo(sourceIdentity.ToPeer()));
        Assert.That(other.Id, Is.Not.EqualTo(seen.Id));
    }

    [Test]
    public async Task Peers_of_the_same_role_and_of_other_names_are_not_listed()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection client = await harness.AcceptedClientAsync();
        await (await client.AnnounceAsync("web", Role.Destination, HandIdentity.Peer())).PeersAsync();
        await (await client.AnnounceAsync("other", Role.Destination, HandIdentity.Peer())).PeersAsync();
        HandStream second = await (await harness.AcceptedClientAsync()).AnnounceAsync("web", Role.Destination, HandIdentity.Peer());
        Assert.That(await second.PeersAsync(), Is.Empty);
        HandStream upper = await client.AnnounceAsync("WEB", Role.Source, HandIdentity.Peer());
        Assert.That(await upper.PeersAsync(), Is.Empty);
    }

    [Test]
    public async Task A_client_with_both_ends_of_an_endpoint_sees_itself()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection client = await harness.AcceptedClientAsync();
        PeerIdentity destination = HandIdentity.Peer();
        HandStream toDestination = await client.AnnounceAsync("loop", Role.Destination, destination);
        Assert.That(await toDestination.PeersAsync(), Is.Empty);
        HandStream toSource = await client.AnnounceAsync("loop", Role.Source, HandIdentity.Peer());
        RemotePeer destinationSeen = (await toSource.PeersAsync()).Single();
        RemotePeer sourceSeen = (await toDestination.PeersAsync()).Single();
        Assert.That(destinationSeen.Id, Is.EqualTo(sourceSeen.Id));
        Assert.That(destinationSeen.Peer, Is.EqualTo(destination.ToPeer()));
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_later_request_updates_the_peer_and_nothing_else(int generation)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection destination = await harness.AcceptedClientAsync((ProtocolGeneration)generation);
        PeerIdentity identity = HandIdentity.Peer();
        HandStream announced = await destination.AnnounceAsync("web", Role.Destination, identity);
        Assert.That(await announced.PeersAsync(), Is.Empty);
        HandStream watched = await (await harness.AcceptedClientAsync((ProtocolGeneration)generation)).AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        Assert.That((await watched.PeersAsync()).Single().Peer.RelayIds, Is.Empty);

        // Endpoint and role of later requests do not count.
        Peer update = identity.ToPeer("192.0.2.7:1");
        update.RelayIds.Add("a relay");
        await announced.SendAsync(Requests.Announce("elsewhere", Role.Source, update));
        Assert.That((await watched.PeersAsync()).Single().Peer, Is.EqualTo(update));

        // And one without them is as good.
        update.Directs.Clear();
        await announced.SendAsync(new Request { Announce = new Request.Types.Announce { Peer = update } });
        Assert.That((await watched.PeersAsync()).Single().Peer, Is.EqualTo(update));
    }

    [Test]
    public async Task The_same_announcement_again_is_no_change()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection destination = await harness.AcceptedClientAsync();
        PeerIdentity identity = HandIdentity.Peer();
        HandStream announced = await destination.AnnounceAsync("web", Role.Destination, identity);
        HandStream watched = await destination.AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        Assert.That(await watched.PeersAsync(), Has.Count.EqualTo(1));
        await announced.SendAsync(Requests.Announce("web", Role.Destination, identity.ToPeer()));
        await announced.SendAsync(Requests.Announce("web", Role.Destination, identity.ToPeer("192.0.2.1:2")));
        Assert.That((await watched.PeersAsync()).Single().Peer.Directs, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Fields_that_the_server_does_not_know_are_passed_on()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection client = await harness.AcceptedClientAsync();
        Peer known = HandIdentity.Peer().ToPeer();
        known.RelayEncryptions.Add(RelayEncryption.Dhxcp);
        known.RelayEncryptions.Add(RelayEncryption.None);

        // Field 1234, a string: from a version after this one.
        byte[] future = [.. known.ToByteArray(), 0x92, 0x4d, 0x03, (byte)'n', (byte)'e', (byte)'w'];
        HandStream announced = await client.RequestAsync(Requests.Announce("web", Role.Destination, Peer.Parser.ParseFrom(future)));
        await announced.PeersAsync();
        HandStream watched = await client.AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        Peer seen = (await watched.PeersAsync()).Single().Peer;
        Assert.That(seen.RelayEncryptions, Is.EqualTo(new[] { RelayEncryption.Dhxcp, RelayEncryption.None }));
        Assert.That(seen.ToByteArray(), Is.EqualTo(Peer.Parser.ParseFrom(future).ToByteArray()));
        Assert.That(seen.ToByteArray(), Has.Length.EqualTo(future.Length));
    }

    [Test]
    public async Task Mapped_addresses_become_ipv4_ones()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection client = await harness.AcceptedClientAsync();
        Peer peer = HandIdentity.Peer().ToPeer();
        peer.Directs.Add(new AddrPort { Addr = new Addr { V6 = ByteString.CopyFrom(IPAddress.Parse("::ffff:192.0.2.9").GetAddressBytes()) }, Port = 7 });
        await (await client.RequestAsync(Requests.Announce("web", Role.Destination, peer))).PeersAsync();
        HandStream watched = await client.AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        AddrPort seen = (await watched.PeersAsync()).Single().Peer.Directs.Single();
        Assert.That(seen.Addr.V4.ToByteArray(), Is.EqualTo(new byte[] { 192, 0, 2, 9 }));
        Assert.That(seen.Addr.V6, Is.Empty);
        Assert.That(seen.Port, Is.EqualTo(7));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_stream_that_its_client_ends_takes_the_endpoint_away_at_once(bool inOrder)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection client = await harness.AcceptedClientAsync();
        HandStream announced = await client.AnnounceAsync("web", Role.Destination, HandIdentity.Peer());
        await announced.PeersAsync();
        HandStream watched = await (await harness.AcceptedClientAsync()).AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        Assert.That(await watched.PeersAsync(), Has.Count.EqualTo(1));
        Assert.That(await announced.PeersAsync(), Has.Count.EqualTo(1));
        if (inOrder)
        {
            announced.Complete();
            Assert.That(await announced.ReceiveToEndAsync(), Is.Empty, "the server ends its side too");
        }
        else
        {
            announced.Reset(0);
        }

        Assert.That(await watched.PeersAsync(), Is.Empty);
        Assert.That(client.Connection.IsClosed, Is.False);
    }

    [Test]
    public async Task A_stream_that_its_client_no_longer_reads_takes_the_endpoint_away_at_the_next_change()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection client = await harness.AcceptedClientAsync();
        HandStream announced = await client.AnnounceAsync("web", Role.Destination, HandIdentity.Peer());
        await announced.PeersAsync();
        announced.Reset(0, Quic.QuicAbortDirection.Read);
        HandStream watched = await (await harness.AcceptedClientAsync()).AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        while ((await watched.PeersAsync()).Count > 0)
        {
        }

        Assert.That(harness.Server.GetStatus().ExpiringEndpoints, Is.Zero);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_changed_certificate_comes_after_a_list_without_the_peer(int generation)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection client = await harness.AcceptedClientAsync((ProtocolGeneration)generation);
        HandConnection other = await harness.AcceptedClientAsync((ProtocolGeneration)generation, "other");
        PeerIdentity identity = HandIdentity.Peer();
        PeerIdentity changed = HandIdentity.Peer();
        HandStream announced = await client.AnnounceAsync("web", Role.Destination, identity);
        await announced.PeersAsync();
        await (await other.AnnounceAsync("web", Role.Destination, HandIdentity.Peer())).PeersAsync();
        HandStream watched = await (await harness.AcceptedClientAsync((ProtocolGeneration)generation)).AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        IReadOnlyList<RemotePeer> before = await watched.PeersAsync();
        Assert.That(before, Has.Count.EqualTo(2));

        // The client certificate alone is a change too.
        foreach (Peer next in new[] { changed.ToPeer(), (changed with { Client = HandIdentity.Peer().Client }).ToPeer() })
        {
            await announced.SendAsync(Requests.Announce("web", Role.Destination, next));
            Assert.That((await watched.PeersAsync()).Select(peer => peer.Metadata), Is.EqualTo(new[] { "other" }));
            IReadOnlyList<RemotePeer> after = await watched.PeersAsync();
            Assert.That(after.Select(peer => peer.Id), Is.EquivalentTo(before.Select(peer => peer.Id)));
            Assert.That(after.Single(peer => peer.Metadata != "other").Peer, Is.EqualTo(next));
        }
    }
}
