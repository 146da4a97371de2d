namespace Connet.Protocol.Timing;

/// <summary>
/// Tells waiters that something has changed. Whoever waits takes <see cref="Next"/> before looking at the state, so that no change
/// between the look and the wait is lost.
/// </summary>
internal sealed class ChangeSignal
{
    private TaskCompletionSource _next = New();

    /// <summary>Completes at the next change. Never faults.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Wakes all waiters; their continuations run elsewhere.</summary>
    public void Raise() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
