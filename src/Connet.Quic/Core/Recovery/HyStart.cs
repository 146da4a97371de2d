using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Recovery;

/// <summary>
/// HyStart++ (RFC 9406): leaves slow start when the RTT rises, before packets are lost. Rounds are told apart by send
/// times instead of sequence numbers. As our sender paces, L is infinite (section 4.3) and growth is not limited further.
/// </summary>
internal sealed class HyStart
{
    private const int SamplesPerRound = 8;
    private const int ConservativeRounds = 5;
    private const int ConservativeDivisor = 4;
    private const long MinThreshold = 4 * TimeSpan.TicksPerMillisecond;
    private const long MaxThreshold = 16 * TimeSpan.TicksPerMillisecond;
    private const int ThresholdDivisor = 8;

    private Timestamp _roundStart = Timestamp.Never;
    private long _lastRoundMinimum = long.MaxValue;
    private long _roundMinimum = long.MaxValue;
    private long _baseline = long.MaxValue;
    private long _seenSamples;
    private int _samples;
    private int _conservativeRounds;

    /// <summary>Whether growth is slowed down while a rise of the RTT is being confirmed (Conservative Slow Start).</summary>
    public bool Conservative { get; private set; }

    /// <summary>By how much the window grows for newly acknowledged bytes.</summary>
    public double Growth(int bytes) => Conservative ? (double)bytes / ConservativeDivisor : bytes;

    /// <summary>Takes in an acknowledged packet; true when slow start is over.</summary>
    public bool OnAcknowledged(Timestamp now, Timestamp sentAt, RttEstimator rtt)
    {
        bool over = false;
        if (_roundStart.IsNever)
        {
            _roundStart = now;
        }
        else if (sentAt > _roundStart)
        {
            over = StartRound(now);
        }

        // A sample counts once, however many packets its ACK covers.
        if (rtt.SampleCount != _seenSamples)
        {
            _seenSamples = rtt.SampleCount;
            _samples++;
            _roundMinimum = Math.Min(_roundMinimum, rtt.Latest.Ticks);
            JudgeRound();
        }

        return over;
    }

    private bool StartRound(Timestamp now)
    {
        _roundStart = now;
        _lastRoundMinimum = _roundMinimum;
        _roundMinimum = long.MaxValue;
        _samples = 0;
        return Conservative && ++_conservativeRounds >= ConservativeRounds;
    }

    private void JudgeRound()
    {
        if (_samples < SamplesPerRound || _roundMinimum == long.MaxValue)
        {
            return;
        }

        if (Conservative)
        {
            if (_roundMinimum < _baseline)
            {
                // The rise was a passing one: back to slow start.
                _baseline = long.MaxValue;
                Conservative = false;
            }

            return;
        }

        if (_lastRoundMinimum == long.MaxValue)
        {
            return;
        }

        long threshold = Math.Clamp(_lastRoundMinimum / ThresholdDivisor, MinThreshold, MaxThreshold);
        if (_roundMinimum >= _lastRoundMinimum + threshold)
        {
            _baseline = _roundMinimum;
            _conservativeRounds = 0;
            Conservative = true;
        }
    }
}
