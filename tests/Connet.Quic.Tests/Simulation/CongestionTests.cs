using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Tests.Simulation;

/// <summary>What whole connections make of a link; the interoperability cases among them.</summary>
public sealed class CongestionTests
{
    [Test]
    public void A_limited_link_is_used_well([Values] bool newReno)
    {
        // 10 Mbit/s, 15 ms each way, a queue of 25 packets.
        const long Size = 5_000_000;
        LinkConditions link = new() { Bandwidth = 1_250_000, Latency = TimeSpan.FromMilliseconds(15), Queue = 25 * 1500 };
        ConnectionConfig config = new() { Congestion = newReno ? CongestionAlgorithm.NewReno : CongestionAlgorithm.Cubic };
        QuicPair pair = new(new PairOptions { ClientToServer = link, ServerToClient = link, Client = config, Server = config });
        pair.Connect();
        TimeSpan time = new BulkSender(pair, Size).Run(TimeSpan.FromMinutes(1));
        double share = Size / time.TotalSeconds / link.Bandwidth;
        TestContext.Out.WriteLine($"goodput {share:P1} of the link, {pair.ClientConnection.Statistics.PacketsLost} packets lost");
        Assert.That(share, Is.GreaterThan(0.85));
    }

    [Test]
    public void A_long_way_works()
    {
        LinkConditions link = new() { Latency = TimeSpan.FromMilliseconds(750) };
        QuicPair pair = new(new PairOptions { ClientToServer = link, ServerToClient = link });
        pair.Connect();
        TimeSpan time = new BulkSender(pair, 2_000_000).Run(TimeSpan.FromMinutes(2));
        TestContext.Out.WriteLine($"{time.TotalSeconds:F1} s");
        Assert.That(time, Is.LessThan(TimeSpan.FromSeconds(20)));
    }

    [Test]
    public void A_link_that_is_dead_for_two_seconds_of_seven_is_survived()
    {
        QuicPair pair = new(new PairOptions { ClientToServer = new LinkConditions { Bandwidth = 250_000 } });
        pair.Connect();
        BulkSender sender = new(pair, 3_000_000);
        Timestamp start = pair.Now;
        bool IsUp(byte[] datagram) => (pair.Now - start).TotalSeconds % 7 < 5;
        pair.ToServer.Filter = IsUp;
        pair.ToClient.Filter = IsUp;
        TimeSpan time = sender.Run(TimeSpan.FromMinutes(5));
        TestContext.Out.WriteLine($"{time.TotalSeconds:F1} s");
    }

    [Test]
    public void Packets_are_spread_over_the_round_trip()
    {
        LinkConditions link = new() { Latency = TimeSpan.FromMilliseconds(50) };
        QuicPair pair = new(new PairOptions { ClientToServer = link, ServerToClient = link });
        pair.Connect();
        BulkSender sender = new(pair, 20_000_000);
        sender.RunFor(TimeSpan.FromMilliseconds(500));
        Dictionary<long, int> perMoment = [];
        int total = 0;
        pair.ToServer.Filter = _ =>
        {
            perMoment[pair.Now.Ticks] = perMoment.GetValueOrDefault(pair.Now.Ticks) + 1;
            total++;
            return true;
        };
        long window = pair.ClientConnection.Statistics.CongestionWindow;
        sender.RunFor(TimeSpan.FromMilliseconds(100));
        int burst = perMoment.Values.Max();
        int allowed = Math.Max(10, (int)(2 * 1.25 * window * 2 / 100 / 1200)) + 3;
        TestContext.Out.WriteLine($"{total} packets at {perMoment.Count} moments, at most {burst} at once");
        Assert.That(total, Is.GreaterThan(50));
        Assert.That(burst, Is.LessThanOrEqualTo(allowed));
        Assert.That(perMoment, Has.Count.GreaterThan(20));
    }

    [Test]
    public void A_receiver_acknowledges_at_most_every_second_packet()
    {
        QuicPair pair = new(new PairOptions());
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(1));
        int data = pair.ToServer.Datagrams;
        int acks = pair.ToClient.Datagrams;
        new BulkSender(pair, 2_000_000).Run(TimeSpan.FromSeconds(30));
        data = pair.ToServer.Datagrams - data;
        acks = pair.ToClient.Datagrams - acks;
        TestContext.Out.WriteLine($"{acks} datagrams back for {data}");
        Assert.That(acks, Is.LessThanOrEqualTo((data / 2) + 20));
    }

    [Test]
    public void An_outage_collapses_the_window_and_it_recovers()
    {
        LinkConditions link = new() { Latency = TimeSpan.FromMilliseconds(20) };
        QuicPair pair = new(new PairOptions { ClientToServer = link, ServerToClient = link });
        pair.Connect();
        BulkSender sender = new(pair, 10_000_000);
        sender.RunFor(TimeSpan.FromMilliseconds(300));
        long before = pair.ClientConnection.Statistics.CongestionWindow;
        pair.ToServer.Filter = static _ => false;
        sender.RunFor(TimeSpan.FromSeconds(3));
        pair.ToServer.Filter = null;
        Timestamp up = pair.Now;
        long lowest = before;
        while (pair.Now - up < TimeSpan.FromSeconds(6))
        {
            sender.Step();
            lowest = Math.Min(lowest, pair.ClientConnection.Statistics.CongestionWindow);
        }

        Assert.That(before, Is.GreaterThan(50_000));
        Assert.That(lowest, Is.LessThanOrEqualTo(4 * 1452), "two datagrams, and what the same ACK lets it grow by: persistent congestion (RFC 9002, section 7.6)");
        sender.Run(TimeSpan.FromMinutes(2));
    }

    [Test]
    public void A_window_that_is_not_used_does_not_grow()
    {
        QuicPair pair = new(new PairOptions());
        pair.Connect();
        Connection client = pair.ClientConnection;
        Assert.That(client.Streams.TryOpen(unidirectional: true, out StreamId id), Is.True);
        long before = client.Statistics.CongestionWindow;
        for (int i = 0; i < 200; i++)
        {
            client.Streams.Write(id, new byte[100], client.SendRoom, out _);
            pair.Pump();
            pair.RunFor(TimeSpan.FromMilliseconds(30));
            pair.ServerConnection.Streams.Read(pair.Now, client.SmoothedRtt, id, new byte[1000], out _);
        }

        Assert.That(client.Statistics.CongestionWindow, Is.LessThanOrEqualTo(before + 5000));
    }
}
