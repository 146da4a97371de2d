using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Recovery;

namespace Connet.Quic.Tests.Recovery;

/// <summary>A controller that never changes its window and writes down what it is told.</summary>
internal sealed class RecordingCongestion : ICongestionController
{
    public List<string> Log { get; } = [];

    public long CongestionWindow { get; set; } = 1_000_000;

    public long SlowStartThreshold => long.MaxValue;

    public bool InSlowStart => true;

    public void OnPacketSent(Timestamp now, int bytes) => Log.Add($"sent {bytes}");

    public void OnAcknowledged(Timestamp now, Timestamp sentAt, int bytes, bool applicationLimited, RttEstimator rtt) =>
        Log.Add($"acked {bytes} of {sentAt.Ticks}{(applicationLimited ? " limited" : string.Empty)}");

    public void OnCongestion(Timestamp now, Timestamp lostSentAt, bool persistent) =>
        Log.Add($"congestion {lostSentAt.Ticks}{(persistent ? " persistent" : string.Empty)}");

    public void OnSpuriousLoss() => Log.Add("spurious");

    public void SetMaxDatagramSize(int size)
    {
    }
}
