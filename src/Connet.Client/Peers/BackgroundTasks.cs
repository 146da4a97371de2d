using Connet.Client.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Connet.Client.Peers;

/// <summary>The tasks that run for an owner and end with it: none is lost sight of, and a fault in one is logged.</summary>
internal sealed class BackgroundTasks(string owner)
{
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _running = [];

    /// <summary>Where faults go.</summary>
    public ILogger? Logger { get; set; }

    /// <summary>Runs a task. Cancellation is its ordinary end.</summary>
    public void Run(Func<Task> action)
    {
        Task task = GuardAsync(action);
        lock (_lock)
        {
            if (task.IsCompleted)
            {
                return;
            }

            _running.Add(task);
        }

        _ = task.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Waits for all tasks, also for those that start meanwhile.</summary>
    public async Task WhenAllEndedAsync()
    {
        while (true)
        {
            Task[] running;
            lock (_lock)
            {
                running = [.. _running];
            }

            if (running.Length == 0)
            {
                return;
            }

            await Task.WhenAll(running).ConfigureAwait(false);
        }
    }

    private async Task GuardAsync(Func<Task> action)
    {
        try
        {
            await action().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
        }
#pragma warning disable CA1031 // A fault in one task must not end the process.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (Logger is { } logger)
            {
                PeerLog.TaskFailed(logger, owner, exception);
            }
        }
    }

    private void Forget(Task task)
    {
        lock (_lock)
        {
            _running.Remove(task);
        }
    }
}
