using Connet.Protocol.Timing;

namespace Connet.Control.Relays;

/// <summary>The relays that are connected. Of a relay with several connections the newest counts. Thread safe.</summary>
internal sealed class RelayDirectory
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<RelayEntry>> _entries = new(StringComparer.Ordinal);
    private readonly HashSet<RelayWatch> _watches = [];
    private IReadOnlyList<RelayEntry> _current = [];

    /// <summary>The relays, each once. Another object after each change.</summary>
    public IReadOnlyList<RelayEntry> Current
    {
        get
        {
            lock (_gate)
            {
                return _current;
            }
        }
    }

    /// <summary>All connections of relays.</summary>
    public IReadOnlyList<RelayEntry> Connections
    {
        get
        {
            lock (_gate)
            {
                return [.. _entries.Values.SelectMany(of => of)];
            }
        }
    }

    public void Add(RelayEntry entry)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(entry.Id, out List<RelayEntry>? of))
            {
                _entries.Add(entry.Id, of = []);
            }

            int at = of.FindIndex(other => other.Sequence > entry.Sequence);
            of.Insert(at < 0 ? of.Count : at, entry);
            Publish();
        }
    }

    /// <summary>Removes the entry of one connection; a newer one of the same relay stays.</summary>
    public void Remove(RelayEntry entry)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(entry.Id, out List<RelayEntry>? of) || !of.Remove(entry))
            {
                return;
            }

            if (of.Count == 0)
            {
                _entries.Remove(entry.Id);
            }

            Publish();
        }
    }

    public RelayWatch Watch(WakeSignal changed)
    {
        RelayWatch watch = new(this, changed);
        lock (_gate)
        {
            _watches.Add(watch);
        }

        return watch;
    }

    internal void Unwatch(RelayWatch watch)
    {
        lock (_gate)
        {
            _watches.Remove(watch);
        }
    }

    private void Publish()
    {
        RelayEntry[] newest = [.. _entries.Values.Select(of => of[^1])];
        if (newest.SequenceEqual(_current))
        {
            return;
        }

        _current = newest;
        foreach (RelayWatch watch in _watches)
        {
            watch.Changed.Set();
        }
    }
}
