using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Tests.Simulation;

/// <summary>Datagrams in a connection (RFC 9221), on whole connections in virtual time.</summary>
public sealed class DatagramTests
{
    private static readonly ConnectionConfig _config = new() { MaxDatagramFrameSize = 65_535 };

    [Test]
    public void Datagrams_of_every_length_arrive_whole_and_in_order_both_ways()
    {
        QuicPair pair = Connect();
        int largest = pair.ClientConnection.MaxDatagramPayload;
        Assert.That(largest, Is.EqualTo(1452 - 29 - 3), "header, packet number and tag; type and length");
        DatagramTraffic up = new(pair.ClientConnection, pair.ServerConnection);
        DatagramTraffic down = new(pair.ServerConnection, pair.ClientConnection);
        for (int length = 4; length <= largest; length += length is > 70 and < 1300 ? 17 : 1)
        {
            Assert.That(up.Send(length), Is.EqualTo(DatagramSendResult.Queued));
            Assert.That(down.Send(length), Is.EqualTo(DatagramSendResult.Queued));
            pair.Pump();
            up.Read();
            down.Read();
        }

        pair.RunFor(TimeSpan.FromSeconds(1));
        up.AssertAccountedFor();
        down.AssertAccountedFor();
        Assert.That((up.Received, down.Received, up.InOrder, down.InOrder), Is.EqualTo((up.Queued, down.Queued, true, true)));
    }

    [Test]
    public void An_empty_datagram_arrives()
    {
        QuicPair pair = Connect();
        Assert.That(pair.ClientConnection.SendDatagram([]), Is.EqualTo(DatagramSendResult.Queued));
        pair.Pump();
        pair.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.That(pair.ServerConnection.ReadDatagram([], out int length), Is.EqualTo(DatagramReadResult.Ok));
        Assert.That(length, Is.Zero);
        Assert.That(pair.ServerConnection.ReadDatagram([], out _), Is.EqualTo(DatagramReadResult.Blocked));
    }

    [Test]
    public void Small_datagrams_share_packets()
    {
        QuicPair pair = Connect();
        DatagramTraffic up = new(pair.ClientConnection, pair.ServerConnection);
        long before = pair.ClientConnection.Statistics.PacketsSent;
        for (int i = 0; i < 140; i++)
        {
            up.Send(100);
        }

        pair.Pump();
        pair.RunFor(TimeSpan.FromSeconds(1));
        up.AssertAccountedFor();
        Assert.That(up.Received, Is.EqualTo(140));
        Assert.That(pair.ClientConnection.Statistics.PacketsSent - before, Is.LessThan(25));
    }

    [Test]
    public void Each_side_sends_only_if_the_other_takes_datagrams()
    {
        QuicPair pair = Connect(new ConnectionConfig());
        DatagramTraffic up = new(pair.ClientConnection, pair.ServerConnection);
        Assert.That(pair.ServerConnection.MaxDatagramPayload, Is.Positive);
        Assert.That(pair.ServerConnection.ReadDatagram(new byte[10], out _), Is.EqualTo(DatagramReadResult.NotOffered));
        Assert.That(pair.ClientConnection.MaxDatagramPayload, Is.Zero);
        Assert.That(up.Send(4), Is.EqualTo(DatagramSendResult.NotSupported));
        Assert.That(pair.ClientConnection.SendDatagram([]), Is.EqualTo(DatagramSendResult.NotSupported));
    }

    [Test]
    public void Nothing_is_sent_before_the_handshake_is_complete()
    {
        QuicPair pair = new(new PairOptions { Client = _config, Server = _config });
        Connection client = pair.BeginConnect();
        Assert.That(client.MaxDatagramPayload, Is.Zero);
        Assert.That(client.SendDatagram([1]), Is.EqualTo(DatagramSendResult.NotConnected));
    }

    // RFC 9221, section 3: type and length count.
    [Test]
    public void The_peers_limit_is_for_the_whole_frame([Values(2, 3, 65, 66, 67, 68, 1000)] int limit)
    {
        QuicPair pair = Connect(new ConnectionConfig { MaxDatagramFrameSize = limit });
        Connection client = pair.ClientConnection;
        int largest = client.MaxDatagramPayload;
        Assert.That(DatagramFrame.Size(largest), Is.LessThanOrEqualTo(limit).And.GreaterThanOrEqualTo(limit - 1));
        Assert.That(client.SendDatagram(new byte[largest + 1]), Is.EqualTo(DatagramSendResult.TooLarge));
        Assert.That(client.SendDatagram(new byte[largest]), Is.EqualTo(DatagramSendResult.Queued));
        pair.Pump();
        pair.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.That(pair.ServerConnection.ReadDatagram(new byte[limit], out int length), Is.EqualTo(DatagramReadResult.Ok));
        Assert.That(length, Is.EqualTo(largest));
        Assert.That(pair.ServerConnection.CloseReason, Is.Null);
    }

