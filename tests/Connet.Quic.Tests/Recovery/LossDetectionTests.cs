using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Tests.Recovery;

/// <summary>RFC 9002, sections 6.1 and 7, one rule each.</summary>
public sealed class LossDetectionTests
{
    [Test]
    public void A_packet_three_behind_the_largest_acknowledged_is_lost()
    {
        // RFC 9002, section 6.1.1.
        RecoveryFixture f = new();
        for (int i = 0; i < 5; i++)
        {
            f.Send(i, i);
        }

        f.Ack(100, 3);

        Assert.That(f.Acked, Is.EqualTo(new long[] { 3 }));
        Assert.That(f.Lost, Is.EqualTo(new long[] { 0 }));
        Assert.That(f.Loss.BytesInFlight, Is.EqualTo(3 * 1200));
        Assert.That(f.Result.LargestNewlyAcked, Is.EqualTo(3));
        Assert.That((f.Loss.PacketsSent, f.Loss.PacketsAcked, f.Loss.PacketsLost), Is.EqualTo((5L, 1L, 1L)));
    }

    [Test]
    public void A_packet_older_than_nine_eighths_of_the_rtt_is_lost_by_the_timer()
    {
        // RFC 9002, section 6.1.2.
        RecoveryFixture f = new();
        f.Send(0, 0);
        f.Send(0, 1);
        f.Ack(80, 1);

        Assert.That(f.Lost, Is.Empty);
        Assert.That(f.DeadlineMs, Is.EqualTo(90));
        Assert.That(f.Timeout(89.9), Is.Null);
        Assert.That(f.Lost, Is.Empty);
        Assert.That(f.Timeout(90), Is.Null, "a loss needs no probe");
        Assert.That(f.Lost, Is.EqualTo(new long[] { 0 }));
        Assert.That(f.Loss.Deadline.IsNever);
        Assert.That(f.Loss.BytesInFlight, Is.Zero);
    }

    [Test]
    public void The_time_threshold_is_never_below_the_granularity()
    {
        RecoveryFixture f = new();
        f.Send(0, 0);
        f.Send(0, 1);
        f.Ack(0.1, 1);
        Assert.That(f.DeadlineMs, Is.EqualTo(1));
    }

    [Test]
    public void Ack_of_an_unsent_packet_is_a_protocol_violation()
    {
        // RFC 9000, section 13.1.
        RecoveryFixture f = new();
        f.Send(0, 0);
        Assert.That(f.Ack(10, 1), Is.EqualTo(TransportErrorCode.ProtocolViolation));
        Assert.That(f.Ack(10, 0, 1), Is.EqualTo(TransportErrorCode.ProtocolViolation));
        Assert.That(f.Loss.LargestAcked(EncryptionLevel.Application), Is.EqualTo(-1));
        Assert.That(f.Ack(10, 0), Is.EqualTo(TransportErrorCode.NoError));
    }

    [Test]
    public void Ack_of_a_skipped_packet_is_a_protocol_violation([Values(1, 2, 3)] int seed)
    {
        // RFC 9000, section 21.4.
        RecoveryFixture f = new();
        SeededSource random = new(seed);
        List<long> skipped = [];
        long expected = 0;
        while (skipped.Count < 4)
        {
            long number = f.Loss.NextPacketNumber(EncryptionLevel.Application, random);
            if (number != expected)
            {
                skipped.Add(expected);
            }

            f.Send(expected, number);
            expected = number + 1;
        }

        Assert.That(skipped[0], Is.LessThanOrEqualTo(512));
        Assert.That(f.Ack(10_000, Except(0, expected, skipped)), Is.EqualTo(TransportErrorCode.NoError));
        foreach (long number in skipped)
        {
            Assert.That(f.Ack(10_000, number), Is.EqualTo(TransportErrorCode.ProtocolViolation), $"{number}");
            Assert.That(f.Ack(10_000, number - 1, number, number + 1), Is.EqualTo(TransportErrorCode.ProtocolViolation));
            Assert.That(f.Ack(10_000, number - 1, number + 1), Is.EqualTo(TransportErrorCode.NoError));
        }
    }

    [Test]
    public void Handshake_levels_skip_nothing()
    {
        RecoveryFixture f = new();
        SeededSource random = new(1);
        for (int i = 0; i < 2000; i++)
        {
            Assert.That(f.Loss.NextPacketNumber(EncryptionLevel.Initial, random), Is.EqualTo(i));
        }
    }

