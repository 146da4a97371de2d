namespace Connet.Control.Clients;

/// <summary>The announcements of one endpoint in one role, and who watches them. Used under the directory's lock.</summary>
internal sealed class EndpointTopic
{
    private readonly Dictionary<string, List<Announcement>> _announcements = new(StringComparer.Ordinal);
    private readonly HashSet<PeerWatch> _watches = [];
    private PeerList? _current;

    public bool IsEmpty => _announcements.Count == 0 && _watches.Count == 0;

    /// <summary>The list as it is now. Made when somebody asks, so that a burst of changes costs one list.</summary>
    public PeerList Current => _current ??= new PeerList([.. _announcements.Values.Select(of => of[^1].Entry)]);

    public void Add(PeerWatch watch) => _watches.Add(watch);

    public void Remove(PeerWatch watch) => _watches.Remove(watch);

    /// <summary>All announcements of one client, the newest last.</summary>
    public IReadOnlyList<Announcement> Of(string id) => _announcements.GetValueOrDefault(id) ?? [];

    public void Add(Announcement announcement)
    {
        if (!_announcements.TryGetValue(announcement.Id, out List<Announcement>? of))
        {
            _announcements.Add(announcement.Id, of = []);
        }

        PeerEntry? before = of.Count > 0 ? of[^1].Entry : null;
        int at = of.FindIndex(other => other.IsNewerThan(announcement));
        of.Insert(at < 0 ? of.Count : at, announcement);
        NotifyIfChanged(before, of[^1].Entry);
    }

    public void Remove(Announcement announcement)
    {
        List<Announcement> of = _announcements[announcement.Id];
        PeerEntry before = of[^1].Entry;
        of.Remove(announcement);
        if (of.Count == 0)
        {
            _announcements.Remove(announcement.Id);
        }

        NotifyIfChanged(before, of.Count > 0 ? of[^1].Entry : null);
    }

    public void Replace(Announcement announcement, PeerEntry entry)
    {
        List<Announcement> of = _announcements[announcement.Id];
        PeerEntry before = of[^1].Entry;
        announcement.Entry = entry;
        NotifyIfChanged(before, of[^1].Entry);
    }

    private void NotifyIfChanged(PeerEntry? before, PeerEntry? after)
    {
        if (before is not null && after is not null && before.Encoded.Equals(after.Encoded))
        {
            return;
        }

        _current = null;
        foreach (PeerWatch watch in _watches)
        {
            watch.Changed.Set();
        }
    }
}
