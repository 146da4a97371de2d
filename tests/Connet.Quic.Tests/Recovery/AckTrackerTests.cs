using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Recovery;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Tests.Recovery;

/// <summary>RFC 9000, section 13.2.</summary>
public sealed class AckTrackerTests
{
    private static readonly TimeSpan MaxAckDelay = TimeSpan.FromMilliseconds(25);

    [Test]
    public void A_single_packet_waits_for_the_delay_and_the_second_does_not()
    {
        AckTracker acks = Create();
        acks.OnReceived(At(0), 0, ackEliciting: true, ecn: 0);
        Assert.That(acks.HasUnackedEliciting);
        Assert.That(acks.Deadline, Is.EqualTo(At(25)));
        Assert.That(acks.IsAckDue(At(24)), Is.False);
        Assert.That(acks.IsAckDue(At(25)));
        acks.OnReceived(At(10), 1, ackEliciting: true, ecn: 0);
        Assert.That(acks.IsAckDue(At(10)));
        acks.OnAckSent();
        Assert.That(acks.Deadline.IsNever);
        Assert.That(acks.HasUnackedEliciting, Is.False);
        Assert.That(acks.IsAckDue(At(1000)), Is.False);
    }

    [Test]
    public void The_number_of_packets_per_ack_is_settable()
    {
        AckTracker acks = Create();
        acks.AckEveryPackets = 4;
        for (int i = 0; i < 4; i++)
        {
            Assert.That(acks.IsAckDue(At(0)), Is.False);
            acks.OnReceived(At(0), i, ackEliciting: true, ecn: 0);
        }

        Assert.That(acks.IsAckDue(At(0)));
    }

    [TestCase(EncryptionLevel.Initial)]
    [TestCase(EncryptionLevel.Handshake)]
    public void Handshake_packets_are_acknowledged_at_once(object level)
    {
        AckTracker acks = new((EncryptionLevel)level, MaxAckDelay);
        acks.OnReceived(At(3), 0, ackEliciting: true, ecn: 0);
        Assert.That(acks.IsAckDue(At(3)));
    }

    [Test]
    public void Packets_that_elicit_nothing_are_not_acknowledged_alone()
    {
        // RFC 9000, section 13.2: two endpoints must not acknowledge ACKs forever.
        AckTracker acks = Create();
        for (int i = 0; i < 100; i += 2)
        {
            acks.OnReceived(At(i), i, ackEliciting: false, ecn: 3);
        }

        Assert.That(acks.Deadline.IsNever);
        Assert.That(acks.LargestReceived, Is.EqualTo(98));
    }

    [Test]
    public void A_gap_is_acknowledged_at_once()
    {
        // RFC 9000, section 13.2.1.
        AckTracker acks = Create();
        acks.OnReceived(At(0), 0, ackEliciting: true, ecn: 0);
        acks.OnAckSent();
        acks.OnReceived(At(1), 2, ackEliciting: true, ecn: 0);
        Assert.That(acks.IsAckDue(At(1)));
        acks.OnAckSent();
        acks.OnReceived(At(2), 3, ackEliciting: true, ecn: 0);
        Assert.That(acks.IsAckDue(At(2)), Is.False, "the gap was reported");
        acks.OnAckSent();
        acks.OnReceived(At(3), 4, ackEliciting: false, ecn: 0);
        acks.OnReceived(At(3), 5, ackEliciting: true, ecn: 0);
        Assert.That(acks.IsAckDue(At(3)), Is.False, "nothing is missing between 3 and 5");
    }

    [Test]
    public void A_late_packet_is_acknowledged_at_once()
    {
        // RFC 9000, section 13.2.1.
        AckTracker acks = Create();
        acks.OnReceived(At(0), 0, ackEliciting: true, ecn: 0);
        acks.OnReceived(At(0), 2, ackEliciting: true, ecn: 0);
        acks.OnAckSent();
        acks.OnReceived(At(1), 1, ackEliciting: true, ecn: 0);
        Assert.That(acks.IsAckDue(At(1)));
    }

    [Test]
    public void A_congestion_mark_is_acknowledged_at_once_and_counted()
    {
        // RFC 9000, sections 13.2.1 and 13.4.1.
        AckTracker acks = Create();
        acks.OnReceived(At(0), 0, ackEliciting: true, ecn: 3);
        Assert.That(acks.IsAckDue(At(0)));
        acks.OnReceived(At(0), 1, ackEliciting: true, ecn: 2);
        acks.OnReceived(At(0), 2, ackEliciting: true, ecn: 2);
        acks.OnReceived(At(0), 3, ackEliciting: true, ecn: 1);
        acks.OnReceived(At(0), 4, ackEliciting: true, ecn: 0);
        Assert.That(acks.Ecn, Is.EqualTo(new EcnCounts(2, 1, 1)));
    }

