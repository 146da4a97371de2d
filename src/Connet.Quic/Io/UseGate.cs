namespace Connet.Quic.Io;

/// <summary>
/// Counts the calls that use a descriptor, so that closing waits for the last of them and happens exactly once: a
/// descriptor closed under a running call may be somebody else's by the time the call uses it.
/// </summary>
/// <param name="release">Releases what the gate guards. Called once, by the last to leave.</param>
internal sealed class UseGate(Action release)
{
    private const int Closing = int.MinValue;

    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Negative once closing; the bits below count the users.
    private int _state;

    /// <summary>Whether <see cref="Close"/> was called.</summary>
    public bool IsClosed => Volatile.Read(ref _state) < 0;

    /// <summary>Completes when what the gate guards has been released: with the last use after <see cref="Close"/>.</summary>
    public Task Released => _released.Task;

    /// <summary>Begins a use.</summary>
    /// <returns>False once closed.</returns>
    public bool TryEnter()
    {
        int state = Volatile.Read(ref _state);
        while (state >= 0)
        {
            int seen = Interlocked.CompareExchange(ref _state, state + 1, state);
            if (seen == state)
            {
                return true;
            }

            state = seen;
        }

        return false;
    }

    /// <summary>Ends a use; the last after <see cref="Close"/> releases.</summary>
    public void Exit()
    {
        if (Interlocked.Decrement(ref _state) != Closing)
        {
            return;
        }

        try
        {
            release();
        }
        finally
        {
            _released.TrySetResult();
        }
    }

    /// <summary>Lets nobody in any more. The caller is inside itself, and leaves by <see cref="Exit"/>.</summary>
    public void Close() => Interlocked.Or(ref _state, Closing);
}
