using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Connet.Quic.Tests.Simulation;
using static Connet.Quic.Tests.Hostile.FrameBytes;

namespace Connet.Quic.Tests.Hostile;

/// <summary>DATAGRAM frames by hand (RFC 9221): where they may not be, too large, without end, and towards a peer that takes few.</summary>
public sealed class DatagramAttackTests
{
    private const int Limit = 100;

    private static readonly ConnectionConfig _config = new() { MaxDatagramFrameSize = Limit, MaxQueuedDatagramBytes = 10_000 };

    // RFC 9221, section 3: without the transport parameter there may be none.
    [Test]
    public void A_datagram_that_was_not_asked_for_is_a_protocol_violation([Values] bool toServer, [Values(0x30, 0x31)] int type)
    {
        HostileBench bench = new();
        HostilePeer peer = (toServer ? bench.Client() : bench.Server()).Reach(EncryptionLevel.Application);
        peer.Send(EncryptionLevel.Application, Of(type, 0));
        peer.AssertClosedWith(TransportErrorCode.ProtocolViolation);
        Assert.That(peer.Target.Statistics.DatagramFramesReceived, Is.Zero);
        bench.AssertUnharmed();
    }

    // RFC 9221, section 4.
    [Test]
    public void A_datagram_in_the_handshake_is_a_protocol_violation([Values(0, 1)] int level, [Values(0x30, 0x31)] int type)
    {
        HostileBench bench = Bench();
        HostilePeer peer = bench.Client();
        if (level > 0)
        {
            peer.Reach((EncryptionLevel)level);
        }
        else
        {
            peer.Begin();
            peer.Drain();
        }

        peer.Send((EncryptionLevel)level, Join(Of(type, 1), new byte[1]), new PacketShape { PadTo = 1200 });
        peer.AssertClosedWith(TransportErrorCode.ProtocolViolation);
        bench.AssertUnharmed();
    }

    [TestCaseSource(nameof(Sizes))]
    public void The_limit_is_for_the_frame_as_it_came(byte[] frame, bool allowed)
    {
        HostileBench bench = Bench();
        HostilePeer peer = bench.Client().Reach(EncryptionLevel.Application);
        peer.Send(EncryptionLevel.Application, frame);
        if (allowed)
        {
            Assert.That(peer.Target.Statistics.DatagramFramesReceived, Is.EqualTo(1));
            peer.AssertAlive();
        }
        else
        {
            peer.AssertClosedWith(TransportErrorCode.ProtocolViolation);
            Assert.That(peer.Target.ReadDatagram(new byte[200], out _), Is.EqualTo(DatagramReadResult.Closed));
        }

        bench.AssertUnharmed();
    }

    [TestCase("31")]
    [TestCase("31 05 01020304")]
    [TestCase("31 ffffffffffffffff 00")]
    [TestCase("31 40")]
    public void A_datagram_cut_off_is_a_frame_encoding_error(string hex)
    {
        HostileBench bench = Bench();
        HostilePeer peer = bench.Client().Reach(EncryptionLevel.Application);
        peer.Send(EncryptionLevel.Application, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
        peer.AssertClosedWith(TransportErrorCode.FrameEncodingError);
        bench.AssertUnharmed();
    }

    [TestCaseSource(nameof(Floods))]
    public void Datagrams_nobody_reads_cost_bounded_memory(Func<int, byte[]> payload)
    {
        const int Packets = 2000;
        HostileBench bench = Bench();
        HostilePeer peer = bench.Client(new HostileOptions { Acknowledge = false }).Reach(EncryptionLevel.Application);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < Packets; i++)
        {
            peer.Send(EncryptionLevel.Application, payload(i));
            peer.Drain();
        }

        Assert.That(GC.GetTotalMemory(forceFullCollection: true) - before, Is.LessThan(1_000_000));
        ConnectionStatistics statistics = peer.Target.Statistics;
        Assert.That(statistics.DatagramFramesReceived, Is.GreaterThanOrEqualTo(Packets));
        int kept = 0;
        int bytes = 0;
        while (peer.Target.ReadDatagram(new byte[200], out int length) == DatagramReadResult.Ok)
        {
            kept++;
            bytes += length;
        }

        Assert.That(kept, Is.EqualTo(statistics.DatagramFramesReceived - statistics.DatagramFramesDropped).And.LessThanOrEqualTo(10_000 / 32));
        Assert.That(bytes, Is.LessThanOrEqualTo(10_000));
        peer.AssertAlive();
        bench.AssertUnharmed();
    }

