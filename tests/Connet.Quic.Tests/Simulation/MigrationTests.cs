using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Tests.Simulation;

/// <summary>RFC 9000, section 9: a client whose address changes under it.</summary>
public sealed class MigrationTests
{
    private static readonly NetworkAddress _newPort = NetworkAddress.FromIPv4(0x0a000001, 4001);
    private static readonly NetworkAddress _newPlace = NetworkAddress.FromIPv4(0x0a000077, 4000);

    [Test]
    public void A_transfer_goes_on_when_a_nat_changes_the_address([Values] bool onlyPort, [Values(0, 0.05)] double loss)
    {
        LinkConditions link = new() { Loss = loss };
        QuicPair pair = new(new PairOptions { ClientToServer = link, ServerToClient = link });
        pair.Connect();
        BulkSender sender = new(pair, 5_000_000);
        sender.RunFor(TimeSpan.FromMilliseconds(150));
        Assert.That(sender.IsDone, Is.False);
        long window = pair.ServerConnection.Statistics.CongestionWindow;
        TimeSpan rtt = pair.ServerConnection.SmoothedRtt;
        pair.Client.Address = onlyPort ? _newPort : _newPlace;
        sender.RunFor(TimeSpan.FromMilliseconds(15));
        Assert.That(pair.ServerConnection.Remote, Is.EqualTo(pair.Client.Address));
        if (onlyPort)
        {
            Assert.That(pair.ServerConnection.SmoothedRtt, Is.EqualTo(rtt).Within(TimeSpan.FromMilliseconds(10)));
            Assert.That(pair.ServerConnection.Statistics.CongestionWindow, Is.GreaterThanOrEqualTo(window / 2));
        }

        sender.Run(TimeSpan.FromMinutes(2));
        Assert.That(pair.ServerConnection.Remote, Is.EqualTo(pair.Client.Address));
    }

    [Test]
    public void The_address_may_change_every_few_seconds()
    {
        QuicPair pair = new(new PairOptions { ClientToServer = new LinkConditions { Bandwidth = 250_000 } });
        pair.Connect();
        BulkSender sender = new(pair, 8_000_000);
        sender.RunFor(TimeSpan.FromSeconds(1));
        for (int i = 0; i < 5; i++)
        {
            pair.Client.Address = NetworkAddress.FromIPv4(0x0a000100 + (uint)i, (ushort)(5000 + i));
            sender.RunFor(TimeSpan.FromSeconds(5));
        }

        sender.Run(TimeSpan.FromMinutes(2));
    }

    [Test]
    public void The_previous_path_is_used_again_when_the_new_address_does_not_answer()
    {
        QuicPair pair = new(new PairOptions());
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(1));
        NetworkAddress old = pair.Client.Address;

        // Somebody sends a packet of the client's from elsewhere; what goes there is never answered.
        pair.Client.Address = _newPlace;
        pair.ClientReceivesAt = to => to == old;
        pair.ClientConnection.Ping();
        pair.Pump();
        pair.RunFor(pair.ToServer.Conditions.Latency);
        Assert.That(pair.ServerConnection.Remote, Is.EqualTo(_newPlace));
        pair.ToServer.Filter = static _ => false;
        pair.RunFor(TimeSpan.FromSeconds(8));
        Assert.That(pair.ServerConnection.Remote, Is.EqualTo(old));

        pair.Client.Address = old;
        pair.ToServer.Filter = null;
        BulkSender sender = new(pair, 500_000);
        sender.Run(TimeSpan.FromSeconds(30));
    }

    [Test]
    public void A_packet_from_the_old_address_brings_the_path_back_at_once()
    {
        QuicPair pair = new(new PairOptions());
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(1));
        NetworkAddress old = pair.Client.Address;
        pair.Client.Address = _newPlace;
        pair.ClientReceivesAt = to => to == old;
        pair.ClientConnection.Ping();
        pair.Pump();
        pair.RunFor(pair.ToServer.Conditions.Latency);
        Assert.That(pair.ServerConnection.Remote, Is.EqualTo(_newPlace));
        pair.Client.Address = old;
        pair.ClientConnection.Ping();
        pair.Pump();
        pair.RunFor(pair.ToServer.Conditions.Latency);
        Assert.That(pair.ServerConnection.Remote, Is.EqualTo(old));
    }

    [Test]
    public void A_datagram_that_challenges_a_path_is_full_size_as_far_as_the_limit_allows()
    {
        QuicPair pair = new(new PairOptions());
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(1));
        List<int> sizes = [];
        pair.ToClient.Filter = datagram =>
        {
            sizes.Add(datagram.Length);
            return true;
        };
        pair.Client.Address = _newPlace;
        Assert.That(pair.ClientConnection.Streams.TryOpen(unidirectional: true, out StreamId id), Is.True);
        pair.ClientConnection.Streams.Write(id, new byte[1000], 100_000, out _);
        pair.Pump();
        pair.RunFor(TimeSpan.FromSeconds(1));
        Assert.That(sizes[0], Is.EqualTo(1200));
        Assert.That(pair.ServerConnection.Remote, Is.EqualTo(_newPlace));
        Assert.That(pair.Server.Events[pair.ServerConnection].Any(static e => e.Kind == Core.ConnectionEventKind.PathChanged), Is.True);
    }
}
