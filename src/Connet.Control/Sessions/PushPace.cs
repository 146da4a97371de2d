namespace Connet.Control.Sessions;

/// <summary>
/// When a stream may be sent the next list: so many at once, then one in each interval; what is not used comes back at the same rate.
/// For one stream, not thread safe.
/// </summary>
/// <param name="clock">The clock.</param>
/// <param name="burst">How many at once.</param>
/// <param name="interval">The interval; zero for no limit.</param>
internal sealed class PushPace(TimeProvider clock, int burst, TimeSpan interval)
{
    private readonly long _origin = clock.GetTimestamp();

    // The generic cell rate algorithm: the time, from the origin, at which all that was sent would have been due at one an interval.
    private TimeSpan _due;

    /// <summary>How long to wait before the next one; zero if it may go now.</summary>
    public TimeSpan Wait
    {
        get
        {
            TimeSpan wait = _due - (interval * (burst - 1)) - clock.GetElapsedTime(_origin);
            return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
        }
    }

    /// <summary>One is sent.</summary>
    public void Take()
    {
        TimeSpan now = clock.GetElapsedTime(_origin);
        _due = (_due > now ? _due : now) + interval;
    }
}
