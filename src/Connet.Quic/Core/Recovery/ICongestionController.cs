using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Recovery;

/// <summary>Decides how many bytes may be in flight on one path (RFC 9002, section 7). <see cref="LossDetection"/> counts them.</summary>
internal interface ICongestionController
{
    /// <summary>The bytes that may be in flight.</summary>
    long CongestionWindow { get; }

    /// <summary>Below it the window grows as in slow start; <see cref="long.MaxValue"/> before the first congestion.</summary>
    long SlowStartThreshold { get; }

    bool InSlowStart { get; }

    void OnPacketSent(Timestamp now, int bytes);

    /// <summary>A packet in flight was acknowledged. Called oldest first, after the RTT sample of the same ACK.</summary>
    /// <param name="now">When the ACK arrived.</param>
    /// <param name="sentAt">When the packet was sent.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="applicationLimited">The window was not used, so it does not grow (RFC 9002, section 7.8).</param>
    /// <param name="rtt">The path's RTT.</param>
    void OnAcknowledged(Timestamp now, Timestamp sentAt, int bytes, bool applicationLimited, RttEstimator rtt);

    /// <summary>Packets were lost or marked; <paramref name="lostSentAt"/> is when the last of them was sent.</summary>
    void OnCongestion(Timestamp now, Timestamp lostSentAt, bool persistent);

    /// <summary>Everything declared lost since the window was last cut has arrived after all: undo the cut.</summary>
    void OnSpuriousLoss();

    void SetMaxDatagramSize(int size);
}
