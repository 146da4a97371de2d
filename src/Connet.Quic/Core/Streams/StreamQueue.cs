using System.Diagnostics.CodeAnalysis;

namespace Connet.Quic.Core.Streams;

/// <summary>A first-in-first-out queue of streams, linked through the streams themselves; a stream is in it at most once.</summary>
internal sealed class StreamQueue(StreamQueueKind kind)
{
    private StreamEntry? _head;

    private StreamEntry? _tail;

    public bool IsEmpty => _head is null;

    /// <summary>Puts a stream at the back, unless it is queued already.</summary>
    public void Enqueue(StreamEntry entry)
    {
        ref StreamLink link = ref entry.Links[(int)kind];
        if (link.IsQueued)
        {
            return;
        }

        link.IsQueued = true;
        if (_tail is null)
        {
            _head = entry;
        }
        else
        {
            _tail.Links[(int)kind].Next = entry;
        }

        _tail = entry;
    }

    public bool TryPeek([NotNullWhen(true)] out StreamEntry? entry)
    {
        entry = _head;
        return entry is not null;
    }

    public bool TryDequeue([NotNullWhen(true)] out StreamEntry? entry)
    {
        entry = _head;
        if (entry is null)
        {
            return false;
        }

        ref StreamLink link = ref entry.Links[(int)kind];
        _head = link.Next;
        link = default;
        if (_head is null)
        {
            _tail = null;
        }

        return true;
    }

    public void Clear()
    {
        while (TryDequeue(out _))
        {
        }
    }
}
