namespace Connet.Cli.Tests.Reloading;

/// <summary>A clock on which timers fire a hundred times a second, whatever they were set to.</summary>
internal sealed class QuickClock : TimeProvider
{
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(10);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, s_period, s_period);
}
