namespace Connet.Client.Tests;

/// <summary>
/// A clock that stands still until the test fires a timer. The test waits for the timer itself to be set, so that nothing depends on which of
/// the two is faster; time then moves on by what the timer was set to.
/// </summary>
internal sealed class ManualTimers : TimeProvider
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _pending = [];
    private TaskCompletionSource _changed = NewSource();
    private TimeSpan _elapsed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (_lock)
        {
            return _elapsed.Ticks;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ManualTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Lets time pass; no timer fires by it.</summary>
    public void Pass(TimeSpan time)
    {
        lock (_lock)
        {
            _elapsed += time;
        }
    }

    /// <summary>Waits until a timer is set to a time.</summary>
    public async Task SetAsync(TimeSpan due)
    {
        using CancellationTokenSource patience = new(s_patience);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_pending.Exists(each => each.Due == due))
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(patience.Token);
        }
    }

    /// <summary>Waits until a timer is set to a time between the two, and fires it.</summary>
    /// <returns>What it was set to.</returns>
    public Task<TimeSpan> FireAsync(TimeSpan from, TimeSpan? to = null) => FireAsync(due => due >= from && due <= (to ?? from));

    /// <summary>Waits until a timer is set to a time that fits, and fires it.</summary>
    /// <returns>What it was set to.</returns>
    public Task<TimeSpan> FireAsync(Func<TimeSpan, bool> fits) => FireAsync(fits, CancellationToken.None);

    /// <summary>Fires timers set to times between the two until a task is complete.</summary>
    public async Task FireUntilAsync(Task task, TimeSpan from, TimeSpan? to = null)
    {
        using CancellationTokenSource done = new();
        while (!task.IsCompleted)
        {
            Task fire = FireAsync(due => due >= from && due <= (to ?? from), done.Token);
            if (await Task.WhenAny(task, fire) == fire)
            {
                await fire;
            }
            else
            {
                await done.CancelAsync();
                await fire.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await task;
    }

    private async Task<TimeSpan> FireAsync(Func<TimeSpan, bool> fits, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        while (true)
        {
            Task changed;
            ManualTimer? timer;
            TimeSpan due = TimeSpan.Zero;
            lock (_lock)
            {
                timer = _pending.Find(each => fits(each.Due));
                changed = _changed.Task;
                if (timer is not null)
                {
                    _pending.Remove(timer);
                    due = timer.Due;
                    _elapsed += due;
                }
            }

            if (timer is not null)
            {
                timer.Fire();
                return due;
            }

            await changed.WaitAsync(patience.Token);
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Set(ManualTimer timer, TimeSpan due)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _pending.Remove(timer);
            timer.Due = due;
            if (due != Timeout.InfiniteTimeSpan)
            {
                _pending.Add(timer);
            }

            changed = _changed;
            _changed = NewSource();
        }

        changed.TrySetResult();
    }

    private sealed class ManualTimer(ManualTimers owner, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan Due { get; set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            owner.Set(this, dueTime);
            return true;
        }

        public void Dispose() => owner.Set(this, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
