using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Streams;

/// <summary>
/// Decides when a receive window holds a sender back: when half of it was consumed in less than two round trips, the
/// window is below four times what the path and the reader carry, and doubling it lets the sender go on.
/// </summary>
internal struct WindowTuner
{
    private const int RoundTrips = 2;

    private Timestamp _start;

    private long _consumed;

    private bool _running;

    /// <summary>Counts consumed bytes and says whether the window should grow.</summary>
    public bool OnConsumed(Timestamp now, TimeSpan smoothedRtt, long bytes, long window)
    {
        if (!_running)
        {
            // What waited for the first read says nothing about how fast the reader is.
            _running = true;
            _start = now;
            return false;
        }

        _consumed += bytes;
        if (_consumed < window / 2)
        {
            return false;
        }

        bool fast = now - _start < smoothedRtt * RoundTrips;
        _start = now;
        _consumed = 0;
        return fast;
    }
}
