using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Streams;

namespace Connet.Quic.Tests.Simulation;

/// <summary>RFC 9000, section 4, on whole connections.</summary>
public sealed class FlowControlTests
{
    [Test]
    public void Two_hundred_streams_that_nobody_reads_do_not_hold_up_another()
    {
        ConnectionConfig config = new() { Streams = new StreamLimits { MaxUnidirectional = 300, InitialStreamWindow = 16 * 1024, InitialConnectionWindow = 64 * 1024 } };
        QuicPair pair = new(new PairOptions { Client = config, Server = config });
        pair.Connect();
        Connection client = pair.ClientConnection;
        for (int i = 0; i < 200; i++)
        {
            Assert.That(client.Streams.TryOpen(unidirectional: true, out StreamId id), Is.True);
            client.Streams.Write(id, new byte[100_000], client.SendRoom, out _);
            pair.Pump();
            pair.RunFor(TimeSpan.FromMilliseconds(30));
        }

        for (int i = 0; i < 200; i++)
        {
            client.Streams.Write(StreamId.Create(serverInitiated: false, unidirectional: true, i), new byte[100_000], client.SendRoom, out _);
        }

        pair.RunFor(TimeSpan.FromSeconds(2));
        long stalled = pair.ServerConnection.Streams.BufferedReceiveBytes;
        Assert.That(stalled, Is.GreaterThan(200 * 8 * 1024));
        new BulkSender(pair, 2_000_000).Run(TimeSpan.FromSeconds(60));
        Assert.That(pair.ServerConnection.Streams.OutstandingReceiveCredit, Is.LessThanOrEqualTo(config.Streams.ReceiveBudget));
    }

    [Test]
    public void Windows_grow_until_a_long_fat_link_is_full()
    {
        // 200 Mbit/s over 100 ms: 2.5 MB under way, forty times what a stream may send at first.
        LinkConditions link = new() { Latency = TimeSpan.FromMilliseconds(50), Bandwidth = 25_000_000, Queue = 3_000_000 };
        QuicPair pair = new(new PairOptions { ClientToServer = link, ServerToClient = new LinkConditions { Latency = TimeSpan.FromMilliseconds(50) }, ClientSegments = 40 });
        pair.Connect();
        BulkSender sender = new(pair, 50_000_000);
        sender.RunFor(TimeSpan.FromSeconds(2));
        long before = sender.Received;
        sender.RunFor(TimeSpan.FromSeconds(0.5));
        double share = (sender.Received - before) / 0.5 / link.Bandwidth;
        TestContext.Out.WriteLine($"{share:P0} of the link");
        Assert.That(share, Is.GreaterThan(0.8));
    }

    [Test]
    public void Ten_thousand_streams_one_after_the_other_leave_nothing_behind()
    {
        ConnectionConfig config = new() { Streams = new StreamLimits { MaxBidirectional = 10 } };
        QuicPair pair = new(new PairOptions
        {
            Client = config,
            Server = config,
            ClientToServer = new LinkConditions { Latency = TimeSpan.FromMilliseconds(1) },
            ServerToClient = new LinkConditions { Latency = TimeSpan.FromMilliseconds(1) },
        });
        pair.Connect();
        const int Streams = 10_000;
        int finished = 0;
        int opened = 0;
        int most = 0;
        long heapAfterWarmUp = 0;
        byte[] buffer = new byte[64];
        Connection client = pair.ClientConnection;
        Connection server = pair.ServerConnection;
        Timestamp start = pair.Now;
        while (finished < Streams)
        {
            while (opened < Streams && client.Streams.TryOpen(unidirectional: false, out StreamId id))
            {
                opened++;
                client.Streams.Write(id, "ping"u8, client.SendRoom, out _);
                client.Streams.TryFinish(id);
            }

            foreach (ConnectionEvent e in Take(pair.Server, server))
            {
                if (e.Stream.Kind == StreamEventKind.Opened)
                {
                    server.Streams.TryAccept(out _);
                }

                while (server.Streams.Read(pair.Now, server.SmoothedRtt, e.Stream.Id, buffer, out _) is ReadResult.Ok)
                {
                }

                server.Streams.TryFinish(e.Stream.Id);
            }

            foreach (ConnectionEvent e in Take(pair.Client, client))
            {
                if (e.Stream.Kind == StreamEventKind.Readable)
                {
                    client.Streams.Read(pair.Now, client.SmoothedRtt, e.Stream.Id, buffer, out _);
                }

                finished += e.Stream.Kind == StreamEventKind.Closed ? 1 : 0;
            }

            most = Math.Max(most, server.Streams.OpenCount);
            if (heapAfterWarmUp == 0 && finished > 1000)
            {
                heapAfterWarmUp = GC.GetTotalMemory(forceFullCollection: true);
            }

            pair.Pump();
            Assert.That(pair.Step() && pair.Now - start < TimeSpan.FromMinutes(10), Is.True, () => $"{finished} of {opened} finished, {QuicPair.Describe(client)}");
        }

        long growth = GC.GetTotalMemory(forceFullCollection: true) - heapAfterWarmUp;
        TestContext.Out.WriteLine($"at most {most} streams at once, heap grew by {growth} bytes in {pair.Now - start}");
        Assert.That(most, Is.LessThanOrEqualTo(20));
        Assert.That(client.Streams.OpenCount, Is.LessThanOrEqualTo(20));
    }

    private static List<ConnectionEvent> Take(SimulatedHost host, Connection connection)
    {
        List<ConnectionEvent> taken = [.. host.Events[connection].Where(static e => e.Kind == ConnectionEventKind.Stream)];
        host.Events[connection].Clear();
        return taken;
    }
}
