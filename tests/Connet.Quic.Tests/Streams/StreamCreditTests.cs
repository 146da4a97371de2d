using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Streams;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Tests.Streams;

/// <summary>Credit in both directions: who may send how much, and that nobody starves.</summary>
public sealed class StreamCreditTests
{
    private const int Window = 64 * 1024;

    [TestCase(32 * 1024 * 1024, TestName = "Streams that nobody reads do not stop the next one")]
    [TestCase(0, TestName = "Streams that nobody reads do not stop the next one, even without a byte to spare")]
    public void Stalled_streams_starve_nobody(int growthBudget)
    {
        StreamLimits limits = new()
        {
            MaxBidirectional = 201,
            MaxUnidirectional = 0,
            MaxLocalBidirectional = 1,
            GrowthBudget = growthBudget,
        };
        (StreamSide client, StreamSide server) = StreamSide.Pair(new StreamLimits { MaxLocalBidirectional = 300 }, limits);
        for (int i = 0; i < 200; i++)
        {
            StreamId stalled = client.Open();
            long sent = 0;
            for (int tries = 0; sent < Window && tries < 10; tries++)
            {
                sent += client.Write(stalled, Window);
                client.Deliver(server);
                server.Deliver(client);
            }

            Assert.That(sent, Is.EqualTo(Window), "a stream may send up to its limit");
            Assert.That(client.Write(stalled, 1), Is.Zero);
        }

        Assert.That(server.Map.BufferedReceiveBytes, Is.EqualTo(200L * Window));
        StreamId live = client.Open();
        long moved = 0;
        for (int rounds = 0; moved < 10_000_000; rounds++)
        {
            Assert.That(rounds, Is.LessThan(2000), "the live stream moves");
            client.Write(live, 100_000);
            client.Deliver(server);
            Assert.That(server.RentedBytes, Is.LessThanOrEqualTo(limits.ReceiveBudget));
            moved += server.ReadAll(live, out _);
            server.Now += StreamSide.Rtt;
            server.Deliver(client);
            Assert.That(server.Map.OutstandingReceiveCredit, Is.LessThanOrEqualTo(limits.ReceiveBudget));
        }
    }

    [Test]
    public void A_trial_bounds_what_all_streams_hold_until_it_is_lifted()
    {
        const int Trial = 16 * 1024;
        (StreamSide client, StreamSide server) = StreamSide.Pair(null, new StreamLimits { TrialBudget = Trial });
        Assert.That(server.Map.Limits.InitialMaxData, Is.EqualTo(Trial));
        StreamId[] streams = [.. Enumerable.Range(0, 10).Select(_ => client.Open())];
        Assert.That(WriteAll(), Is.EqualTo(Trial));
        Assert.That(server.Map.BufferedReceiveBytes, Is.EqualTo(Trial));

        // What is read makes room for as much, and no more.
        long read = server.ReadAll(streams[0], out _);
        server.Deliver(client);
        Assert.That(read, Is.Positive);
        Assert.That(WriteAll(), Is.EqualTo(read));

        server.Map.LiftTrial();
        server.Map.LiftTrial();
        server.Deliver(client);
        Assert.That(WriteAll(), Is.EqualTo((10L * Window) - Trial - read));
        Assert.That(server.Map.BufferedReceiveBytes, Is.EqualTo((10L * Window) - read));

        long WriteAll()
        {
            long sent = 0;
            for (int rounds = 0; rounds < 20; rounds++)
            {
                foreach (StreamId id in streams)
                {
                    sent += client.Write(id, 10_000);
                }

                client.Deliver(server);
                server.Deliver(client);
            }

            return sent;
        }
    }

    [Test]
    public void Lifting_a_trial_is_told_again_when_the_frame_is_lost()
    {
        (StreamSide client, StreamSide server) = StreamSide.Pair(null, new StreamLimits { TrialBudget = 4096 });
        StreamId id = client.Open();
        Assert.That(client.Write(id, Window), Is.EqualTo(4096));
        client.Deliver(server);
        server.Map.LiftTrial();
        Assert.That(server.Build().Length, Is.Positive);
        server.LoseBuilt();
        server.Deliver(client);
        Assert.That(client.Write(id, Window), Is.EqualTo(Window - 4096));
    }

