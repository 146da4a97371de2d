using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Recovery;

/// <summary>CUBIC (RFC 9438) with fast convergence, the Reno-friendly region, and HyStart++ (RFC 9406) in the first slow start.</summary>
internal sealed class Cubic : ICongestionController
{
    /// <summary>How fast the window grows, in datagrams per second cubed (RFC 9438, section 5).</summary>
    private const double C = 0.4;

    /// <summary>What remains of the window after congestion (RFC 9438, section 4.6).</summary>
    private const double Beta = 0.7;

    /// <summary>The additive increase that is as fast as Reno's with <see cref="Beta"/> (RFC 9438, section 4.3).</summary>
    private const double RenoFriendlyAlpha = 3 * (1 - Beta) / (1 + Beta);

    private static readonly Timestamp None = new(long.MinValue);

    private readonly HyStart _hyStart = new();
    private int _maxDatagramSize;
    private Timestamp _recoveryStart = None;
    private Timestamp _limitedSince = Timestamp.Never;
    private State _state;
    private State _undo;
    private bool _canUndo;

    public Cubic(int maxDatagramSize)
    {
        _maxDatagramSize = maxDatagramSize;
        _state.Window = CongestionWindows.Initial(maxDatagramSize);
        _state.Threshold = long.MaxValue;
        _state.EpochStart = Timestamp.Never;
    }

    public long CongestionWindow => (long)_state.Window;

    public long SlowStartThreshold => _state.Threshold;

    public bool InSlowStart => CongestionWindow < SlowStartThreshold;

    public void OnPacketSent(Timestamp now, int bytes)
    {
    }

    public void OnAcknowledged(Timestamp now, Timestamp sentAt, int bytes, bool applicationLimited, RttEstimator rtt)
    {
        if (applicationLimited)
        {
            _limitedSince = Timestamp.Min(_limitedSince, now);
            return;
        }

        SkipLimitedTime(now);
        if (sentAt <= _recoveryStart)
        {
            return;
        }

        if (InSlowStart)
        {
            GrowInSlowStart(now, sentAt, bytes, rtt);
        }
        else
        {
            GrowInAvoidance(now, bytes, rtt.Smoothed);
        }
    }

    public void OnCongestion(Timestamp now, Timestamp lostSentAt, bool persistent)
    {
        long minimum = CongestionWindows.Minimum(_maxDatagramSize);
        if (lostSentAt > _recoveryStart)
        {
            _undo = _state;
            _canUndo = true;
            _recoveryStart = now;

            // Fast convergence: a flow that lost before it regained its window leaves room for others (RFC 9438, section 4.7).
            _state.WindowMax = _state.Window < _state.WindowMax ? _state.Window * (1 + Beta) / 2 : _state.Window;
            _state.WindowPrior = _state.Window;
            _state.Window = Math.Max(_state.Window * Beta, minimum);
            _state.Threshold = (long)_state.Window;
            _state.EpochStart = Timestamp.Never;
        }

        if (persistent)
        {
            // As after a timeout: the next stage of avoidance starts at its own plateau (RFC 9438, section 4.8).
            _state.Window = minimum;
            _state.WindowMax = 0;
            _state.EpochStart = Timestamp.Never;
            _recoveryStart = None;
        }
    }

    /// <inheritdoc />
    /// <remarks>RFC 9438, section 4.9.</remarks>
    public void OnSpuriousLoss()
    {
        if (!_canUndo)
        {
            return;
        }

        double window = Math.Max(_state.Window, _undo.Window);
        _state = _undo;
        _state.Window = window;
        _recoveryStart = None;
        _canUndo = false;
    }

    public void SetMaxDatagramSize(int size)
    {
        bool untouched = CongestionWindow == CongestionWindows.Initial(_maxDatagramSize) && SlowStartThreshold == long.MaxValue;
        _maxDatagramSize = size;
        _state.Window = untouched ? CongestionWindows.Initial(size) : Math.Max(_state.Window, CongestionWindows.Minimum(size));
    }

    private void GrowInSlowStart(Timestamp now, Timestamp sentAt, int bytes, RttEstimator rtt)
    {
        // Only the first slow start has no threshold that bounds it (RFC 9406, section 4.3).
        if (SlowStartThreshold != long.MaxValue)
        {
            _state.Window += bytes;
            return;
        }

        if (_hyStart.OnAcknowledged(now, sentAt, rtt))
        {
            _state.Threshold = CongestionWindow;
            return;
        }

        _state.Window += _hyStart.Growth(bytes);
    }

    private void GrowInAvoidance(Timestamp now, int bytes, TimeSpan smoothedRtt)
    {
        if (_state.EpochStart.IsNever)
        {
            StartEpoch(now);
        }

        double elapsed = (now - _state.EpochStart).TotalSeconds;
        double share = bytes / _state.Window;

        // Reno grows by alpha below the window it had before, by one datagram above it (RFC 9438, section 4.3).
        double alpha = _state.RenoEstimate >= _state.WindowPrior ? 1 : RenoFriendlyAlpha;
        _state.RenoEstimate += alpha * _maxDatagramSize * share;
        if (CubicWindow(elapsed) < _state.RenoEstimate)
        {
            _state.Window = Math.Max(_state.Window, _state.RenoEstimate);
            return;
        }

        double target = Math.Clamp(CubicWindow(elapsed + smoothedRtt.TotalSeconds), _state.Window, 1.5 * _state.Window);
        _state.Window += (target - _state.Window) * share;
    }

    private void StartEpoch(Timestamp now)
    {
        _state.EpochStart = now;
        _state.RenoEstimate = _state.Window;
        if (_state.WindowMax <= _state.Window)
        {
            // No congestion before (HyStart++ ended slow start), or slow start went past the plateau: RFC 9438, section 4.10.
            _state.WindowMax = _state.Window;
            _state.WindowPrior = Math.Max(_state.WindowPrior, _state.Window);
            _state.K = 0;
            return;
        }

        _state.K = Math.Cbrt((_state.WindowMax - _state.Window) / _maxDatagramSize / C);
    }

    private double CubicWindow(double seconds)
    {
        double fromPlateau = seconds - _state.K;
        return (C * _maxDatagramSize * fromPlateau * fromPlateau * fromPlateau) + _state.WindowMax;
    }

    private void SkipLimitedTime(Timestamp now)
    {
        // Time in which the window was not used is no reason for it to grow (RFC 9438, section 5.8).
        if (_limitedSince.IsNever)
        {
            return;
        }

        if (!_state.EpochStart.IsNever)
        {
            _state.EpochStart += now - Timestamp.Max(_limitedSince, _state.EpochStart);
        }

        _limitedSince = Timestamp.Never;
    }

    /// <summary>Everything that congestion changes and a spurious loss brings back.</summary>
    private struct State
    {
        public double Window;
        public long Threshold;

        /// <summary>W_max: the plateau of the curve.</summary>
        public double WindowMax;

        /// <summary>cwnd_prior: the window at the last congestion.</summary>
        public double WindowPrior;

        /// <summary>W_est: what Reno would have.</summary>
        public double RenoEstimate;

        /// <summary>Seconds from the start of the epoch to the plateau.</summary>
        public double K;
        public Timestamp EpochStart;
    }
}
