namespace Connet.Quic.Io;

/// <summary>
/// Decides whether a wake-up needs a system call: only while the other thread really sleeps. A wake-up that comes
/// while it works is remembered and ends the next wait.
/// </summary>
internal sealed class WakeFlag
{
    private const int Idle = 0;
    private const int Sleeping = 1;
    private const int Requested = 2;

    private int _state;

    /// <summary>Asks for a wake-up. Any thread.</summary>
    /// <returns>Whether the waiting thread sleeps, so that its descriptor must be signalled.</returns>
    /// <remarks>Always an exchange, never a mere look first: what the caller wrote before must be seen by the woken thread.</remarks>
    public bool Request() => Interlocked.Exchange(ref _state, Requested) == Sleeping;

    /// <summary>The waiting thread is about to sleep.</summary>
    /// <returns>False if a wake-up was asked for already, so that it must not.</returns>
    public bool TryBeginSleep() => Interlocked.CompareExchange(ref _state, Sleeping, Idle) == Idle;

    /// <summary>The waiting thread is awake again.</summary>
    /// <returns>Whether a wake-up was asked for.</returns>
    public bool EndSleep() => Interlocked.Exchange(ref _state, Idle) == Requested;
}
