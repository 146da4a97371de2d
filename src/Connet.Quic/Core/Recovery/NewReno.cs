using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Recovery;

/// <summary>The congestion controller of RFC 9002, section 7 and appendix B.</summary>
internal sealed class NewReno : ICongestionController
{
    private static readonly Timestamp None = new(long.MinValue);

    private int _maxDatagramSize;
    private Timestamp _recoveryStart = None;
    private long _ackedInAvoidance;
    private long _undoWindow;
    private long _undoThreshold;

    public NewReno(int maxDatagramSize)
    {
        _maxDatagramSize = maxDatagramSize;
        CongestionWindow = CongestionWindows.Initial(maxDatagramSize);
    }

    public long CongestionWindow { get; private set; }

    public long SlowStartThreshold { get; private set; } = long.MaxValue;

    public bool InSlowStart => CongestionWindow < SlowStartThreshold;

    public void OnPacketSent(Timestamp now, int bytes)
    {
    }

    public void OnAcknowledged(Timestamp now, Timestamp sentAt, int bytes, bool applicationLimited, RttEstimator rtt)
    {
        if (applicationLimited || sentAt <= _recoveryStart)
        {
            return;
        }

        if (InSlowStart)
        {
            CongestionWindow += bytes;
            return;
        }

        // One datagram for each window acknowledged (RFC 9002, section 7.3.3), counted so that no fraction is lost.
        _ackedInAvoidance += bytes;
        if (_ackedInAvoidance >= CongestionWindow)
        {
            _ackedInAvoidance -= CongestionWindow;
            CongestionWindow += _maxDatagramSize;
        }
    }

    public void OnCongestion(Timestamp now, Timestamp lostSentAt, bool persistent)
    {
        long minimum = CongestionWindows.Minimum(_maxDatagramSize);
        if (lostSentAt > _recoveryStart)
        {
            _undoWindow = CongestionWindow;
            _undoThreshold = SlowStartThreshold;
            _recoveryStart = now;
            SlowStartThreshold = CongestionWindow / 2;
            CongestionWindow = Math.Max(SlowStartThreshold, minimum);
            _ackedInAvoidance = 0;
        }

        if (persistent)
        {
            CongestionWindow = minimum;
            _recoveryStart = None;
            _ackedInAvoidance = 0;
        }
    }

    public void OnSpuriousLoss()
    {
        if (_undoWindow == 0)
        {
            return;
        }

        CongestionWindow = Math.Max(CongestionWindow, _undoWindow);
        SlowStartThreshold = _undoThreshold;
        _recoveryStart = None;
        _undoWindow = 0;
    }

    public void SetMaxDatagramSize(int size)
    {
        bool untouched = CongestionWindow == CongestionWindows.Initial(_maxDatagramSize) && SlowStartThreshold == long.MaxValue;
        _maxDatagramSize = size;
        CongestionWindow = untouched ? CongestionWindows.Initial(size) : Math.Max(CongestionWindow, CongestionWindows.Minimum(size));
    }
}
