namespace Connet.Relay;

/// <summary>Waiting on a clock that tests can replace.</summary>
internal static class Delays
{
    /// <summary>Completes after a time, which must be more than zero.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public static async Task WaitAsync(TimeSpan time, TimeProvider clock, CancellationToken cancellationToken)
    {
        using PeriodicTimer timer = new(time, clock);
        await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Completes after a time or with the token, whichever is first; never throws.</summary>
    public static async Task PauseAsync(TimeSpan time, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            await WaitAsync(time, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The caller looks at what ended the wait.
        }
    }
}
