using Connet.Protocol.Timing;

namespace Connet.Client.Tests;

/// <summary>Waits on a clock that a test drives.</summary>
public sealed class ClockWaitsTests
{
    [Test]
    public async Task The_rest_of_a_millisecond_is_waited_for_too()
    {
        ManualTimers clock = new();
        Task<bool> wait = clock.WaitUpToAsync(new TaskCompletionSource().Task, TimeSpan.FromMicroseconds(600), CancellationToken.None).AsTask();
        Assert.That(wait.IsCompleted, Is.False, "it would be asked for again and again until the millisecond is over");
        await clock.FireAsync(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1));
        Assert.That(await wait, Is.False, "the task has not completed");
    }
}
