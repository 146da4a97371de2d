namespace Connet.Client.Control;

/// <summary>Waits for time to pass on a given clock.</summary>
internal static class Pause
{
    /// <summary>Completes after a time; at once for zero.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task ForAsync(TimeProvider clock, TimeSpan time, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (time <= TimeSpan.Zero)
        {
            return;
        }

        TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration cancelled = cancellationToken.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), over);
        ITimer timer = clock.CreateTimer(static state => ((TaskCompletionSource)state!).TrySetResult(), over, time, Timeout.InfiniteTimeSpan);
        await using (timer.ConfigureAwait(false))
        {
            await over.Task.ConfigureAwait(false);
        }
    }

    /// <summary>As <see cref="ForAsync"/>, but ends early and in order when the token is cancelled.</summary>
    public static Task UntilAsync(TimeProvider clock, TimeSpan time, CancellationToken cancellationToken) =>
        QuietlyAsync(ForAsync(clock, time, cancellationToken));

    /// <summary>Waits for a task whose failure is reported elsewhere.</summary>
    public static async Task QuietlyAsync(Task task) =>
        await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
