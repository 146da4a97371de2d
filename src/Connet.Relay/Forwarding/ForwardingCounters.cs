namespace Connet.Relay.Forwarding;

/// <summary>What is being forwarded and what was. Thread safe.</summary>
internal sealed class ForwardingCounters
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _idle;
    private int _active;
    private long _streams;
    private long _bytes;

    /// <summary>How many streams are being served.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>How many streams were joined.</summary>
    public long Streams => Interlocked.Read(ref _streams);

    /// <summary>How many bytes were forwarded, both ways together.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public void Joined() => Interlocked.Increment(ref _streams);

    public void Forwarded(int bytes) => Interlocked.Add(ref _bytes, bytes);

    public void Begin()
    {
        lock (_lock)
        {
            _active++;
        }
    }

    public void End()
    {
        lock (_lock)
        {
            if (--_active == 0)
            {
                _idle?.TrySetResult();
            }
        }
    }

    /// <summary>Completes when no stream is being served. For one caller, once no new streams begin.</summary>
    public Task WhenIdle()
    {
        lock (_lock)
        {
            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_active == 0)
            {
                _idle.TrySetResult();
            }

            return _idle.Task;
        }
    }
}
