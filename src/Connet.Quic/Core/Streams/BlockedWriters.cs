namespace Connet.Quic.Core.Streams;

/// <summary>The streams whose writers wait for something they share: connection credit, or room in the send buffers.</summary>
internal sealed class BlockedWriters(StreamEvents events)
{
    /// <summary>
    /// Acknowledged bytes between wake-ups, at least: waking every writer for each acknowledged packet would cost more than it sends.
    /// </summary>
    private const long WakeStep = PagePool.PageSize;

    /// <summary>
    /// And at least this part of what is still buffered: a wake-up is a hop to another thread, and while so much is left
    /// to send nothing waits for the writer.
    /// </summary>
    private const int WakeShare = 8;

    private readonly StreamQueue _writers = new(StreamQueueKind.Writers);

    private long _freed;

    /// <summary>Notes that a write was cut short for a shared reason.</summary>
    public void Add(StreamEntry entry) => _writers.Enqueue(entry);

    /// <summary>Bytes were acknowledged or dropped; <paramref name="remaining"/> are still buffered on all streams.</summary>
    public void OnFreed(long bytes, long remaining)
    {
        _freed += bytes;
        if (_freed >= Math.Max(WakeStep, remaining / WakeShare) || (_freed > 0 && remaining == 0))
        {
            _freed = 0;
            WakeAll();
        }
    }

    /// <summary>Tells every waiting writer to try again, in the order in which they began to wait.</summary>
    public void WakeAll()
    {
        while (_writers.TryDequeue(out StreamEntry? entry))
        {
            Wake(entry);
        }
    }

    /// <summary>Tells the stream's writer to try again, if it waits.</summary>
    public void Wake(StreamEntry entry)
    {
        if (entry.IsWriterBlocked)
        {
            entry.IsWriterBlocked = false;
            events.Raise(StreamEventKind.Writable, entry);
        }
    }

    public void Clear() => _writers.Clear();
}
