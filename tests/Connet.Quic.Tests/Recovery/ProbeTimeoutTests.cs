using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Tests.Recovery;

/// <summary>RFC 9002, section 6.2.</summary>
public sealed class ProbeTimeoutTests
{
    [Test]
    public void Before_a_sample_the_timeout_is_a_second()
    {
        // 333 + 4 × 166.5 ms (RFC 9002, section 6.2.2).
        RecoveryFixture f = new(confirmed: false);
        f.Send(5, 0, EncryptionLevel.Initial);
        Assert.That(f.DeadlineMs, Is.EqualTo(5 + 999));
    }

    [Test]
    public void The_timeout_doubles_and_starts_anew_after_an_ack()
    {
        // RFC 9002, section 6.2.1: smoothed 100, deviation 50, max_ack_delay 25.
        RecoveryFixture f = new();
        f.Send(0, 0);
        f.Ack(100, 0);
        Assert.That(f.Loss.Deadline.IsNever);
        f.Send(200, 1);
        Assert.That(f.DeadlineMs, Is.EqualTo(200 + 325));
        Assert.That(f.TimeoutAtDeadline(), Is.EqualTo(EncryptionLevel.Application));
        Assert.That(f.Loss.PtoCount, Is.EqualTo(1));
        Assert.That(f.DeadlineMs, Is.EqualTo(200 + 650));
        f.Send(525, 2);
        Assert.That(f.DeadlineMs, Is.EqualTo(525 + 650));
        Assert.That(f.TimeoutAtDeadline(), Is.EqualTo(EncryptionLevel.Application));
        Assert.That(f.DeadlineMs, Is.EqualTo(525 + 1300));
        Assert.That(f.Lost, Is.Empty, "a timeout loses nothing (RFC 9002, section 6.2)");
        f.Send(1200, 3);
        f.Ack(1300, 2);
        Assert.That(f.Loss.PtoCount, Is.Zero);
    }

    [Test]
    public void Two_probes_may_be_sent_and_an_ack_ends_that()
    {
        // RFC 9002, section 6.2.4.
        RecoveryFixture f = new();
        f.Send(0, 0);
        f.TimeoutAtDeadline();
        Assert.That(f.Loss.ProbesPending(EncryptionLevel.Application), Is.EqualTo(2));
        f.Send(2000, 1);
        Assert.That(f.Loss.ProbesPending(EncryptionLevel.Application), Is.EqualTo(1));
        f.SendAckOnly(2000, 2);
        Assert.That(f.Loss.ProbesPending(EncryptionLevel.Application), Is.EqualTo(1), "a probe elicits an ACK");
        f.Ack(2010, 1);
        Assert.That(f.Loss.ProbesPending(EncryptionLevel.Application), Is.Zero);
    }

    [Test]
    public void Application_packets_are_not_probed_before_confirmation()
    {
        // RFC 9002, section 6.2.1.
        RecoveryFixture f = new(isServer: true, confirmed: false);
        f.Send(0, 0);
        Assert.That(f.Loss.Deadline.IsNever);
        f.Loss.SetHandshakeState(hasHandshakeKeys: true, handshakeConfirmed: true, peerAddressValidated: true);
        Assert.That(f.Loss.Deadline.IsNever, Is.False);
    }

    [Test]
    public void A_client_with_nothing_in_flight_probes_until_its_address_is_validated()
    {
        // RFC 9002, section 6.2.2.1.
        RecoveryFixture f = new(confirmed: false);
        Assert.That(f.Loss.Deadline.IsNever, "nothing was sent yet");
        f.Send(0, 0, EncryptionLevel.Initial);
        f.AckAt(EncryptionLevel.Initial, 100, 0, 0);
        Assert.That(f.DeadlineMs, Is.EqualTo(100 + 300), "from the ACK on");
        Assert.That(f.TimeoutAtDeadline(), Is.EqualTo(EncryptionLevel.Initial));
        Assert.That(f.DeadlineMs, Is.EqualTo(400 + 600));
        f.Loss.SetHandshakeState(hasHandshakeKeys: true, handshakeConfirmed: false, peerAddressValidated: false);
        Assert.That(f.TimeoutAtDeadline(), Is.EqualTo(EncryptionLevel.Handshake));
        Assert.That(f.Loss.PtoCount, Is.EqualTo(2));
        f.Send(1000, 0, EncryptionLevel.Handshake);
        f.AckAt(EncryptionLevel.Handshake, 1100, 0, 0);
        Assert.That(f.Loss.Deadline.IsNever, "an acknowledged Handshake packet proves it");
        Assert.That(f.Loss.PtoCount, Is.Zero);
    }

