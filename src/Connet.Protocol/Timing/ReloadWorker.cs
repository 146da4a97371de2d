namespace Connet.Protocol.Timing;

/// <summary>
/// Reads settings again each time they may have changed: one reading at a time, changes during one lead to one more. A failure is
/// reported once, however often the same settings are read. Thread safe.
/// </summary>
internal sealed class ReloadWorker : IAsyncDisposable
{
    private readonly Func<CancellationToken, Task> _reload;
    private readonly Action<string> _failed;
    private readonly WakeSignal _changed = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;
    private int _isDisposed;

    /// <summary>Starts the worker.</summary>
    /// <param name="reload">Reads the settings and applies them; throws to say why it cannot, and has changed nothing then.</param>
    /// <param name="failed">Gets the reason.</param>
    public ReloadWorker(Func<CancellationToken, Task> reload, Action<string> failed)
    {
        _reload = reload;
        _failed = failed;
        _run = RunAsync(_stop.Token);
    }

    /// <summary>Something has changed. Does not block.</summary>
    public void Trigger() => _changed.Set();

    /// <summary>Ends a reading that is under way, and takes no more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Dispose();
        }
    }

    private async Task RunAsync(CancellationToken stop)
    {
        string? last = null;
        while (true)
        {
            await _changed.WaitAsync(stop).ConfigureAwait(false);
            try
            {
                await _reload(stop).ConfigureAwait(false);
                last = null;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Settings come from outside, and so does the code that reads them: the old ones stay, whatever it was.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                if (exception.Message != last)
                {
                    last = exception.Message;
                    _failed(last);
                }
            }
        }
    }
}