    [Test]
    public void Stalled_streams_with_grown_windows_starve_nobody()
    {
        StreamLimits limits = new() { GrowthBudget = 1024 * 1024 };
        (StreamSide client, StreamSide server) = StreamSide.Pair(null, limits);
        for (int i = 0; i < 20; i++)
        {
            // A reader that is quick at first, and then stops for good.
            StreamId id = client.Open();
            for (int rounds = 0; rounds < 30; rounds++)
            {
                client.Write(id, 1 << 20);
                client.Deliver(server);
                server.ReadAll(id, out _);
                server.Now += StreamSide.Rtt;
                server.Deliver(client);
            }

            for (int rounds = 0; rounds < 10; rounds++)
            {
                client.Write(id, 1 << 20);
                client.Deliver(server);
                server.Deliver(client);
            }

            Assert.That(server.RentedBytes, Is.LessThanOrEqualTo(limits.ReceiveBudget));
            Assert.That(server.Map.OutstandingReceiveCredit, Is.LessThanOrEqualTo(limits.ReceiveBudget));
        }

        Assert.That(
            server.Map.BufferedReceiveBytes,
            Is.GreaterThan(20L * Window).And.LessThanOrEqualTo((20L * Window) + limits.GrowthBudget));
        StreamId live = client.Open();
        long moved = 0;
        for (int rounds = 0; rounds < 100; rounds++)
        {
            client.Write(live, 100_000);
            client.Deliver(server);
            moved += server.ReadAll(live, out _);
            server.Deliver(client);
        }

        Assert.That(moved, Is.GreaterThanOrEqualTo(99L * Window));
    }

    [Test]
    public void A_window_doubles_for_a_reader_that_keeps_up_and_stays_for_one_that_does_not()
    {
        Assert.That(GrowTo(StreamSide.Rtt / 2), Is.EqualTo(16 * 1024 * 1024));
        Assert.That(GrowTo(StreamSide.Rtt * 2), Is.EqualTo(Window));

        static long GrowTo(TimeSpan between)
        {
            StreamReceiveWindow window = new(Window, 16 * 1024 * 1024);
            GrowthBudget budget = new(64 * 1024 * 1024);
            Timestamp now = new(1000);
            for (int i = 0; i < 20; i++)
            {
                window.OnRead(now, StreamSide.Rtt, window.Window / 2, budget);
                now += between;
            }

            long grown = window.Window;
            Assert.That(budget.Used, Is.EqualTo(grown - Window));
            window.Release(budget);
            Assert.That(budget.Used, Is.Zero);
            return grown;
        }
    }

    [Test]
    public void The_connections_window_doubles_up_to_the_budget()
    {
        ConnectionReceiveWindow window = new(Window, 5 * Window);
        Timestamp now = new(1000);
        for (int i = 0; i < 100; i++)
        {
            Assert.That(window.TryReceive(window.Limit - window.Received), Is.True);
            Assert.That(window.TryReceive(1), Is.False);
            window.OnRead(now, StreamSide.Rtt, window.Received - window.Consumed);
            now += StreamSide.Rtt;
            Assert.That(window.IsUpdateDue, Is.True);
            window.Advance();
            Assert.That(window.Limit - window.Consumed, Is.LessThanOrEqualTo(5 * Window));
        }

        Assert.That(window.Window, Is.EqualTo(5 * Window));
    }

    [Test]
    public void Growth_always_leaves_some_for_the_next_stream()
    {
        GrowthBudget budget = new(1024 * 1024);
        Assert.That(budget.Take(4 * 1024 * 1024), Is.EqualTo(512 * 1024));
        Assert.That(budget.Take(4 * 1024 * 1024), Is.EqualTo(256 * 1024));
        Assert.That(budget.Take(64 * 1024), Is.EqualTo(64 * 1024));
        Assert.That(budget.Used, Is.EqualTo(832 * 1024));
    }

    [Test]
    public void A_reader_that_trickles_sends_an_update_per_half_window()
    {
        (StreamSide client, StreamSide server) = StreamSide.Pair();
        StreamId id = client.Open();
        client.Write(id, Window);
        client.Deliver(server);
        server.Deliver(client);
        int updates = 0;
        byte[] one = new byte[1];
        for (int i = 0; i < Window; i++)
        {
            server.Now += StreamSide.Rtt;
            Assert.That(server.Map.Read(server.Now, StreamSide.Rtt, id, one, out _), Is.EqualTo(ReadResult.Ok));
            if (server.Map.HasPending)
            {
                server.Build();
                updates += server.SentFrames.Length;
            }
        }

        Assert.That(updates, Is.EqualTo(2));
    }

