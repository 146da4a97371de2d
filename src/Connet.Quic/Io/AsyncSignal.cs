using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Connet.Quic.Io;

/// <summary>
/// Something one caller at a time waits for, over and over, without an allocation per wait.
/// </summary>
/// <remarks>
/// <see cref="Arm"/> and <see cref="TryTake"/> are called under the connection's lock, <see cref="Complete"/> outside it by
/// whoever took the signal; the gate is that lock. The waiter's continuation always runs on the thread pool, never on the completing thread.
/// </remarks>
/// <param name="gate">The connection's lock.</param>
/// <param name="owner">What calls are made on, for messages.</param>
internal sealed class AsyncSignal(Lock gate, string owner) : IValueTaskSource
{
    private const int Idle = 0;
    private const int Armed = 1;
    private const int Taken = 2;

    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };

    // Idle again only when the waiter has its result: a wait that is taken and not yet completed must not be armed over.
    private volatile int _state;

    /// <summary>Starts a wait, which <see cref="WaitAsync"/> then awaits exactly once, outside the lock.</summary>
    /// <exception cref="InvalidOperationException">Somebody waits already.</exception>
    public void Arm()
    {
        RequireIdle();
        _core.Reset();
        _state = Armed;
    }

    /// <summary>Checks that nobody waits, before anything is done that a wait might have to follow.</summary>
    /// <exception cref="InvalidOperationException">Somebody waits already.</exception>
    public void RequireIdle()
    {
        if (_state != Idle)
        {
            throw new InvalidOperationException($"Another call of the same kind is still pending on this {owner}.");
        }
    }

    /// <summary>Takes the wait, so that the caller, and nobody else, completes it.</summary>
    public bool TryTake()
    {
        if (_state != Armed)
        {
            return false;
        }

        _state = Taken;
        return true;
    }

    public void Complete() => _core.SetResult(true);

    public void Fail(Exception exception) => _core.SetException(exception);

    void IValueTaskSource.GetResult(short token)
    {
        _state = Idle;
        _core.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    /// <summary>Awaits an armed signal, giving it up when the token is cancelled.</summary>
    public ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        ValueTask armed = new(this, _core.Version);
        return cancellationToken.CanBeCanceled ? WaitCancellableAsync(armed, cancellationToken) : armed;
    }

    private void Cancel(CancellationToken cancellationToken)
    {
        bool taken;
        lock (gate)
        {
            taken = TryTake();
        }

        if (taken)
        {
            Fail(new OperationCanceledException(cancellationToken));
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitCancellableAsync(ValueTask armed, CancellationToken cancellationToken)
    {
        CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((AsyncSignal)state!).Cancel(token), this);
        try
        {
            await armed.ConfigureAwait(false);
        }
        finally
        {
            await registration.DisposeAsync().ConfigureAwait(false);
        }
    }
}