    [Test]
    public void The_delay_is_that_of_the_largest_packet()
    {
        AckTracker acks = Create();
        acks.OnReceived(At(0), 5, ackEliciting: true, ecn: 0);
        acks.OnReceived(At(9), 4, ackEliciting: true, ecn: 0);
        Assert.That(acks.DelaySinceLargest(At(10)), Is.EqualTo(TimeSpan.FromMilliseconds(10)));
    }

    [Test]
    public void At_most_64_ranges_are_kept_and_older_numbers_count_as_duplicates()
    {
        AckTracker acks = Create();
        for (int i = 0; i < 100; i++)
        {
            acks.OnReceived(At(0), i * 2, ackEliciting: true, ecn: 0);
        }

        Assert.That(acks.RangesLargestFirst.Length, Is.EqualTo(64));
        Assert.That(acks.RangesLargestFirst[63], Is.EqualTo(new PacketNumberRange(72, 72)));
        Assert.That(acks.IsDuplicate(70));
        Assert.That(acks.IsDuplicate(69), "too old to tell");
        Assert.That(acks.IsDuplicate(71), Is.False);
        acks.OnReceived(At(0), 71, ackEliciting: true, ecn: 0);
        Assert.That(acks.RangesLargestFirst[63], Is.EqualTo(new PacketNumberRange(71, 72)));
    }

    [Test]
    public void An_acknowledged_ack_shortens_the_next_but_duplicates_stay_known()
    {
        // RFC 9000, sections 13.2.4 and 12.3.
        AckTracker acks = Create();
        acks.OnReceived(At(0), 0, ackEliciting: true, ecn: 0);
        acks.OnReceived(At(0), 2, ackEliciting: true, ecn: 0);
        acks.OnReceived(At(0), 9, ackEliciting: true, ecn: 0);
        acks.OnAckAcknowledged(2);
        Assert.That(acks.RangesLargestFirst.ToArray(), Is.EqualTo(new[] { new PacketNumberRange(9, 9) }));
        Assert.That(acks.IsDuplicate(0));
        Assert.That(acks.IsDuplicate(1), Is.False);
    }

    [Test]
    public void A_late_packet_is_reported_until_an_ack_that_surely_covered_it()
    {
        AckTracker acks = Create();
        acks.OnReceived(At(0), 0, ackEliciting: true, ecn: 0);
        acks.OnReceived(At(0), 9, ackEliciting: true, ecn: 0);
        acks.OnReceived(At(0), 5, ackEliciting: true, ecn: 0);

        // An ACK up to 9 may have left before packet 5 came.
        acks.OnAckAcknowledged(9);
        Assert.That(acks.RangesLargestFirst.ToArray(), Does.Contain(new PacketNumberRange(5, 5)));
        acks.OnReceived(At(0), 10, ackEliciting: true, ecn: 0);
        acks.OnAckAcknowledged(10);
        Assert.That(acks.RangesLargestFirst.ToArray(), Is.EqualTo(new[] { new PacketNumberRange(9, 10) }));
    }

    [Test]
    public void Every_twentieth_ack_only_packet_has_a_ping()
    {
        // Otherwise a peer that sends us only data never learns that its ranges arrived (RFC 9000, section 13.2.4).
        AckTracker acks = Create();
        for (int i = 1; i <= 60; i++)
        {
            Assert.That(acks.NeedsPing(), Is.EqualTo(i % 20 == 0), $"{i}");
        }
    }

    [Test]
    public void Random_arrivals_match_a_plain_set([Range(1, 40)] int seed)
    {
        Random random = new(seed);
        AckTracker acks = Create();
        SortedSet<long> received = [];
        for (int step = 0; step < 400; step++)
        {
            long number = Math.Max(0, (step / 3) + random.Next(-40, 8));
            Assert.That(acks.IsDuplicate(number), Is.EqualTo(received.Contains(number)), $"seed {seed}, step {step}, number {number}");
            acks.OnReceived(At(step), number, ackEliciting: true, ecn: 0);
            received.Add(number);
            Assert.That(acks.LargestReceived, Is.EqualTo(received.Max));
        }

        Assert.That(acks.RangesLargestFirst.ToArray(), Is.EqualTo(AckFrames.Ranges(received)), $"seed {seed}");
    }

    [Test]
    public void Receiving_allocates_nothing()
    {
        AckTracker acks = Create();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            acks.OnReceived(At(i), i + (i / 7), ackEliciting: true, ecn: 2);
            acks.OnAckSent();
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(AllocationQuantum.Bytes));
    }

    private static AckTracker Create() => new(EncryptionLevel.Application, MaxAckDelay);

    private static Timestamp At(double milliseconds) => RecoveryFixture.At(milliseconds);
}
