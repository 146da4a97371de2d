using System.Collections.Concurrent;

namespace Connet.Quic.Io;

/// <summary>
/// Runs TLS work on the thread pool, on a bounded number of its threads, so that a flood of handshakes cannot take all
/// of them from the application.
/// </summary>
internal sealed class HandshakeScheduler
{
    private readonly ConcurrentQueue<(ConnectionDriver Driver, Core.TlsJob Job)> _queue = new();
    private readonly int _maxWorkers = Math.Max(1, Environment.ProcessorCount);
    private int _workers;

    public static HandshakeScheduler Shared { get; } = new();

    public void Enqueue(ConnectionDriver driver, Core.TlsJob job)
    {
        _queue.Enqueue((driver, job));
        StartWorker();
    }

    private void StartWorker()
    {
        int workers = Volatile.Read(ref _workers);
        while (workers < _maxWorkers)
        {
            int seen = Interlocked.CompareExchange(ref _workers, workers + 1, workers);
            if (seen == workers)
            {
                ThreadPool.UnsafeQueueUserWorkItem(static scheduler => scheduler.Work(), this, preferLocal: false);
                return;
            }

            workers = seen;
        }
    }

    private void Work()
    {
        while (_queue.TryDequeue(out (ConnectionDriver Driver, Core.TlsJob Job) item))
        {
            item.Driver.RunTlsJob(item.Job);
        }

        Interlocked.Decrement(ref _workers);

        // Something may have come in between the last look and the decrement.
        if (!_queue.IsEmpty)
        {
            StartWorker();
        }
    }
}