    [Test]
    public void Acknowledgements_and_control_frames_never_keep_the_largest_datagram_back()
    {
        QuicPair pair = Connect();
        DatagramTraffic up = new(pair.ClientConnection, pair.ServerConnection);
        DatagramTraffic down = new(pair.ServerConnection, pair.ClientConnection);
        BulkSender bulk = new(pair, long.MaxValue);
        bulk.RunFor(TimeSpan.FromMilliseconds(200));
        int rounds = TestMachine.Rounds(full: 500, quick: 20);
        for (int round = 0; round < rounds; round++)
        {
            up.Send(pair.ClientConnection.MaxDatagramPayload);
            down.Send(pair.ServerConnection.MaxDatagramPayload);
            pair.Pump();
            bulk.RunFor(TimeSpan.FromMilliseconds(2));
            up.Read();
            down.Read();
        }

        bulk.RunFor(TimeSpan.FromMilliseconds(200));
        up.Read();
        down.Read();
        Assert.That(up.Received, Is.EqualTo(up.Queued).And.GreaterThan(rounds - 10));
        Assert.That(down.Received, Is.EqualTo(down.Queued).And.GreaterThan(rounds - 10));
    }

    [Test]
    public void Datagrams_and_a_stream_that_both_never_end_share_the_path([Values(4, 200, 1000, 1420)] int length)
    {
        LinkConditions link = new() { Bandwidth = 500_000, Queue = 30_000 };
        QuicPair pair = Connect(_config, link);
        DatagramTraffic up = new(pair.ClientConnection, pair.ServerConnection);
        BulkSender bulk = new(pair, long.MaxValue);
        Timestamp end = pair.Now + TimeSpan.FromSeconds(10);
        long before = bulk.Received;
        while (pair.Now < end)
        {
            while (up.Send(length) == DatagramSendResult.Queued)
            {
            }

            Assert.That(bulk.Step(), Is.True, bulk.Describe);
            up.Read();
        }

        long streamed = bulk.Received - before;
        long frames = up.BytesReceived + (3 * up.Received);
        Assert.That(streamed + frames, Is.GreaterThan(3_500_000), "the path is used");
        Assert.That(frames, Is.GreaterThan((streamed + frames) / 3), bulk.Describe);
        Assert.That(streamed, Is.GreaterThan((streamed + frames) / 3), bulk.Describe);
    }

    [Test]
    public void A_single_datagram_does_not_wait_for_a_stream_that_never_ends()
    {
        QuicPair pair = Connect(_config, new LinkConditions { Bandwidth = 500_000, Queue = 10_000 });
        DatagramTraffic up = new(pair.ClientConnection, pair.ServerConnection);
        BulkSender bulk = new(pair, long.MaxValue);
        bulk.RunFor(TimeSpan.FromSeconds(2));
        for (int i = 0; i < 50; i++)
        {
            long sent = pair.ClientConnection.Statistics.DatagramFramesSent;
            long packets = pair.ClientConnection.Statistics.PacketsSent;
            up.Send(500);
            pair.Pump();
            while (pair.ClientConnection.Statistics.DatagramFramesSent == sent)
            {
                Assert.That(bulk.Step(), Is.True, bulk.Describe);
            }

            Assert.That(pair.ClientConnection.Statistics.PacketsSent - packets, Is.LessThanOrEqualTo(12), "a batch of packets at most goes before it");
            bulk.RunFor(TimeSpan.FromMilliseconds(37));
        }
    }

