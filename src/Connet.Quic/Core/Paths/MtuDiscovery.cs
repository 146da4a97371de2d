using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Paths;

/// <summary>
/// Finds the largest datagram that a path carries (RFC 9000, section 14.3; RFC 8899). The largest allowed size is tried
/// first, since most paths carry it; when it fails, halving finds the limit in a few probes. Sizes are UDP payloads.
/// </summary>
internal sealed class MtuDiscovery
{
    /// <summary>What every QUIC path carries (RFC 9000, section 14).</summary>
    public const int BaseSize = 1200;

    /// <summary>How many losses of a probe make its size fail (RFC 8899, section 5.1.2).</summary>
    public const int MaxProbes = 3;

    /// <summary>In how many loss events in a row, with no large packet acknowledged between, a path swallows large packets.</summary>
    public const int BlackHoleEvents = 3;

    /// <summary>After how many probe timeouts in a row the fault is looked for in the packet size.</summary>
    public const int BlackHoleProbeTimeouts = 3;

    // A gain smaller than this is not worth another probe.
    private const int SearchPrecision = 16;

    // Losses nearer together than the default max_ack_delay belong to one event: a burst is congestion, not a black hole.
    private static readonly TimeSpan _eventSpacing = TimeSpan.FromMilliseconds(25);

    // PMTU_RAISE_TIMER of RFC 8899, section 5.1.1.
    private static readonly TimeSpan _raiseInterval = TimeSpan.FromMinutes(10);

    // After probe timeouts the whole path may have been down, which says little about the size.
    private static readonly TimeSpan _outageRaiseInterval = TimeSpan.FromSeconds(30);

    private int _maximum;
    private int _failed;
    private int _inFlight;
    private int _losses;
    private int _lossEvents;
    private int _candidate;
    private Timestamp _lastLossEvent;
    private Timestamp _lastProbe;
    private Timestamp _raiseAt = Timestamp.Never;

    /// <summary>Starts a search from 1200 up to <paramref name="maxSize"/>.</summary>
    public MtuDiscovery(int maxSize)
    {
        _maximum = Math.Max(maxSize, BaseSize);
        StartSearch();
    }

    /// <summary>The largest size known to work.</summary>
    public int Current { get; private set; } = BaseSize;

    /// <summary>When the search begins anew; <see cref="NextProbe"/> then has a size. Never while searching or at the maximum.</summary>
    public Timestamp Deadline => Current < _maximum ? _raiseAt : Timestamp.Never;

    /// <summary>The size of the probe to send now, or null.</summary>
    public int? NextProbe(Timestamp now)
    {
        if (now >= Deadline)
        {
            StartSearch();
        }

        return _inFlight == 0 && _candidate > Current ? _candidate : null;
    }

    /// <summary>A probe was sent: nothing more until it is acknowledged or lost.</summary>
    public void OnProbeSent(Timestamp now, int size)
    {
        _inFlight = size;
        _lastProbe = now;
    }

    /// <summary>The probe arrived: its size is the current one.</summary>
    public void OnProbeAcked(int size)
    {
        if (size != _inFlight)
        {
            return;
        }

        _inFlight = 0;
        Current = Math.Min(Math.Max(Current, size), _maximum);
        ChooseNext();
    }

    /// <summary>The probe was lost. That is not congestion (RFC 9000, section 14.4), and only three losses condemn a size.</summary>
    public void OnProbeLost(int size)
    {
        if (size != _inFlight)
        {
            return;
        }

        _inFlight = 0;
        if (++_losses >= MaxProbes)
        {
            _failed = size;
            ChooseNext();
        }
    }

    /// <summary>A packet of that size arrived.</summary>
    public void OnAckedSize(int size)
    {
        if (size > BaseSize)
        {
            _lossEvents = 0;
        }
    }

    /// <summary>A packet of that size, not a probe, was lost. Returns whether <see cref="Current"/> fell back to 1200.</summary>
    public bool OnPacketLost(Timestamp now, int size)
    {
        if (size <= BaseSize || Current == BaseSize || (_lossEvents > 0 && now - _lastLossEvent < _eventSpacing))
        {
            return false;
        }

        _lastLossEvent = now;
        if (++_lossEvents < BlackHoleEvents)
        {
            return false;
        }

        FallBack(now + _raiseInterval);
        return true;
    }

    /// <summary>
    /// The probe timeout expired for the <paramref name="consecutive"/>th time in a row. Where large packets vanish, nothing
    /// is acknowledged and so nothing declared lost: this is the other sign of a black hole. Returns as <see cref="OnPacketLost"/>.
    /// </summary>
    public bool OnProbeTimeout(Timestamp now, int consecutive)
    {
        if (consecutive < BlackHoleProbeTimeouts || Current == BaseSize)
        {
            return false;
        }

        FallBack(now + _outageRaiseInterval);
        return true;
    }

    /// <summary>Applies the peer's max_udp_payload_size.</summary>
    public void SetPeerMax(int size)
    {
        _maximum = Math.Max(Math.Min(_maximum, size), BaseSize);
        Current = Math.Min(Current, _maximum);
        _failed = Math.Min(_failed, _maximum + 1);
        if (_candidate > _maximum)
        {
            StartSearch();
        }
    }

    private void StartSearch()
    {
        _raiseAt = Timestamp.Never;
        _failed = _maximum + 1;
        _candidate = _maximum;
        _losses = 0;
        _inFlight = 0;
    }

    // The next size between what works and what failed; none when they are close.
    private void ChooseNext()
    {
        _losses = 0;
        _candidate = _failed - Current > SearchPrecision ? Current + ((_failed - Current) / 2) : 0;
        if (_candidate == 0)
        {
            _raiseAt = _lastProbe + _raiseInterval;
        }
    }

    private void FallBack(Timestamp raiseAt)
    {
        Current = BaseSize;
        _lossEvents = 0;
        _inFlight = 0;
        _candidate = 0;
        _raiseAt = raiseAt;
    }
}