    [Test]
    public void A_datagram_is_acknowledged_and_a_copy_of_its_packet_is_not_read_twice()
    {
        HostileBench bench = Bench();
        HostilePeer peer = bench.Client().Reach(EncryptionLevel.Application);
        peer.Progress();
        int acks = peer.Log.Count(FrameType.Ack);
        byte[] packet = peer.Seal(EncryptionLevel.Application, Join(Of(0x30), new byte[20]));
        peer.SendRaw(packet);
        peer.SendRaw(packet);
        bench.Pair.RunFor(TimeSpan.FromMilliseconds(100));
        peer.Drain();
        Assert.That(peer.Log.Count(FrameType.Ack), Is.GreaterThan(acks));
        Assert.That(peer.Target.Statistics.DatagramFramesReceived, Is.EqualTo(1));
        bench.AssertUnharmed();
    }

    // The limit of the peer's may be anything: what is sent keeps to it, or nothing is.
    [Test]
    public void A_peer_that_takes_little_gets_no_more([Values(1, 2, 3, 70, 20_000)] int limit)
    {
        HostileBench bench = Bench();
        HostilePeer peer = bench.Client(new HostileOptions { Change = p => p.MaxDatagramFrameSize = limit }).Reach(EncryptionLevel.Application);
        int largest = peer.Target.MaxDatagramPayload;
        DatagramSendResult expected = limit < 2 ? DatagramSendResult.NotSupported : DatagramSendResult.Queued;
        Assert.That(peer.Target.SendDatagram(new byte[largest]), Is.EqualTo(expected));
        Assert.That(peer.Target.SendDatagram(new byte[largest + 1]), Is.Not.EqualTo(DatagramSendResult.Queued));
        bench.Pair.Pump();
        peer.Drain();
        Assert.That(peer.Log.Datagrams.Select(static each => each.Length), limit < 2 ? Is.Empty : Is.EqualTo([largest]));
        Assert.That(largest, Is.LessThan(limit));
    }

    [Test]
    public void A_peer_that_acknowledges_nothing_stops_datagrams_at_the_window_and_the_bound()
    {
        HostileBench bench = Bench();
        HostilePeer peer = bench.Client(new HostileOptions { Acknowledge = false, Change = static p => p.MaxDatagramFrameSize = 65_535 })
            .Reach(EncryptionLevel.Application);
        int queued = 0;
        for (int i = 0; i < 10_000; i++)
        {
            queued += peer.Target.SendDatagram(new byte[1000]) == DatagramSendResult.Queued ? 1 : 0;
            bench.Pair.Pump();
            peer.Drain();
        }

        ConnectionStatistics statistics = peer.Target.Statistics;
        Assert.That(queued - statistics.DatagramFramesSent, Is.InRange(1, 10));
        Assert.That(statistics.BytesInFlight, Is.LessThanOrEqualTo(statistics.CongestionWindow));
        bench.AssertUnharmed();
    }

    private static HostileBench Bench() => new(new PairOptions { Server = _config });

    private static IEnumerable<TestCaseData> Sizes() =>
    [
        Size("as large as allowed, to the end", Join(Of(0x30), new byte[Limit - 1]), true),
        Size("a byte too large, to the end", Join(Of(0x30), new byte[Limit]), false),
        Size("as large as allowed, with a length", Join(Of(0x31, Limit - 3), new byte[Limit - 3]), true),
        Size("a byte too large, with a length", Join(Of(0x31, Limit - 2), new byte[Limit - 2]), false),
        Size("a length in four bytes that just fits", Join([0x31, 0x80, 0, 0, Limit - 5], new byte[Limit - 5]), true),
        Size("a length in eight bytes that is too much", Join([0x31, 0xc0, 0, 0, 0, 0, 0, 0, Limit - 5], new byte[Limit - 5]), false),
        Size("an empty one, to the end", Of(0x30), true),
    ];

    private static IEnumerable<TestCaseData> Floods() =>
    [
        Flood("of the largest", static _ => Repeat(10, static _ => Join(Of(0x31, Limit - 3), new byte[Limit - 3]))),
        Flood("of one byte", static _ => Repeat(300, static _ => Of(0x31, 1, 7))),
        Flood("of nothing", static _ => Repeat(500, static _ => Of(0x31, 0))),
        Flood("to the end of the packet", static _ => Join(Of(0x30), new byte[Limit - 1])),
    ];

    private static TestCaseData Size(string name, byte[] frame, bool allowed) => new TestCaseData(frame, allowed).SetArgDisplayNames(name);

    private static TestCaseData Flood(string name, Func<int, byte[]> payload) => new TestCaseData(payload).SetArgDisplayNames(name);
}