    [Test]
    public void Datagrams_are_congestion_controlled_paced_and_refused_when_too_many_wait()
    {
        ConnectionConfig client = _config with { MaxQueuedDatagramBytes = 100_000 };
        LinkConditions link = new() { Bandwidth = 250_000, Queue = 20_000, Latency = TimeSpan.FromMilliseconds(30) };
        QuicPair pair = Connect(_config, link, client);
        DatagramTraffic up = new(pair.ClientConnection, pair.ServerConnection);
        Timestamp end = pair.Now + TimeSpan.FromSeconds(10);
        int refused = 0;
        long window = 0;
        while (pair.Now < end)
        {
            DatagramSendResult result;
            while ((result = up.Send(1000)) == DatagramSendResult.Queued)
            {
            }

            Assert.That(result, Is.EqualTo(DatagramSendResult.QueueFull));
            refused++;
            pair.Pump();
            ConnectionStatistics now = pair.ClientConnection.Statistics;
            window = Math.Max(window, now.CongestionWindow);
            Assert.That(now.BytesInFlight, Is.LessThanOrEqualTo(window + (4 * 1452)));
            pair.Step();
            up.Read();
        }

        Assert.That(refused, Is.Positive);
        Assert.That(up.BytesReceived, Is.InRange(1_700_000, 2_500_000), "about what the path carries");
        pair.RunFor(TimeSpan.FromSeconds(20));
        up.AssertAccountedFor();
        Assert.That(pair.ClientConnection.Statistics.DatagramFramesSent, Is.EqualTo(up.Queued), "what waited is sent");
        Assert.That(pair.ClientConnection.Statistics.BytesInFlight, Is.Zero);
        Assert.That(pair.ClientConnection.Statistics.DatagramFramesLost, Is.Positive.And.LessThan(up.Queued / 4));
    }

    // RFC 9221, section 5.2.
    [Test]
    public void A_lost_datagram_is_noticed_and_not_sent_again()
    {
        QuicPair pair = Connect();
        DatagramTraffic up = new(pair.ClientConnection, pair.ServerConnection);
        pair.ToServer.Filter = static _ => false;
        up.Send(500);
        pair.Pump();
        pair.ToServer.Filter = null;
        pair.RunFor(TimeSpan.FromSeconds(5));
        up.AssertAccountedFor();
        Assert.That(up.Received, Is.Zero);
        Assert.That(pair.ClientConnection.Statistics.DatagramFramesSent, Is.EqualTo(1));
        Assert.That(pair.ClientConnection.Statistics.DatagramFramesLost, Is.EqualTo(1));
        Assert.That(pair.ClientConnection.Statistics.BytesInFlight, Is.Zero);
    }

    [Test]
    public void Datagrams_nobody_reads_are_dropped_the_newest_first_and_counted()
    {
        QuicPair pair = Connect(_config with { MaxQueuedDatagramBytes = 10_000 });
        DatagramTraffic up = new(pair.ClientConnection, pair.ServerConnection);
        for (int i = 0; i < 100; i++)
        {
            up.Send(1000);
            pair.Pump();
            pair.RunFor(TimeSpan.FromMilliseconds(5));
        }

        pair.RunFor(TimeSpan.FromSeconds(1));
        Assert.That(pair.ServerConnection.Statistics.DatagramFramesReceived, Is.EqualTo(100));
        Assert.That(pair.ServerConnection.Statistics.DatagramFramesDropped, Is.EqualTo(90));
        up.Read();
        Assert.That((up.Received, up.Last), Is.EqualTo((10, 9)));
        up.Send(1000);
        pair.Pump();
        pair.RunFor(TimeSpan.FromMilliseconds(100));
        up.AssertAccountedFor();
        Assert.That(up.Last, Is.EqualTo(100));
    }

