using System.Net;
using Connet.Client.Peers;
using Connet.Client.Relays;
using Connet.HandPeer;
using Connet.Protocol.Addressing;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Google.Protobuf;

namespace Connet.Client.Tests.Peers;

/// <summary>The control server's lists are read with suspicion.</summary>
public sealed class ListReaderTests
{
    [Test]
    public void Peer_is_read_with_normalised_addresses()
    {
        RemotePeer listed = new HandPeerEntry("peer", "relay", "relay", string.Empty) { Encryptions = [RelayEncryption.Dhxcp] }.Listed;
        listed.Peer.Directs.Add(new AddrPort { Addr = new Addr { V6 = ByteString.CopyFrom(IPAddress.Parse("::ffff:10.1.2.3").GetAddressBytes()) }, Port = 7 });
        listed.Peer.Directs.Add(AddressMessages.ToAddrPort(IPEndPoint.Parse("10.1.2.3:7")));
        listed.Peer.Directs.Add(new AddrPort { Addr = new Addr { V4 = ByteString.CopyFrom(1, 2, 3) }, Port = 7 });
        listed.Peer.Directs.Add(new AddrPort { Port = 7 });
        listed.Peer.Directs.Add(new AddrPort { Addr = new Addr { V4 = ByteString.CopyFrom(1, 2, 3, 4) }, Port = 70000 });
        PeerEntry entry = PeerListReader.Read([listed], out IReadOnlyList<string> rejected).Single();
        Assert.That(rejected, Is.Empty);
        Assert.That(entry.Directs, Is.EqualTo(new[] { IPEndPoint.Parse("10.1.2.3:7") }));
        Assert.That(entry.RelayIds, Is.EquivalentTo(new[] { "relay" }));
        Assert.That(entry.RelayEncryptions, Is.EqualTo(new[] { RelayEncryption.Dhxcp }));
    }

    [Test]
    public void Entries_that_cannot_be_used_are_left_out()
    {
        RemotePeer good = new HandPeerEntry("good").Listed;
        RemotePeer nameless = new HandPeerEntry(string.Empty).Listed;
        RemotePeer empty = new() { Id = "empty" };
        RemotePeer noServer = new HandPeerEntry("no server").Listed;
        noServer.Peer.ServerCertificate = ByteString.CopyFromUtf8("no certificate");
        RemotePeer clientAsServer = new HandPeerEntry("no name").Listed;
        clientAsServer.Peer.ServerCertificate = clientAsServer.Peer.ClientCertificate;
        RemotePeer noClient = new HandPeerEntry("no client").Listed;
        noClient.Peer.ClientCertificate = ByteString.Empty;
        RemotePeer twice = new HandPeerEntry("good").Listed;
        RemotePeer sameCertificates = good.Clone();
        sameCertificates.Id = "copy";

        IReadOnlyList<PeerEntry> entries = PeerListReader.Read(
            [good, nameless, empty, noServer, clientAsServer, noClient, twice, sameCertificates], out IReadOnlyList<string> rejected);
        Assert.That(entries.Select(entry => entry.Id), Is.EqualTo(new[] { "good" }));
        Assert.That(rejected, Has.Count.EqualTo(7));
    }

    [Test]
    public void Relay_is_read_without_the_addresses_that_nobody_has()
    {
        Relay listed = new()
        {
            Id = "relay",
            ServerCertificate = ByteString.CopyFrom(HandIdentity.Relay().Certificate.Span),
            Authentication = ByteString.CopyFromUtf8("proof"),
        };
        listed.Addresses.Add(AddressMessages.ToHostPort("224.0.0.1", 1));
        listed.Addresses.Add(AddressMessages.ToHostPort("0.0.0.0", 1));
        listed.Addresses.Add(AddressMessages.ToHostPort("not a host", 1));
        listed.Addresses.Add(AddressMessages.ToHostPort("relay.example", 19191));
        listed.Addresses.Add(AddressMessages.ToHostPort("[2001:db8::1]", 19191));
        RelayEntry entry = RelayListReader.Read([listed], out IReadOnlyList<string> rejected).Single();
        Assert.That(rejected, Is.Empty);
        Assert.That(entry.Addresses, Is.EqualTo(new EndPoint[] { new DnsEndPoint("relay.example", 19191), IPEndPoint.Parse("[2001:db8::1]:19191") }));
    }

    [Test]
    public void Relays_that_cannot_be_used_are_left_out()
    {
        Relay noAddress = new() { Id = "no address", ServerCertificate = ByteString.CopyFrom(HandIdentity.Relay().Certificate.Span) };
        Relay noCertificate = new() { Id = "no certificate" };
        noCertificate.Addresses.Add(AddressMessages.ToHostPort("relay.example", 1));
        Assert.That(RelayListReader.Read([noAddress, noCertificate, new Relay()], out IReadOnlyList<string> rejected), Is.Empty);
        Assert.That(rejected, Has.Count.EqualTo(3));
    }
}