    [Test]
    public void A_repeated_ack_changes_nothing()
    {
        RecoveryFixture f = new();
        f.Send(0, 0);
        f.Send(0, 1);
        f.Ack(50, 0, 1);
        TimeSpan smoothed = f.Rtt.Smoothed;
        f.Ack(500, 0, 1);
        Assert.That(f.Acked, Is.Empty);
        Assert.That(f.Result.AnyNewlyAcked, Is.False);
        Assert.That(f.Rtt.Smoothed, Is.EqualTo(smoothed));
        Assert.That(f.Rtt.SampleCount, Is.EqualTo(1));
    }

    [Test]
    public void Only_a_newly_acknowledged_largest_gives_an_rtt_sample()
    {
        // RFC 9002, section 5.1.
        RecoveryFixture f = new();
        f.Send(0, 0);
        f.Send(1, 1);
        f.Send(2, 2);
        f.Ack(50, 2);
        f.Ack(60, 1, 2);
        Assert.That(f.Rtt.SampleCount, Is.EqualTo(1));
        Assert.That(f.Rtt.Latest, Is.EqualTo(TimeSpan.FromMilliseconds(48)));
    }

    [Test]
    public void An_ack_of_packets_that_elicit_nothing_gives_no_rtt_sample()
    {
        // RFC 9002, section 5.1.
        RecoveryFixture f = new();
        f.SendAckOnly(0, 0);
        f.Ack(50, 0);
        Assert.That(f.Rtt.HasSample, Is.False);
        Assert.That(f.Result.AnyNewlyAcked);
    }

    [Test]
    public void Ack_delay_is_ignored_for_initial_and_limited_after_confirmation()
    {
        // RFC 9002, section 5.3.
        RecoveryFixture f = new(confirmed: false);
        f.Send(0, 0, EncryptionLevel.Initial);
        f.AckAt(EncryptionLevel.Initial, 100, 0, 0);
        f.Send(200, 1, EncryptionLevel.Initial);
        f.AckAt(EncryptionLevel.Initial, 340, 40, 1);
        Assert.That(f.Rtt.Smoothed.TotalMilliseconds, Is.EqualTo(((7 * 100) + 140) / 8.0), "the delay is not subtracted");

        RecoveryFixture confirmed = new();
        confirmed.Send(0, 0);
        confirmed.Ack(100, 0);
        confirmed.Send(200, 1);
        confirmed.AckAt(EncryptionLevel.Application, 340, 40, 1);
        Assert.That(confirmed.Rtt.Smoothed.TotalMilliseconds, Is.EqualTo(((7 * 100) + 115) / 8.0), "at most max_ack_delay");
    }

    [Test]
    public void Losses_are_one_congestion_event_with_the_last_send_time()
    {
        // RFC 9002, appendix B.8.
        RecoveryFixture f = new();
        for (int i = 0; i < 8; i++)
        {
            f.Send(i, i);
        }

        f.Ack(50, 7);
        Assert.That(f.Lost, Is.EqualTo(new long[] { 0, 1, 2, 3, 4 }));
        Assert.That(f.Congestions, Is.EqualTo(new[] { $"congestion {RecoveryFixture.At(4).Ticks}" }));
    }

    [Test]
    public void A_lost_mtu_probe_is_no_congestion()
    {
        // RFC 9000, section 14.4.
        RecoveryFixture f = new();
        f.Send(0, 0, kind: SentFrameKind.MtuProbe, bytes: 1400);
        for (int i = 1; i < 5; i++)
        {
            f.Send(i, i);
        }

        f.Ack(50, 4, 3, 2, 1);
        Assert.That(f.Result.MtuProbeLost);
        Assert.That(f.Lost, Is.EqualTo(new long[] { 0 }));
        Assert.That(f.Congestions, Is.Empty);
        Assert.That(f.Loss.BytesInFlight, Is.Zero);
    }

    [Test]
    public void Losses_that_all_arrive_late_are_undone_once()
    {
        RecoveryFixture f = new();
        for (int i = 0; i < 6; i++)
        {
            f.Send(i, i);
        }

        f.Ack(50, 5);
        Assert.That(f.Lost, Is.EqualTo(new long[] { 0, 1, 2 }));
        f.Ack(51, 0, 2, 5);
        Assert.That(f.Result.SpuriousLoss, Is.False);
        f.Ack(52, 0, 1, 2, 5);
        Assert.That(f.Result.SpuriousLoss);
        Assert.That(f.Acked, Is.Empty, "their frames were given up already");
        f.Ack(53, 0, 1, 2, 5);
        Assert.That(f.Congestion.Log.Count(line => line == "spurious"), Is.EqualTo(1));
    }

