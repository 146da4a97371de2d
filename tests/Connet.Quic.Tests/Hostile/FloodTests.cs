using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Streams;
using static Connet.Quic.Tests.Hostile.FrameBytes;

namespace Connet.Quic.Tests.Hostile;

/// <summary>A peer that acknowledges nothing and sends without end: what it makes us keep is bounded.</summary>
public sealed class FloodTests
{
    private const int Packets = 1000;

    [TestCaseSource(nameof(Floods))]
    public void A_flood_of_frames_without_acknowledgements_costs_bounded_memory(Func<int, byte[]> payload, int packets)
    {
        HostileBench bench = new();
        HostilePeer peer = bench.Client(new HostileOptions { Acknowledge = false }).Reach(EncryptionLevel.Application);
        peer.Target.Streams.TryOpen(unidirectional: false, out StreamId id);
        peer.Target.Streams.Write(id, new byte[100_000], peer.Target.SendRoom, out _);
        bench.Pair.Pump();
        peer.Drain();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < packets; i++)
        {
            peer.Send(EncryptionLevel.Application, payload(i));
            peer.Drain();
        }

        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.That(grown, Is.LessThan(2_000_000));
        if (peer.Target.State == ConnectionState.Established)
        {
            AssertWindowKept(peer);
        }

        bench.AssertUnharmed();
    }

    [Test]
    public void Challenges_from_many_addresses_are_answered_in_proportion()
    {
        HostileBench bench = new();
        HostilePeer peer = bench.Client(new HostileOptions { Acknowledge = false }).Reach(EncryptionLevel.Application);
        for (int i = 0; i < Packets; i++)
        {
            int before = peer.BytesReceived;
            byte[] packet = peer.Seal(EncryptionLevel.Application, Join(PathChallenge(i), new byte[i % 2 == 0 ? 400 : 0]));
            peer.SendRaw(packet, NetworkAddress.FromIPv4((uint)(0x0c000000 + i), 7));
            bench.Pair.Pump();
            peer.Drain();
            Assert.That(peer.BytesReceived - before, Is.LessThanOrEqualTo(3 * packet.Length));
        }

        AssertWindowKept(peer);
        Assert.That(peer.Target.Remote, Is.EqualTo(peer.Address));
        bench.AssertUnharmed();
    }

    // RFC 9000, sections 8.1 and 9.3: an address that has not been validated gets three times what came from it.
    [Test]
    public void A_peer_that_seems_to_be_elsewhere_amplifies_nothing([Values] bool challenge, [Values(0, 600)] int padding)
    {
        HostileBench bench = new();
        HostilePeer peer = bench.Client().Reach(EncryptionLevel.Application);
        peer.Target.Streams.TryOpen(unidirectional: false, out StreamId id);
        peer.Target.Streams.Write(id, new byte[100_000], peer.Target.SendRoom, out _);
        bench.Pair.Pump();
        peer.Drain();
        byte[] payload = Join(challenge ? PathChallenge(1) : [], Ping, new byte[padding]);
        for (int i = 0; i < 50; i++)
        {
            int before = peer.BytesReceived;
            byte[] packet = peer.Seal(EncryptionLevel.Application, payload);
            peer.SendRaw(packet, NetworkAddress.FromIPv4((uint)(0x0c000000 + i), 7));
            bench.Pair.Pump();
            bench.Pair.RunFor(TimeSpan.FromMilliseconds(20));
            peer.Drain();
            Assert.That(peer.BytesReceived - before, Is.LessThanOrEqualTo(3 * packet.Length), $"address {i}");
        }

        bench.Pair.RunFor(TimeSpan.FromSeconds(5));
        peer.Drain();
        Assert.That(peer.Target.Remote, Is.EqualTo(peer.Address), "the validated address is gone back to");
        bench.AssertUnharmed();
    }

    [Test]
    public void A_challenge_never_answered_leaves_no_stall_behind()
    {
        HostileBench bench = new();
        HostilePeer peer = bench.Client().Reach(EncryptionLevel.Application);
        peer.SendRaw(peer.Seal(EncryptionLevel.Application, Ping), NetworkAddress.FromIPv4(0x0c000001, 7));
        peer.Target.Streams.TryOpen(unidirectional: false, out StreamId id);
        peer.Target.Streams.Write(id, new byte[5_000], peer.Target.SendRoom, out _);
        bench.Pair.Pump();
        peer.Drain();
        bench.Pair.RunFor(TimeSpan.FromSeconds(3));
        int before = peer.BytesReceived;
        bench.Pair.RunFor(TimeSpan.FromSeconds(5));
        peer.Drain();
        Assert.That(peer.Target.Remote, Is.EqualTo(peer.Address));
        Assert.That(peer.BytesReceived - before, Is.GreaterThan(2000));
    }

    [Test]
    public void An_old_packet_from_elsewhere_moves_nothing()
    {
        HostileBench bench = new();
        HostilePeer peer = bench.Client().Reach(EncryptionLevel.Application);
        byte[] early = peer.Seal(EncryptionLevel.Application, Ping);
        byte[] late = peer.Seal(EncryptionLevel.Application, Ping);
        peer.SendRaw(late);
        peer.SendRaw(late, NetworkAddress.FromIPv4(0x0c000001, 7));
        peer.SendRaw(early, NetworkAddress.FromIPv4(0x0c000001, 7));
        Assert.That(peer.Target.Remote, Is.EqualTo(peer.Address));
        bench.AssertUnharmed();
    }

    [Test]
    public void Every_second_byte_is_refused_before_it_costs_much()
    {
        HostileBench bench = new();
        HostilePeer peer = bench.Client().Reach(EncryptionLevel.Application);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 300 && peer.Target.CloseReason is null; i++)
        {
            int start = 1 + (i * 200);
            peer.Send(EncryptionLevel.Application, Repeat(100, at => Stream(0, start + (2 * at), [1])));
        }

        Assert.That(peer.Target.CloseReason?.Kind, Is.EqualTo(ConnectionCloseKind.LocalTransport));
        Assert.That(GC.GetTotalMemory(forceFullCollection: true) - before, Is.LessThan(1_000_000));
        bench.AssertUnharmed();
    }

    [Test]
    public void A_last_byte_on_every_stream_costs_a_page_each()
    {
        HostileBench bench = new();
        HostilePeer peer = bench.Client().Reach(EncryptionLevel.Application);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 10; i++)
        {
            int first = i * 10;
            peer.Send(EncryptionLevel.Application, Repeat(10, at => Stream(4 * (first + at), 64_000, [1])));
        }

        Assert.That(peer.Target.CloseReason, Is.Null);
        Assert.That(GC.GetTotalMemory(forceFullCollection: true) - before, Is.LessThan(2_000_000));
        bench.AssertUnharmed();
    }

    [Test]
    public void A_writer_without_credit_waits_and_is_woken_by_the_end()
    {
        HostileBench bench = new();
        HostilePeer peer = bench.Client(new HostileOptions { Change = static p => p.InitialMaxData = 0 }).Reach(EncryptionLevel.Application);
        peer.Target.Streams.TryOpen(unidirectional: false, out StreamId id);
        Assert.That(peer.Target.Streams.Write(id, new byte[10], peer.Target.SendRoom, out int written), Is.EqualTo(WriteResult.Blocked));
        Assert.That(written, Is.Zero);
        peer.AssertAlive();
        bench.Pair.RunFor(TimeSpan.FromSeconds(120));
        Assert.That(peer.Target.State, Is.EqualTo(ConnectionState.Drained));
    }

    // RFC 9000, section 8.2.2.
    [Test]
    public void An_answer_to_a_challenge_fills_its_datagram()
    {
        HostileBench bench = new();
        HostilePeer peer = bench.Client().Reach(EncryptionLevel.Application);
        int before = peer.BytesReceived;
        peer.Send(EncryptionLevel.Application, PathChallenge(1));
        peer.Drain();
        Assert.That(peer.Log.Count(Core.Wire.FrameType.PathResponse), Is.EqualTo(1));
        Assert.That(peer.BytesReceived - before, Is.GreaterThanOrEqualTo(1200));
    }

    [Test]
    public void A_small_packet_in_the_handshake_does_not_spin_the_timer()
    {
        HostileServer server = new();
        NetworkAddress from = NetworkAddress.FromIPv4(0x0a000099, 99);
        server.Receive(from, HostileServer.Initial(HostileServer.Id(1), Ping));
        server.Pump();
        Connection connection = server.Host.History[0];
        connection.HandleDatagram(server.Now, from, 0, HostileServer.Initial(HostileServer.Id(1), CryptoData(0, new byte[4]), number: 1));
        for (int i = 0; i < 40; i++)
        {
            server.Receive(from, HostileServer.Initial(HostileServer.Id(1), Ping, length: 60, number: 2 + i));
            server.Pump();
            Assert.That(connection.PollTimeout(), Is.GreaterThan(server.Now));
        }

        server.AssertNoAmplification();
    }

    private static void AssertWindowKept(HostilePeer peer)
    {
        ConnectionStatistics statistics = peer.Target.Statistics;
        Assert.That(statistics.BytesInFlight, Is.LessThanOrEqualTo(statistics.CongestionWindow + (6 * 1452)), "nothing is sent for ever without acknowledgements");
    }

    private static IEnumerable<TestCaseData> Floods()
    {
        return
        [
            Flood("PING", static i => Ping, 12 * Packets),
            Flood("PATH_CHALLENGE", static i => Repeat(100, at => PathChallenge((i * 100) + at))),
            Flood("NEW_CONNECTION_ID", static i => NewConnectionId(i + 1, i + 1, HostilePeer.NewId(i + 100).ToArray())),
            Flood("RETIRE_CONNECTION_ID", static i => Of(0x19, 1 + (i % 4))),
            Flood("MAX_DATA", static i => Repeat(100, at => Of(0x10, 1_000_000 + (i * 100) + at))),
            Flood("MAX_STREAM_DATA", static i => Repeat(100, at => Of(0x11, 1, 1_000_000 + (i * 100) + at))),
            Flood("MAX_STREAMS", static i => Repeat(100, at => Of(0x12, 1000 + (i * 100) + at))),
            Flood("RESET_STREAM", static i => Repeat(100, static at => Of(4, 4 * at, 7, 0))),
            Flood("STOP_SENDING", static i => Repeat(100, static at => Of(5, 4 * at, 7))),
            Flood("DATA_BLOCKED", static i => Repeat(100, at => Of(0x14, (i * 100) + at))),
            Flood("STREAM_DATA_BLOCKED", static i => Repeat(100, at => Of(0x15, 4 * at, i))),
            Flood("STREAMS_BLOCKED", static i => Repeat(100, at => Of(0x16, i + at))),
            Flood("empty STREAM", static i => Repeat(100, static at => Stream(4 * at, 0, []))),
            Flood("a byte of STREAM again and again", static i => Repeat(100, static at => Stream(4 * at, 1, [1]))),
            Flood("open and reset", static i => Repeat(30, at => Of(4, (4 * ((i * 30) + at)) + 2, 0, 0))),
        ];
    }

    private static TestCaseData Flood(string name, Func<int, byte[]> payload, int packets = Packets) => new TestCaseData(payload, packets).SetArgDisplayNames(name);
}
