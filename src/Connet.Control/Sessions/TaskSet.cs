using System.Collections.Concurrent;

namespace Connet.Control.Sessions;

/// <summary>Tasks that run beside their owner, so that it can wait for all of them at its end.</summary>
internal sealed class TaskSet
{
    private readonly ConcurrentDictionary<Task, byte> _running = new();

    /// <summary>Keeps a task until it is complete. It must not fault.</summary>
    public void Add(Task task)
    {
        _running.TryAdd(task, 0);
        task.ContinueWith(
            static (done, set) => ((ConcurrentDictionary<Task, byte>)set!).TryRemove(done, out _),
            _running,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    /// <summary>Completes when all tasks have, also those added meanwhile.</summary>
    public async Task WhenEmptyAsync()
    {
        while (!_running.IsEmpty)
        {
            await Task.WhenAll(_running.Keys).ConfigureAwait(false);
        }
    }
}