    [Test]
    public void A_later_cut_is_not_undone_by_losses_of_an_earlier_one()
    {
        RecoveryFixture f = new();
        for (int i = 0; i < 4; i++)
        {
            f.Send(i, i);
        }

        f.Ack(50, 3);
        for (int i = 4; i < 8; i++)
        {
            f.Send(50 + i, i);
        }

        f.Ack(110, 1, 2, 3, 7);
        Assert.That(f.Lost, Is.EqualTo(new long[] { 4 }));
        f.Ack(111, 0, 1, 2, 3, 7);
        Assert.That(f.Result.SpuriousLoss, Is.False);
        f.Ack(112, 0, 1, 2, 3, 4, 7);
        Assert.That(f.Result.SpuriousLoss);
    }

    [Test]
    public void Persistent_congestion_needs_a_long_run_of_losses_after_an_rtt_sample()
    {
        // RFC 9002, section 7.6: (100 + 4 × 50 + 25) × 3 = 975 ms.
        RecoveryFixture f = new();
        f.Send(0, 0);
        f.Ack(100, 0);
        f.Send(200, 1);
        f.Send(800, 2);
        f.Send(1176, 3);
        f.Send(1200, 4);
        f.Send(1201, 5);
        f.Send(1202, 6);
        f.Ack(1302, 6);
        Assert.That(f.Lost, Is.EqualTo(new long[] { 1, 2, 3 }));
        Assert.That(f.Result.PersistentCongestion);
        Assert.That(f.Congestions.Single(), Does.EndWith("persistent"));
    }

    [Test]
    public void An_acknowledged_packet_between_the_losses_is_no_persistent_congestion()
    {
        // RFC 9002, section 7.6.2.
        RecoveryFixture f = new();
        f.Send(0, 0);
        f.Ack(100, 0);
        f.Send(200, 1);
        f.Send(800, 2);
        f.Send(1176, 3);
        f.Send(1200, 4);
        f.Send(1201, 5);
        f.Send(1202, 6);
        f.Ack(1302, 2, 6);
        Assert.That(f.Lost, Is.EqualTo(new long[] { 1, 3 }));
        Assert.That(f.Result.PersistentCongestion, Is.False);
    }

    [Test]
    public void An_acknowledged_ack_only_packet_between_the_losses_counts_too()
    {
        // RFC 9002, section 7.6.2: also when another ACK-only packet follows it before the loss is noticed.
        RecoveryFixture f = new();
        f.Send(0, 0);
        f.Ack(100, 0);
        f.Send(200, 1);
        f.SendAckOnly(201, 2);
        f.Ack(250, 2);
        f.SendAckOnly(260, 3);
        f.Send(1000, 4);
        f.Send(1300, 5);
        for (int i = 6; i < 10; i++)
        {
            f.Send(1301, i);
        }

        f.Ack(1350, 9);
        Assert.That(f.Lost, Is.EqualTo(new long[] { 1, 3, 4, 5, 6 }));
        Assert.That(f.Result.PersistentCongestion, Is.False);
    }

    [Test]
    public void Packets_sent_before_the_first_rtt_sample_are_no_persistent_congestion()
    {
        // RFC 9002, section 7.6.2.
        RecoveryFixture f = new();
        f.Send(0, 0);
        f.Send(5000, 1);
        for (int i = 2; i < 6; i++)
        {
            f.Send(9000, i);
        }

        f.Ack(9010, 5);
        Assert.That(f.Lost, Is.EqualTo(new long[] { 0, 1, 2 }));
        Assert.That(f.Result.PersistentCongestion, Is.False);
    }

    [Test]
    public void Only_used_windows_are_reported_as_such()
    {
        // RFC 9002, section 7.8.
        RecoveryFixture f = new();
        f.Congestion.CongestionWindow = 12_000;
        f.Loss.SetApplicationLimited(true);
        f.Send(0, 0);
        f.Ack(50, 0);
        Assert.That(f.Congestion.Log[^1], Does.EndWith("limited"));

        for (int i = 1; i <= 10; i++)
        {
            f.Send(100, i);
        }

        f.Ack(150, 0, 1, 2, 3, 4, 5);
        f.Ack(151, 6, 7, 8, 9, 10);
        Assert.That(f.Congestion.Log[^1], Does.Not.EndWith("limited"), "the burst filled the window, though it drains now");
        f.Send(200, 11);
        f.Ack(250, 11);
        Assert.That(f.Congestion.Log[^1], Does.EndWith("limited"));
        f.Loss.SetApplicationLimited(false);
        f.Send(300, 12);
        f.Ack(350, 12);
        Assert.That(f.Congestion.Log[^1], Does.Not.EndWith("limited"));
    }

