namespace Connet.Client.Endpoints.Sockets;

/// <summary>When a flow had its last datagram, and its end, whoever brings it about. Disposal ends its being watched.</summary>
internal sealed class FlowActivity : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly Action<FlowActivity> _disposed;
#pragma warning disable CA2213 // It has no timer, no parent and no handle, so there is nothing to free, and it may be cancelled at any time.
    private readonly CancellationTokenSource _ending = new();
#pragma warning restore CA2213
    private long _lastAt;

    public FlowActivity(TimeProvider clock, Action<FlowActivity> disposed)
    {
        _clock = clock;
        _disposed = disposed;
        Touch();
    }

    /// <summary>Cancelled when the flow is to end.</summary>
    public CancellationToken Ended => _ending.Token;

    /// <summary>How long there was no datagram.</summary>
    public TimeSpan IdleTime => _clock.GetElapsedTime(Interlocked.Read(ref _lastAt));

    /// <summary>There is a datagram.</summary>
    public void Touch() => Interlocked.Exchange(ref _lastAt, _clock.GetTimestamp());

    /// <summary>Ends the flow, and whatever waits for its end.</summary>
    public Task EndAsync() => _ending.CancelAsync();

    /// <summary>Ends a flow that nobody has yet.</summary>
    public void EndUnused() => _ending.Cancel();

    public void Dispose() => _disposed(this);
}
