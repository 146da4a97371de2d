namespace Connet.Client.Peers;

/// <summary>Bounded waits by a given clock.</summary>
internal static class ClockWaits
{
    /// <summary>Waits for a task that never faults, but not longer than a time.</summary>
    /// <returns>Whether the task has completed.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async ValueTask<bool> WaitUpToAsync(this TimeProvider clock, Task task, TimeSpan time, CancellationToken cancellationToken)
    {
        if (!task.IsCompleted && time > TimeSpan.Zero)
        {
            await task.WaitAsync(time, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return task.IsCompleted;
    }

    /// <summary>Waits for a time.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async ValueTask DelayAsync(this TimeProvider clock, TimeSpan time, CancellationToken cancellationToken) =>
        await clock.WaitUpToAsync(new TaskCompletionSource().Task, time, cancellationToken).ConfigureAwait(false);
}
