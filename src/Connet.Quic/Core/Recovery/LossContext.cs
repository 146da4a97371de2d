using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Recovery;

/// <summary>The measures by which packets are declared lost; they belong to the path, not to a packet number space.</summary>
/// <param name="Now">The present.</param>
/// <param name="LossDelay">How long after sending a packet older than an acknowledged one is lost (RFC 9002, section 6.1.2).</param>
/// <param name="PersistentDuration">The persistent congestion duration (RFC 9002, section 7.6.1).</param>
/// <param name="FirstRttSample">When the path's RTT was first sampled; <see cref="Timestamp.Never"/> before.</param>
/// <param name="Path">The current path.</param>
internal readonly record struct LossContext(
    Timestamp Now, TimeSpan LossDelay, TimeSpan PersistentDuration, Timestamp FirstRttSample, int Path)
{
    private const int PersistentCongestionThreshold = 3;

    /// <summary>The time threshold kTimeThreshold, 9/8 (RFC 9002, section 6.1.2).</summary>
    private const int TimeThresholdNumerator = 9;
    private const int TimeThresholdDenominator = 8;

    public static LossContext For(Timestamp now, RttEstimator rtt, TimeSpan maxAckDelay, Timestamp firstRttSample, int path)
    {
        long longest = Math.Max(rtt.Latest.Ticks, rtt.Smoothed.Ticks);
        long lossDelay = Math.Max(TimeThresholdNumerator * longest / TimeThresholdDenominator, RttEstimator.Granularity.Ticks);
        TimeSpan persistent = rtt.ProbeTimeout(maxAckDelay) * PersistentCongestionThreshold;
        return new LossContext(now, new TimeSpan(lossDelay), persistent, firstRttSample, path);
    }
}