    [Test]
    public void A_buffer_that_is_too_small_loses_nothing()
    {
        QuicPair pair = Connect();
        pair.ClientConnection.SendDatagram([1, 2, 3]);
        pair.Pump();
        pair.RunFor(TimeSpan.FromMilliseconds(100));
        byte[] buffer = new byte[3];
        Assert.That(pair.ServerConnection.ReadDatagram(buffer.AsSpan(0, 2), out int length), Is.EqualTo(DatagramReadResult.BufferTooSmall));
        Assert.That(length, Is.EqualTo(3));
        Assert.That(pair.ServerConnection.ReadDatagram(buffer, out length), Is.EqualTo(DatagramReadResult.Ok));
        Assert.That(buffer, Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    public void What_is_queued_and_no_longer_fits_the_path_is_given_up_and_holds_up_nothing()
    {
        LinkConditions slow = new() { Bandwidth = 100_000, Queue = 20_000 };
        QuicPair pair = Connect(_config, slow);
        Connection client = pair.ClientConnection;
        DatagramTraffic up = new(client, pair.ServerConnection);
        int large = client.MaxDatagramPayload;
        for (int i = 0; i < 150; i++)
        {
            Assert.That(up.Send(i % 10 == 0 ? 900 : large), Is.EqualTo(DatagramSendResult.Queued));
        }

        pair.ToServer.Conditions = slow with { Mtu = 1250 };
        pair.Pump();
        pair.RunFor(TimeSpan.FromSeconds(20));
        up.Read();
        Assert.That(client.Statistics.MaxDatagramSize, Is.InRange(1200, 1250));
        Assert.That(client.MaxDatagramPayload, Is.LessThan(large));
        Assert.That(client.Statistics.DatagramFramesSent, Is.LessThan(150), "some never left");
        int received = up.Received;
        Assert.That(up.Send(large), Is.EqualTo(DatagramSendResult.TooLarge));
        Assert.That(up.Send(client.MaxDatagramPayload), Is.EqualTo(DatagramSendResult.Queued));
        pair.Pump();
        pair.RunFor(TimeSpan.FromSeconds(1));
        up.AssertAccountedFor();
        Assert.That(up.Received, Is.EqualTo(received + 1));
        Assert.That(client.Statistics.BytesInFlight, Is.Zero);
    }

    [Test]
    public void Only_what_fits_is_sent_on_a_new_path()
    {
        NetworkAddress newPlace = NetworkAddress.FromIPv4(0x0a000077, 4000);
        QuicPair pair = Connect();
        Connection server = pair.ServerConnection;
        DatagramTraffic down = new(server, pair.ClientConnection);
        int large = server.MaxDatagramPayload;

        // The server has to send when it learns of the new address.
        pair.ClientReceivesAt = to => to == newPlace;
        pair.Client.Address = newPlace;
        pair.ClientConnection.Ping();
        pair.Client.Pump(pair.Now, (_, data) => pair.ToServer.Send(pair.Now, data));
        for (int i = 0; i < 100; i++)
        {
            down.Send(i % 2 == 0 ? large : 600);
        }

        pair.RunFor(TimeSpan.FromSeconds(5));
        down.Read();
        Assert.That(server.Remote, Is.EqualTo(newPlace));
        int received = down.Received;
        Assert.That(received, Is.InRange(50, 95), "the small ones, and those of the large that were still there when the path was measured");
        Assert.That(server.Statistics.DatagramFramesSent, Is.EqualTo(received), "the others never left");
        Assert.That(server.Statistics.DatagramFramesLost, Is.EqualTo(100 - received));
        Assert.That(server.MaxDatagramPayload, Is.EqualTo(large), "the new path was measured");
        Assert.That(down.Send(large), Is.EqualTo(DatagramSendResult.Queued));
        pair.Pump();
        pair.RunFor(TimeSpan.FromSeconds(1));
        down.AssertAccountedFor();
        Assert.That(down.Received, Is.EqualTo(received + 1));
    }

    [Test]
    public void What_had_arrived_can_be_read_after_the_peer_closed_and_not_after_this_side_did([Values] bool peerCloses)
    {
        QuicPair pair = Connect();
        DatagramTraffic up = new(pair.ClientConnection, pair.ServerConnection);
        up.Send(100);
        up.Send(100);
        pair.Pump();
        pair.RunFor(TimeSpan.FromMilliseconds(100));
        Connection closing = peerCloses ? pair.ClientConnection : pair.ServerConnection;
        closing.Close(pair.Now, 7, "done");
        pair.Pump();
        pair.RunFor(TimeSpan.FromMilliseconds(20));
        up.Read();
        Assert.That(up.Received, Is.EqualTo(peerCloses ? 2 : 0));
        Assert.That(pair.ServerConnection.ReadDatagram(new byte[10], out _), Is.EqualTo(DatagramReadResult.Closed));
        Assert.That(pair.ClientConnection.SendDatagram([1]), Is.EqualTo(DatagramSendResult.NotConnected));
        Assert.That(pair.ClientConnection.MaxDatagramPayload, Is.Zero);
    }

    [Test]
    public void Arrivals_are_reported_once_until_they_are_looked_at()
    {
        QuicPair pair = Connect();
        DatagramTraffic up = new(pair.ClientConnection, pair.ServerConnection);
        Queue<ConnectionEvent> events = pair.Server.Events[pair.ServerConnection];
        events.Clear();
        for (int i = 0; i < 200; i++)
        {
            up.Send(4);
        }

        pair.Pump();
        pair.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.That(pair.ServerConnection.Statistics.DatagramFramesReceived, Is.EqualTo(200));
        Assert.That(events.Count(static e => e.Kind == ConnectionEventKind.DatagramsArrived), Is.InRange(1, 5));
    }

    private static QuicPair Connect() => Connect(_config);

    private static QuicPair Connect(ConnectionConfig server, LinkConditions? link = null, ConnectionConfig? client = null)
    {
        link ??= new LinkConditions();
        QuicPair pair = new(new PairOptions { Client = client ?? _config, Server = server, ClientToServer = link, ServerToClient = link });
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(2));
        return pair;
    }
}
