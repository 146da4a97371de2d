namespace Connet.Client.Endpoints.Sockets;

/// <summary>When a flow had its last datagram, and its end, whoever brings it about.</summary>
internal sealed class FlowActivity : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _ending;
    private readonly Action<FlowActivity> _disposed;
    private readonly Lock _lock = new();
    private long _lastAt;
    private bool _isDisposed;

    public FlowActivity(TimeProvider clock, Action<FlowActivity> disposed, CancellationToken stopping)
    {
        _clock = clock;
        _ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        _disposed = disposed;
        Ended = _ending.Token;
        Touch();
    }

    /// <summary>Cancelled when the flow is to end.</summary>
    public CancellationToken Ended { get; }

    /// <summary>How long there was no datagram.</summary>
    public TimeSpan IdleTime => _clock.GetElapsedTime(Interlocked.Read(ref _lastAt));

    /// <summary>There is a datagram.</summary>
    public void Touch() => Interlocked.Exchange(ref _lastAt, _clock.GetTimestamp());

    /// <summary>Ends the flow.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _ending.Cancel();
            }
        }
    }

    /// <summary>The flow has ended.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
        }

        _ending.Dispose();
        _disposed(this);
    }
}
