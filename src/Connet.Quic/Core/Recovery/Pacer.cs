using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Recovery;

/// <summary>
/// Spreads packets over the round trip (RFC 9002, section 7.7): a token bucket of bytes that fills at 1.25 times the
/// window per smoothed RTT. It is generous enough for batches: ten datagrams, or what the rate allows in 2 ms. Integer
/// arithmetic with the remainder carried over, so no fraction of a byte gets lost however often it is asked.
/// </summary>
internal sealed class Pacer
{
    /// <summary>The shortest wait: timers are no finer, and waking up more often costs more than it smooths.</summary>
    private const long MinWait = TimeSpan.TicksPerMillisecond;

    /// <summary>The bucket holds what the rate allows in this time: twice the shortest wait, so that a late timer loses nothing.</summary>
    private const long BurstTime = 2 * TimeSpan.TicksPerMillisecond;
    private const int BurstDatagrams = 10;
    private const int GainNumerator = 5;
    private const int GainDenominator = 4;

    // Both bound the product of time, window and gain to 63 bits.
    private const long MaxElapsed = 10 * TimeSpan.TicksPerSecond;
    private const long MaxWindow = 1L << 33;

    private int _maxDatagramSize;
    private long _tokens;
    private long _remainder;
    private Timestamp _filledAt = Timestamp.Never;

    public Pacer(int maxDatagramSize)
    {
        _maxDatagramSize = maxDatagramSize;
        _tokens = BurstDatagrams * (long)maxDatagramSize;
    }

    /// <summary>The bytes that may be sent now; 0 or less than a datagram means: wait until <see cref="NextSend"/>.</summary>
    public int Budget(Timestamp now, long congestionWindow, TimeSpan smoothedRtt)
    {
        Fill(now, congestionWindow, smoothedRtt);
        return (int)Math.Clamp(_tokens, 0, int.MaxValue);
    }

    /// <summary>Takes what was sent out of the bucket. Probes are sent whatever it holds, so it may fall below zero.</summary>
    public void OnSent(int bytes) => _tokens = Math.Max(_tokens - bytes, -BurstDatagrams * (long)_maxDatagramSize);

    /// <summary>When <paramref name="bytes"/> may be sent: now, or at least 1 ms later.</summary>
    public Timestamp NextSend(Timestamp now, int bytes, long congestionWindow, TimeSpan smoothedRtt)
    {
        Fill(now, congestionWindow, smoothedRtt);
        long missing = Math.Min(bytes, Capacity(congestionWindow, smoothedRtt)) - _tokens;
        if (missing <= 0)
        {
            return now;
        }

        long divisor = GainNumerator * Window(congestionWindow);
        long wait = (((missing * GainDenominator * Ticks(smoothedRtt)) - _remainder) + divisor - 1) / divisor;
        return now + new TimeSpan(Math.Max(wait, MinWait));
    }

    public void SetMaxDatagramSize(int size) => _maxDatagramSize = size;

    private static long Window(long congestionWindow) => Math.Clamp(congestionWindow, 1, MaxWindow);

    private static long Ticks(TimeSpan smoothedRtt) => Math.Clamp(smoothedRtt.Ticks, 1, MaxElapsed);

    private long Capacity(long congestionWindow, TimeSpan smoothedRtt)
    {
        long inBurstTime = BurstTime * GainNumerator * Window(congestionWindow) / (GainDenominator * Ticks(smoothedRtt));
        return Math.Max(BurstDatagrams * (long)_maxDatagramSize, inBurstTime);
    }

    private void Fill(Timestamp now, long congestionWindow, TimeSpan smoothedRtt)
    {
        long capacity = Capacity(congestionWindow, smoothedRtt);
        if (_filledAt.IsNever)
        {
            _filledAt = now;
        }

        long elapsed = Math.Clamp((now - _filledAt).Ticks, 0, MaxElapsed);
        _filledAt = Timestamp.Max(_filledAt, now);
        long divisor = GainDenominator * Ticks(smoothedRtt);
        long earned = (elapsed * GainNumerator * Window(congestionWindow)) + Math.Min(_remainder, divisor - 1);
        _tokens += earned / divisor;
        _remainder = earned % divisor;
        if (_tokens >= capacity)
        {
            _tokens = capacity;
            _remainder = 0;
        }
    }
}
