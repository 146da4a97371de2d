namespace Connet.Quic.Core.Paths;

/// <summary>
/// The sequence numbers that RETIRE_CONNECTION_ID frames have to name, from when an ID is given up until the frame is
/// acknowledged. One capped set without duplicates for every way into it: a peer that withholds acknowledgements while it
/// has IDs retired must not make it grow (RFC 9000, section 5.1.2).
/// </summary>
internal sealed class RetirementSet(int capacity)
{
    private readonly List<Entry> _entries = new(capacity);

    private enum EntryState
    {
        Held,
        Pending,
        Sent,
    }

    /// <summary>How many are not acknowledged yet, sent or not.</summary>
    public int Count => _entries.Count;

    /// <summary>Whether a frame waits to be sent.</summary>
    public bool HasPending => IndexOfPending() >= 0;

    /// <summary>Whether <paramref name="more"/> numbers fit.</summary>
    public bool HasRoom(int more) => _entries.Count + more <= capacity;

    /// <summary>
    /// Adds a number; one that is in the set already changes nothing. One that is held has its place, but is not sent
    /// before <see cref="Release"/>. <c>false</c>: the set is full.
    /// </summary>
    public bool TryAdd(long sequence, bool held = false)
    {
        if (IndexOf(sequence) >= 0)
        {
            return true;
        }

        if (_entries.Count == capacity)
        {
            return false;
        }

        _entries.Add(new(sequence, held ? EntryState.Held : EntryState.Pending));
        return true;
    }

    /// <summary>Lets a number that was held be sent.</summary>
    public void Release(long sequence)
    {
        int index = IndexOf(sequence);
        if (index >= 0 && _entries[index].State == EntryState.Held)
        {
            _entries[index] = new(sequence, EntryState.Pending);
        }
    }

    /// <summary>Takes the next number to send.</summary>
    public bool TryGetPending(out long sequence)
    {
        int index = IndexOfPending();
        sequence = index < 0 ? -1 : _entries[index].Sequence;
        if (index >= 0)
        {
            _entries[index] = new(sequence, EntryState.Sent);
        }

        return index >= 0;
    }

    /// <summary>The frame was lost: it is sent again.</summary>
    public void OnLost(long sequence)
    {
        int index = IndexOf(sequence);
        if (index >= 0)
        {
            _entries[index] = new(sequence, EntryState.Pending);
        }
    }

    /// <summary>The frame arrived.</summary>
    public void OnAcked(long sequence)
    {
        int index = IndexOf(sequence);
        if (index >= 0)
        {
            _entries.RemoveAt(index);
        }
    }

    private int IndexOf(long sequence)
    {
        for (int i = 0; i < _entries.Count; i++)
        {
            if (_entries[i].Sequence == sequence)
            {
                return i;
            }
        }

        return -1;
    }

    private int IndexOfPending()
    {
        for (int i = 0; i < _entries.Count; i++)
        {
            if (_entries[i].State == EntryState.Pending)
            {
                return i;
            }
        }

        return -1;
    }

    private readonly record struct Entry(long Sequence, EntryState State);
}