    [Test]
    public void A_congestion_mark_is_a_congestion_event()
    {
        // RFC 9002, section 7.1.
        RecoveryFixture f = new();
        f.Loss.EcnEnabled = true;
        f.Send(0, 0);
        f.Send(1, 1);
        f.AckEcn(50, new EcnCounts(1, 0, 0), 0);
        Assert.That(f.Congestions, Is.Empty);
        f.AckEcn(51, new EcnCounts(1, 0, 1), 0, 1);
        Assert.That(f.Congestions, Is.EqualTo(new[] { $"congestion {RecoveryFixture.At(1).Ticks}" }));
        Assert.That(f.Loss.EcnEnabled);
    }

    [TestCase(0, 0, 0, TestName = "Ecn_fails_when_the_counts_are_missing")]
    [TestCase(1, 0, 0, TestName = "Ecn_fails_when_the_counts_are_too_low")]
    [TestCase(1, 1, 0, TestName = "Ecn_fails_when_marks_we_never_set_are_reported")]
    [TestCase(0, 0, 5, TestName = "Ecn_fails_when_a_count_falls")]
    public void Ecn_fails(long ect0, long ect1, long ce)
    {
        // RFC 9000, section 13.4.2.1.
        RecoveryFixture f = new();
        f.Loss.EcnEnabled = true;
        f.Send(0, 0);
        f.Send(1, 1);
        f.AckEcn(50, new EcnCounts(1, 0, 0), 0);
        f.AckEcn(51, new EcnCounts(ect0, ect1, ce), 0, 1);
        Assert.That(f.Loss.EcnEnabled, Is.False);
        Assert.That(f.Result.EcnFailed);
        Assert.That(f.Congestions, Is.Empty);
    }

    [Test]
    public void Packets_of_an_old_path_touch_neither_window_nor_rtt()
    {
        // RFC 9000, section 9.4.
        RecoveryFixture f = new();
        for (int i = 0; i < 8; i++)
        {
            f.Send(i, i);
        }

        RecordingCongestion congestion = new();
        Core.Recovery.RttEstimator rtt = new();
        f.Loss.OnPathChanged(congestion, rtt);
        Assert.That(f.Loss.BytesInFlight, Is.Zero);
        f.Send(20, 8);
        f.Ack(50, 7);
        Assert.That(f.Acked, Is.EqualTo(new long[] { 7 }));
        Assert.That(f.Lost, Is.EqualTo(new long[] { 0, 1, 2, 3, 4 }), "their frames still need another packet");
        Assert.That(congestion.Log, Is.EqualTo(new[] { "sent 1200" }));
        Assert.That(rtt.HasSample, Is.False);
        Assert.That(f.Loss.BytesInFlight, Is.EqualTo(1200));
        f.Ack(70, 8);
        Assert.That(rtt.Latest.TotalMilliseconds, Is.EqualTo(50));
        Assert.That(f.Loss.BytesInFlight, Is.Zero);
    }

    [Test]
    public void A_discarded_level_gives_its_bytes_back_and_ignores_acks()
    {
        // RFC 9002, section 6.4.
        RecoveryFixture f = new(confirmed: false);
        f.Send(0, 0, EncryptionLevel.Initial);
        f.Send(0, 0, EncryptionLevel.Handshake);
        f.Loss.Discard(EncryptionLevel.Initial);
        Assert.That(f.Loss.BytesInFlight, Is.EqualTo(1200));
        Assert.That(f.AckAt(EncryptionLevel.Initial, 10, 0, 0), Is.EqualTo(TransportErrorCode.NoError));
        Assert.That(f.Acked, Is.Empty);
        f.Loss.Discard(EncryptionLevel.Initial);
        Assert.That(f.Loss.BytesInFlight, Is.EqualTo(1200));
    }

    private static long[] Except(long from, long to, List<long> without)
    {
        List<long> numbers = [];
        for (long number = from; number < to; number++)
        {
            if (!without.Contains(number))
            {
                numbers.Add(number);
            }
        }

        return [.. numbers];
    }
}
