using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Streams;

/// <summary>
/// The credit given to the peer on one stream (RFC 9000, section 4.1). The limit never runs further than the window ahead of
/// what was consumed.
/// </summary>
internal sealed class StreamReceiveWindow(long initialWindow, long maxWindow)
{
    private readonly long _initialWindow = initialWindow;

    private WindowTuner _tuner;

    private bool _isLost;

    private bool _isClosed;

    /// <summary>The limit the peer was told, or is known to assume.</summary>
    public long Limit { get; private set; } = initialWindow;

    public long Window { get; private set; } = initialWindow;

    public long Consumed { get; private set; }

    /// <summary>Whether a MAX_STREAM_DATA frame is due: half a window can be given, or the last such frame was lost.</summary>
    public bool IsUpdateDue => !_isClosed && (_isLost || Consumed + Window - Limit >= Window / 2);

    /// <summary>The application read bytes; the window may grow out of <paramref name="budget"/>.</summary>
    public void OnRead(Timestamp now, TimeSpan smoothedRtt, long bytes, GrowthBudget budget)
    {
        Consumed += bytes;
        if (_isClosed || Window >= maxWindow || !_tuner.OnConsumed(now, smoothedRtt, bytes, Window))
        {
            return;
        }

        Window += budget.Take(Math.Min(Window, maxWindow - Window));
    }

    /// <summary>Takes the value for a MAX_STREAM_DATA frame.</summary>
    public long Advance()
    {
        _isLost = false;
        Limit = Math.Max(Limit, Consumed + Window);
        return Limit;
    }

    /// <summary>
    /// The frame that carried <paramref name="limit"/> was lost; if a later one is under way it does not matter (RFC 9000,
    /// section 13.3).
    /// </summary>
    public void OnLost(long limit) => _isLost |= limit == Limit;

    /// <summary>No more credit is given: the final size is known or the application gave up reading.</summary>
    public void Close() => _isClosed = true;

    /// <summary>Gives the growth back when the stream is forgotten.</summary>
    public void Release(GrowthBudget budget)
    {
        budget.GiveBack(Window - _initialWindow);
        Window = _initialWindow;
        _isClosed = true;
    }
}
