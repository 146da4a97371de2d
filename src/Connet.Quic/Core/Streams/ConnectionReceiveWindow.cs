using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Streams;

/// <summary>
/// The credit given to the peer on the connection (RFC 9000, section 4.1), as
/// min(received + window, consumed + budget). The first term makes data that nobody reads not count against the window, so
/// stalled streams cannot use it up; the second bounds memory. Since the streams' own credit never adds up to more than the
/// budget, whatever a stream may still send, the connection may receive.
/// </summary>
/// <param name="initialWindow">The window to start with.</param>
/// <param name="budget">The bound of what is received and not read.</param>
/// <param name="trial">A smaller bound that holds until <see cref="Lift"/>; the budget if there is none.</param>
internal sealed class ConnectionReceiveWindow(long initialWindow, long budget, long trial = long.MaxValue)
{
    private WindowTuner _tuner;

    private long _budget = Math.Min(trial, budget);

    private bool _isLost;

    /// <summary>The limit the peer was told.</summary>
    public long Limit { get; private set; } = Math.Min(initialWindow, Math.Min(trial, budget));

    public long Window { get; private set; } = Math.Min(initialWindow, Math.Min(trial, budget));

    /// <summary>The sum of the highest offsets received, or final sizes, of all streams there ever were.</summary>
    public long Received { get; private set; }

    /// <summary>The part of <see cref="Received"/> that was read, discarded or never came because of a reset.</summary>
    public long Consumed { get; private set; }

    /// <summary>
    /// Whether a MAX_DATA frame is due: it would at least double what the peer can send, or the last one was lost. With
    /// nothing left to send any gain counts, so the peer never waits for a byte that the limit could allow.
    /// </summary>
    public bool IsUpdateDue
    {
        get
        {
            long gain = Target - Limit;
            return _isLost || (gain > 0 && gain >= Limit - Received);
        }
    }

    private long Target => Math.Min(Received + Window, Consumed + _budget);

    /// <summary>Counts new offsets; false if the peer exceeded the limit.</summary>
    public bool TryReceive(long bytes)
    {
        if (bytes > Limit - Received)
        {
            return false;
        }

        Received += bytes;
        return true;
    }

    /// <summary>Counts bytes that will never be read.</summary>
    public void OnDiscarded(long bytes) => Consumed += bytes;

    /// <summary>Counts bytes that the application read; the window may grow up to the budget.</summary>
    public void OnRead(Timestamp now, TimeSpan smoothedRtt, long bytes)
    {
        Consumed += bytes;
        if (Window < _budget && _tuner.OnConsumed(now, smoothedRtt, bytes, Window))
        {
            Window = Math.Min(_budget, Window * 2);
        }
    }

    /// <summary>The trial is over: from here on the budget counts.</summary>
    public void Lift()
    {
        _budget = budget;
        Window = Math.Max(Window, Math.Min(initialWindow, budget));
    }

    /// <summary>Takes the value for a MAX_DATA frame.</summary>
    public long Advance()
    {
        _isLost = false;
        Limit = Math.Max(Limit, Target);
        return Limit;
    }

    /// <summary>
    /// The frame that carried <paramref name="limit"/> was lost; if a later one is under way it does not matter (RFC 9000,
    /// section 13.3).
    /// </summary>
    public void OnLost(long limit) => _isLost |= limit == Limit;
}
