namespace Connet.Client.Tests;

/// <summary>
/// A clock on which each reading takes a while and every timer fires as soon as it is set. Whoever reads it twice and expects the same is found out, and
/// waits take no time.
/// </summary>
/// <param name="reading">How long a reading takes.</param>
internal sealed class HastyClock(TimeSpan reading) : TimeProvider
{
    private long _elapsed;

    public TimeSpan Elapsed => TimeSpan.FromTicks(Interlocked.Read(ref _elapsed));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Add(ref _elapsed, reading.Ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == Timeout.InfiniteTimeSpan)
        {
            return System.CreateTimer(callback, state, dueTime, period);
        }

        Interlocked.Add(ref _elapsed, dueTime.Ticks);
        return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
