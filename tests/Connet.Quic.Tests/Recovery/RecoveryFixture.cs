using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Recovery;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Tests.Recovery;

/// <summary>A <see cref="LossDetection"/> on a clock in milliseconds. Each packet carries one frame whose id is its number.</summary>
internal sealed class RecoveryFixture
{
    public RecoveryFixture(bool isServer = false, bool confirmed = true)
    {
        Loss = new LossDetection(isServer, Congestion, Rtt);
        if (confirmed)
        {
            Loss.SetHandshakeState(hasHandshakeKeys: true, handshakeConfirmed: true, peerAddressValidated: true);
        }
    }

    public RecordingCongestion Congestion { get; } = new();

    public RttEstimator Rtt { get; } = new();

    public LossDetection Loss { get; }

    public AckResult Result { get; } = new();

    public IEnumerable<long> Acked => Result.Acked.Select(frame => frame.Id);

    public IEnumerable<long> Lost => Result.Lost.Select(frame => frame.Id);

    public IEnumerable<string> Congestions => Congestion.Log.Where(line => line.StartsWith("congestion", StringComparison.Ordinal));

    public double DeadlineMs => new TimeSpan(Loss.Deadline.Ticks).TotalMilliseconds;

    public static Timestamp At(double milliseconds) => new((long)(milliseconds * TimeSpan.TicksPerMillisecond));

    public void Send(
        double ms,
        long number,
        EncryptionLevel level = EncryptionLevel.Application,
        bool eliciting = true,
        SentFrameKind kind = SentFrameKind.Stream,
        int bytes = 1200) =>
        Loss.OnPacketSent(level, number, At(ms), bytes, eliciting, eliciting, [new SentFrame(kind, number)]);

    public void SendAckOnly(double ms, long number, EncryptionLevel level = EncryptionLevel.Application) =>
        Send(ms, number, level, eliciting: false, SentFrameKind.Ack, 40);

    public TransportErrorCode Ack(double ms, params long[] numbers) => AckAt(EncryptionLevel.Application, ms, 0, numbers);

    public TransportErrorCode AckAt(EncryptionLevel level, double ms, double delayMs, params long[] numbers) => AckFrames.Deliver(
        Loss, level, new byte[4096], AckFrames.Ranges(numbers), default, TimeSpan.FromMilliseconds(delayMs), At(ms), Result);

    public TransportErrorCode AckEcn(double ms, EcnCounts counts, params long[] numbers) => AckFrames.Deliver(
        Loss, EncryptionLevel.Application, new byte[4096], AckFrames.Ranges(numbers), counts, TimeSpan.Zero, At(ms), Result);

    public EncryptionLevel? Timeout(double ms)
    {
        Loss.OnTimeout(At(ms), Result, out EncryptionLevel? level);
        return level;
    }

    public EncryptionLevel? TimeoutAtDeadline() => Timeout(DeadlineMs);
}
