using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Recovery;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Tests.Recovery;

/// <summary>Memory and work of loss detection: bounded whatever the peer does.</summary>
public sealed class SentPacketsTests
{
    [Test]
    public void Steady_sending_and_acknowledging_allocates_nothing()
    {
        LossDetection loss = new(isServer: false, new Cubic(1200), new RttEstimator());
        loss.SetHandshakeState(hasHandshakeKeys: true, handshakeConfirmed: true, peerAddressValidated: true);
        loss.EcnEnabled = true;
        AckResult result = new();
        SeededSource random = new(7);
        byte[] buffer = new byte[1500];
        SentFrame[] frames = [new(SentFrameKind.Stream, 4, 100, 1000), new(SentFrameKind.MaxData, 0, 5)];
        Run(loss, result, random, buffer, frames, 2_000, 0);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(loss, result, random, buffer, frames, 100_000, 2_000);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(AllocationQuantum.Bytes));
        Assert.That(loss.PacketsAcked, Is.GreaterThan(100_000));
        Assert.That(loss.PacketsLost, Is.GreaterThan(100));
    }

    [Test]
    public void Records_of_ack_only_packets_do_not_pile_up()
    {
        // The peer never acknowledges anything, and keeps us acknowledging.
        RecoveryFixture f = new();
        long number = 0;
        for (int i = 0; i < 5; i++)
        {
            f.Send(i, number++);
            for (int j = 0; j < 20_000; j++)
            {
                f.SendAckOnly(i, number++);
            }
        }

        SentPackets sent = f.Loss.Space(EncryptionLevel.Application).Sent;
        Assert.That(sent.Count, Is.EqualTo(10));
        Assert.That(sent.Capacity, Is.EqualTo(16));
        Assert.That(f.Ack(100, number - 1), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(sent.Count, Is.Zero);
        Assert.That(f.Loss.BytesInFlight, Is.Zero);
    }

    [Test]
    public void An_ack_of_forgotten_ack_only_packets_still_detects_losses()
    {
        RecoveryFixture f = new();
        f.Send(0, 0);
        for (int i = 1; i < 10; i++)
        {
            f.SendAckOnly(0, i);
        }

        f.Ack(100, 4);
        Assert.That(f.Lost, Is.EqualTo(new long[] { 0 }));
    }

    [Test]
    public void Frames_survive_the_growth_of_both_rings()
    {
        SentPackets sent = new();
        List<SentFrame> frames = [];
        long next = 0;
        long oldest = 0;
        Random random = new(3);
        for (int step = 0; step < 5_000; step++)
        {
            if (random.Next(100) < 55)
            {
                SentFrame[] added = [.. Enumerable.Range(0, (int)(next % 4)).Select(i => new SentFrame(SentFrameKind.Stream, next, i))];
                sent.Add(next++, default, 100, 0, SentPacketFlags.InFlight, added);
            }
            else if (sent.Count > 0)
            {
                frames.Clear();
                sent.CopyFrames(sent[0], frames);
                Assert.That(sent[0].Number, Is.EqualTo(oldest));
                IEnumerable<(long, long)> expected = Enumerable.Range(0, (int)(oldest % 4)).Select(i => (oldest, (long)i));
                Assert.That(frames.Select(frame => (frame.Id, frame.Offset)), Is.EqualTo(expected));
                sent.RemoveFirst();
                oldest++;
            }
        }

        Assert.That(sent.Count, Is.EqualTo(next - oldest).And.GreaterThan(100));
    }

    [Test]
    public void An_ack_costs_what_it_settles_not_what_is_in_flight()
    {
        // 64 ranges of which all but the newest are settled, 10,000 packets in flight: 20,000 ACKs. A walk over what
        // waits or over the ranges' numbers would be 10^8 steps and more; this is a thousandth of it.
        RecoveryFixture f = new();
        long number = 0;
        for (; number < 20_000; number++)
        {
            f.Send(0, number);
        }

        PacketNumberRange[] ranges = new PacketNumberRange[64];
        byte[] buffer = new byte[1500];

        // The time of the processor, not of the wall: a machine that is busy with other things must not fail this.
        TimeSpan before = Environment.CpuUsage.UserTime;
        for (long largest = 10_000; largest < 30_000; largest++)
        {
            for (int i = 0; i < ranges.Length; i++)
            {
                ranges[i] = new PacketNumberRange(largest - (i * 150) - 140, largest - (i * 150));
            }

            f.Send(0, number++);
            TransportErrorCode error = AckFrames.Deliver(
                f.Loss, EncryptionLevel.Application, buffer, ranges, default, default, RecoveryFixture.At(1), f.Result);
            Assert.That(error, Is.EqualTo(TransportErrorCode.NoError));
        }

        Assert.That(f.Loss.Space(EncryptionLevel.Application).Sent.Count, Is.EqualTo(10_000));
        Assert.That(Environment.CpuUsage.UserTime - before, Is.LessThan(TimeSpan.FromSeconds(5)), "about 0.1 s in practice");
    }

    private static void Run(
        LossDetection loss, AckResult result, SeededSource random, byte[] buffer, SentFrame[] frames, int packets, long start)
    {
        Span<PacketNumberRange> ranges = stackalloc PacketNumberRange[3];
        long marked = start;
        for (int i = 0; i < packets; i += 10)
        {
            Timestamp now = RecoveryFixture.At(start + i);
            long first = 0;
            long last = 0;
            for (int j = 0; j < 10; j++)
            {
                last = loss.NextPacketNumber(EncryptionLevel.Application, random);
                first = j == 0 ? last : first;
                loss.OnPacketSent(EncryptionLevel.Application, last, now, 1200, ackEliciting: true, inFlight: true, frames);
            }

            marked += 20;
            int count = 0;
            if (last - first == 9)
            {
                // Every hundredth batch loses a packet.
                if (i % 1000 == 0)
                {
                    ranges[count++] = new PacketNumberRange(first + 3, last);
                    ranges[count++] = new PacketNumberRange(first, first + 1);
                }
                else
                {
                    ranges[count++] = new PacketNumberRange(first, last);
                }
            }
            else
            {
                ranges[count++] = new PacketNumberRange(last, last);
            }

            AckFrames.Deliver(
                loss, EncryptionLevel.Application, buffer, ranges[..count], new(marked, 0, 0), default, now + new TimeSpan(50_000), result);
        }
    }
}