    [Test]
    public void A_reader_that_never_reads_stops_its_sender_and_only_it()
    {
        (StreamSide client, StreamSide server) = StreamSide.Pair();
        StreamId id = client.Open();
        long sent = 0;
        for (int i = 0; i < 10; i++)
        {
            sent += client.Write(id, 1 << 20);
            client.Deliver(server);
            server.Deliver(client);
        }

        Assert.That(sent, Is.EqualTo(Window));
        Assert.That(server.RentedBytes, Is.EqualTo(Window));
    }

    [Test]
    public void A_writer_without_credit_is_blocked_and_says_so_once()
    {
        // MAX_DATA 0: the writer waits, nothing is buffered, one DATA_BLOCKED goes out per limit (RFC 9000, section 4.1).
        StreamSide client = new(isServer: false, new StreamLimits());
        client.Map.SetPeerLimits(0, 100, 100, 100, 1, 1);
        StreamId id = client.Open();
        Assert.That(client.Map.Write(id, new byte[10], 1000, out int written), Is.EqualTo(WriteResult.Blocked));
        Assert.That(client.Map.Write(id, new byte[10], 1000, out written), Is.EqualTo(WriteResult.Blocked));
        Assert.That(written, Is.Zero);
        client.Build();
        Assert.That(client.SentFrames.ToArray(), Is.EqualTo(new[] { new SentFrame(SentFrameKind.DataBlocked) }));
        Assert.That(client.Map.HasPending, Is.False);
        client.LoseBuilt();
        Assert.That(client.Map.HasPending, Is.True);
        client.Build();

        client.Map.HandleMaxData(new MaxDataFrame(5));
        Assert.That(client.Events(), Is.EqualTo(new[] { new StreamEvent(StreamEventKind.Writable, id) }));
        client.LoseBuilt();
        Assert.That(client.Map.HasPending, Is.False, "the limit of the lost signal is history");
        Assert.That(client.Map.Write(id, new byte[10], 1000, out written), Is.EqualTo(WriteResult.Ok));
        Assert.That(written, Is.EqualTo(5));
        client.Map.HandleMaxData(new MaxDataFrame(3));
        Assert.That(client.Events(), Is.Empty, "limits never shrink");
    }

    [Test]
    public void A_writer_at_its_streams_limit_is_woken_by_MAX_STREAM_DATA_alone()
    {
        StreamSide client = new(isServer: false, new StreamLimits());
        client.Map.SetPeerLimits(1000, 100, 100, 100, 1, 1);
        StreamId id = client.Open();
        Assert.That(client.Write(id, 200), Is.EqualTo(100));
        client.Build();
        Assert.That(
            client.SentFrames.ToArray(),
            Is.EqualTo(new SentFrame[]
            {
                new(SentFrameKind.StreamDataBlocked, id.Value, 100),
                new(SentFrameKind.Stream, id.Value, 0, 100),
            }));
        client.Map.HandleMaxData(new MaxDataFrame(2000));
        client.AckBuilt();
        Assert.That(client.Events(), Is.Empty);
        client.Map.HandleMaxStreamData(new MaxStreamDataFrame(id, 300));
        Assert.That(client.Events(), Is.EqualTo(new[] { new StreamEvent(StreamEventKind.Writable, id) }));
        Assert.That(client.Write(id, 100), Is.EqualTo(100));
    }

    [Test]
    public void A_writer_without_room_is_woken_when_others_data_is_acknowledged()
    {
        (StreamSide client, _) = StreamSide.Pair();
        StreamId first = client.Open();
        StreamId second = client.Open();
        client.Write(first, 1000);
        Assert.That(client.Map.Write(second, new byte[10], 0, out _), Is.EqualTo(WriteResult.Blocked));
        Assert.That(client.Map.Write(second, new byte[10], -5, out _), Is.EqualTo(WriteResult.Blocked));
        client.Build();
        Assert.That(client.SentFrames.Length, Is.EqualTo(1), "our own room is no news for the peer");
        client.AckBuilt();
        Assert.That(client.Events(), Is.EqualTo(new[] { new StreamEvent(StreamEventKind.Writable, second) }));
    }

    [Test]
    public void The_send_buffer_is_bounded_and_wakes_the_writer()
    {
        StreamSide client = new(isServer: false, new StreamLimits { MaxSendBuffer = 10_000 });
        client.Learn(new StreamLimits());
        StreamId id = client.Open();
        Assert.That(client.Write(id, 20_000), Is.EqualTo(10_000));
        Assert.That(client.Map.BufferedSendBytes, Is.EqualTo(10_000));
        Assert.That(client.Map.Write(id, new byte[1], 100, out _), Is.EqualTo(WriteResult.Blocked));
        while (client.Map.HasPending)
        {
            client.Build();
            client.AckBuilt();
        }

        Assert.That(client.Map.BufferedSendBytes, Is.Zero);
        Assert.That(client.Events(), Is.EqualTo(new[] { new StreamEvent(StreamEventKind.Writable, id) }));
    }

