namespace Connet.Protocol.Timing;

/// <summary>Waiting on a clock that tests can replace.</summary>
internal static class ClockWaits
{
    /// <summary>Completes after a time; at once for zero.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public static async Task DelayAsync(this TimeProvider clock, TimeSpan time, CancellationToken cancellationToken) =>
        await clock.WaitUpToAsync(new TaskCompletionSource().Task, time, cancellationToken).ConfigureAwait(false);

    /// <summary>Completes after a time or with the token, whichever is first. Never faults.</summary>
    public static async Task PauseAsync(this TimeProvider clock, TimeSpan time, CancellationToken cancellationToken) =>
        await clock.DelayAsync(time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>Waits for a task that never faults, but not longer than a time, which is rounded up to whole milliseconds.</summary>
    /// <returns>Whether the task has completed.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async ValueTask<bool> WaitUpToAsync(this TimeProvider clock, Task task, TimeSpan time, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!task.IsCompleted && time > TimeSpan.Zero)
        {
            // Timers know whole milliseconds, and the rest of one would be no wait at all: who waits for a moment would come back before it and spin.
            TimeSpan whole = TimeSpan.FromMilliseconds(Math.Ceiling(time.TotalMilliseconds));
            await task.WaitAsync(whole, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return task.IsCompleted;
    }
}
