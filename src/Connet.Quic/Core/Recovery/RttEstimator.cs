namespace Connet.Quic.Core.Recovery;

/// <summary>The round-trip time of one path (RFC 9002, section 5).</summary>
internal sealed class RttEstimator
{
    /// <summary>The granularity of timers, kGranularity (RFC 9002, section 6.1.2).</summary>
    public static readonly TimeSpan Granularity = TimeSpan.FromMilliseconds(1);

    /// <summary>What is assumed before the first sample, kInitialRtt (RFC 9002, section 6.2.2).</summary>
    public static readonly TimeSpan InitialRtt = TimeSpan.FromMilliseconds(333);

    public RttEstimator() => Reset();

    /// <summary>Whether at least one sample was taken.</summary>
    public bool HasSample => SampleCount > 0;

    /// <summary>How many samples were taken.</summary>
    public long SampleCount { get; private set; }

    /// <summary>The most recent sample, ack delay included.</summary>
    public TimeSpan Latest { get; private set; }

    /// <summary>The smoothed RTT; <see cref="InitialRtt"/> before a sample.</summary>
    public TimeSpan Smoothed { get; private set; }

    /// <summary>The mean deviation, rttvar.</summary>
    public TimeSpan Variation { get; private set; }

    /// <summary>The smallest sample, taken without regard to ack delay (RFC 9002, section 5.2).</summary>
    public TimeSpan Minimum { get; private set; }

    /// <summary>Takes in a sample (RFC 9002, section 5.3). The caller has limited the ack delay already.</summary>
    public void Update(TimeSpan latest, TimeSpan ackDelay)
    {
        long sample = Math.Max(0, latest.Ticks);
        Latest = new TimeSpan(sample);
        SampleCount++;
        if (SampleCount == 1)
        {
            Minimum = Smoothed = Latest;
            Variation = new TimeSpan(sample / 2);
            return;
        }

        Minimum = new TimeSpan(Math.Min(Minimum.Ticks, sample));

        // A delay that would bring the sample below the minimum is a lie or an error (RFC 9002, section 5.3).
        long adjusted = sample - ackDelay.Ticks >= Minimum.Ticks ? sample - ackDelay.Ticks : sample;
        Variation = new TimeSpan(((3 * Variation.Ticks) + Math.Abs(Smoothed.Ticks - adjusted)) / 4);
        Smoothed = new TimeSpan(((7 * Smoothed.Ticks) + adjusted) / 8);
    }

    /// <summary>The probe timeout without backoff (RFC 9002, section 6.2.1).</summary>
    public TimeSpan ProbeTimeout(TimeSpan maxAckDelay) =>
        new(Smoothed.Ticks + Math.Max(4 * Variation.Ticks, Granularity.Ticks) + maxAckDelay.Ticks);

    /// <summary>Back to the state before the first sample.</summary>
    public void Reset()
    {
        SampleCount = 0;
        Latest = Minimum = TimeSpan.Zero;
        Smoothed = InitialRtt;
        Variation = InitialRtt / 2;
    }
}