    [Test]
    public void A_reset_gives_back_the_connection_credit_of_what_was_never_sent()
    {
        StreamSide client = new(isServer: false, new StreamLimits());
        client.Map.SetPeerLimits(5000, 5000, 5000, 5000, 2, 2);
        StreamId first = client.Open();
        StreamId second = client.Open();
        Assert.That(client.Write(first, 5000), Is.EqualTo(5000));
        Assert.That(client.Map.Write(second, new byte[5000], int.MaxValue, out _), Is.EqualTo(WriteResult.Blocked));
        client.Build();
        int sent = client.SentFrames[^1].Length;
        Assert.That(sent, Is.InRange(1000, 1200));
        client.Map.Reset(first, 0);
        Assert.That(client.Events(), Is.EqualTo(new[] { new StreamEvent(StreamEventKind.Writable, second) }));
        Assert.That(client.Write(second, 5000), Is.EqualTo(5000 - sent));
    }

    [Test]
    public void Resets_and_stops_give_the_connection_its_credit_back()
    {
        // Ten times the connection's budget goes down streams that end badly; the window must not leak.
        StreamLimits limits = new()
        {
            InitialConnectionWindow = Window,
            GrowthBudget = 0,
            MaxBidirectional = 1,
            MaxUnidirectional = 1,
            MaxLocalBidirectional = 1,
        };
        (StreamSide client, StreamSide server) = StreamSide.Pair(null, limits);
        for (int i = 0; i < 30; i++)
        {
            StreamId id = client.Open(unidirectional: true);
            Assert.That(client.Write(id, Window), Is.EqualTo(Window), $"stream {i}");
            client.Deliver(server);
            server.Map.TryAccept(out _);
            if (i % 2 == 0)
            {
                client.Map.Reset(id, 1);
                client.Deliver(server);
                Assert.That(server.Read(id, out _), Is.EqualTo(ReadResult.Reset));
            }
            else
            {
                server.Map.StopSending(id, 1);
                server.Deliver(client);
                client.Deliver(server);
            }

            server.Events();
            client.Events();
            server.Deliver(client);
            Assert.That(server.Map.OpenCount + client.Map.OpenCount, Is.Zero);
        }
    }

    [Test]
    public void Lost_limits_are_sent_again_with_the_latest_value()
    {
        (StreamSide client, StreamSide server) = StreamSide.Pair(null, new StreamLimits { InitialConnectionWindow = Window });
        StreamId id = client.Open();
        client.Write(id, Window);
        client.Deliver(server);
        server.ReadAll(id, out _);
        server.Build();
        SentFrame[] first = server.SentFrames.ToArray();
        Assert.That(first.Select(frame => frame.Kind), Is.EqualTo(new[] { SentFrameKind.MaxData, SentFrameKind.MaxStreamData }));
        Assert.That(server.Map.HasPending, Is.False);
        server.LoseBuilt();
        server.Deliver(client);
        Assert.That(client.Write(id, Window), Is.EqualTo(Window));
        client.Deliver(server);
        server.ReadAll(id, out _);
        server.Build();
        foreach (SentFrame frame in first)
        {
            server.Map.OnLost(in frame);
        }

        Assert.That(server.Map.HasPending, Is.False, "a later frame says more (RFC 9000, section 13.3)");
    }

    [Test]
    public void No_more_credit_is_given_once_the_final_size_is_known()
    {
        (StreamSide client, StreamSide server) = StreamSide.Pair();
        StreamId id = client.Open(unidirectional: true);
        client.Write(id, Window);
        client.Map.TryFinish(id);
        client.Deliver(server);
        server.ReadAll(id, out _);
        Assert.That(server.Map.HasPending, Is.False);
    }

    [Test]
    public void Limits_that_make_no_sense_are_refused()
    {
        Assert.That(() => new StreamLimits { InitialStreamWindow = 1 }.Validate(), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new StreamLimits { MaxStreamWindow = 4096 }.Validate(), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new StreamLimits { MaxBidirectional = -1 }.Validate(), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(new StreamLimits().ReceiveBudget, Is.EqualTo((300L * Window) + (32L * 1024 * 1024)));
    }
}
