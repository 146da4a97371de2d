using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Streams;

/// <summary>
/// The events on their way to the application. A stream has at most one undelivered event of each kind, so the queue is
/// bounded by the number of streams, whatever the peer sends.
/// </summary>
internal sealed class StreamEvents
{
    private readonly Queue<(StreamEventKind Kind, StreamEntry? Entry)> _queue = new();

    /// <summary>The kinds of events that belong to no stream, raised and not delivered.</summary>
    private int _pendingConnectionEvents;

    public void Raise(StreamEventKind kind, StreamEntry entry)
    {
        int bit = 1 << (int)kind;
        if (entry.IsClosed || (entry.PendingEvents & bit) != 0)
        {
            return;
        }

        entry.PendingEvents |= bit;
        _queue.Enqueue((kind, entry));
    }

    public void RaiseStreamsAvailable(bool unidirectional)
    {
        StreamEventKind kind = unidirectional
            ? StreamEventKind.StreamsAvailableUnidirectional
            : StreamEventKind.StreamsAvailableBidirectional;
        int bit = 1 << (int)kind;
        if ((_pendingConnectionEvents & bit) == 0)
        {
            _pendingConnectionEvents |= bit;
            _queue.Enqueue((kind, null));
        }
    }

    /// <summary>Raises the stream's last event if it is through.</summary>
    public void RaiseClosedIfDone(StreamEntry entry)
    {
        if (entry.IsDone && !entry.IsClosed)
        {
            Raise(StreamEventKind.Closed, entry);
            entry.IsClosed = true;
        }
    }

    /// <summary>Hands out the next event; the entry is null for events that belong to no stream.</summary>
    public bool TryDequeue(out StreamEvent streamEvent, out StreamEntry? entry)
    {
        if (!_queue.TryDequeue(out (StreamEventKind Kind, StreamEntry? Entry) item))
        {
            streamEvent = default;
            entry = null;
            return false;
        }

        entry = item.Entry;
        int bit = 1 << (int)item.Kind;
        if (entry is null)
        {
            _pendingConnectionEvents &= ~bit;
        }
        else
        {
            entry.PendingEvents &= ~bit;
        }

        streamEvent = new StreamEvent(item.Kind, entry?.Id ?? default(StreamId));
        return true;
    }

    public void Clear()
    {
        _queue.Clear();
        _pendingConnectionEvents = 0;
    }
}