    [Test]
    public void The_backoff_stays_while_the_client_is_unsure()
    {
        // RFC 9002, section 6.2.1: an ACK of an Initial does not reset it.
        RecoveryFixture f = new(confirmed: false);
        f.Send(0, 0, EncryptionLevel.Initial);
        f.TimeoutAtDeadline();
        f.Send(1000, 1, EncryptionLevel.Initial);
        f.AckAt(EncryptionLevel.Initial, 1100, 0, 1);
        Assert.That(f.Loss.PtoCount, Is.EqualTo(1));
    }

    [Test]
    public void A_server_at_the_amplification_limit_does_not_probe()
    {
        // RFC 9002, section 6.2.2.1.
        RecoveryFixture f = new(isServer: true, confirmed: false);
        f.Send(0, 0, EncryptionLevel.Initial);
        f.Loss.AntiAmplificationBlocked = true;
        Assert.That(f.Loss.Deadline.IsNever);
        f.Loss.AntiAmplificationBlocked = false;
        Assert.That(f.DeadlineMs, Is.EqualTo(999));
    }

    [Test]
    public void Each_level_has_its_own_timeout_and_the_earliest_counts()
    {
        // RFC 9002, section 6.2.1.
        RecoveryFixture f = new(isServer: true, confirmed: false);
        f.Send(10, 0, EncryptionLevel.Handshake);
        f.Send(20, 0, EncryptionLevel.Initial);
        Assert.That(f.DeadlineMs, Is.EqualTo(10 + 999));
        Assert.That(f.TimeoutAtDeadline(), Is.EqualTo(EncryptionLevel.Handshake));
        f.Send(1009, 1, EncryptionLevel.Handshake);
        Assert.That(f.DeadlineMs, Is.EqualTo(20 + 1998));
        Assert.That(f.TimeoutAtDeadline(), Is.EqualTo(EncryptionLevel.Initial));
        f.Loss.Discard(EncryptionLevel.Initial);
        Assert.That(f.Loss.PtoCount, Is.Zero, "RFC 9002, section 6.2.2");
        Assert.That(f.DeadlineMs, Is.EqualTo(1009 + 999));
    }

    [Test]
    public void Probe_frames_come_from_the_oldest_packets_and_stay_in_flight()
    {
        RecoveryFixture f = new();
        f.Send(0, 0);
        f.Send(1, 1, kind: SentFrameKind.PathChallenge);
        f.Send(2, 2, kind: SentFrameKind.MaxData);
        f.Send(3, 3);
        f.TimeoutAtDeadline();

        f.Loss.CollectProbeFrames(EncryptionLevel.Application, f.Result);
        Assert.That(f.Result.Resend.Select(frame => frame.Id), Is.EqualTo(new long[] { 0, 2 }));
        f.Result.Clear();
        f.Loss.CollectProbeFrames(EncryptionLevel.Application, f.Result);
        Assert.That(f.Result.Resend.Select(frame => frame.Id), Is.EqualTo(new long[] { 3 }), "the next ones the next time");
        f.Result.Clear();
        f.Loss.CollectProbeFrames(EncryptionLevel.Application, f.Result);
        Assert.That(f.Result.Resend.Select(frame => frame.Id), Is.EqualTo(new long[] { 0, 2 }), "and over again");
        Assert.That(f.Loss.BytesInFlight, Is.EqualTo(4 * 1200));
        f.Ack(1000, 0, 1, 2, 3);
        Assert.That(f.Acked, Is.EquivalentTo(new long[] { 0, 1, 2, 3 }));
    }
}
