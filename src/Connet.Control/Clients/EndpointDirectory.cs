using System.Runtime.InteropServices;
using Connet.Control.Stores;
using Connet.Protocol.Timing;

namespace Connet.Control.Clients;

/// <summary>
/// Who announces which endpoint, and who wants to know. Indexed by name and role: a change touches those who watch that endpoint
/// and nobody else. Thread safe.
/// </summary>
/// <param name="clock">The clock of the expiry.</param>
/// <param name="expiry">How long announcements outlive their connection; zero: not at all.</param>
/// <param name="journal">Where each change is recorded, null if nothing outlives the process.</param>
/// <param name="maxExpiringBytes">How much is kept of connections that have died; beyond it the oldest goes at once.</param>
internal sealed class EndpointDirectory(
    TimeProvider clock, TimeSpan expiry, AnnouncementJournal? journal = null, long maxExpiringBytes = long.MaxValue) : IDisposable
{
    // Held briefly, and never while anything waits. Who is told of a change is only signalled under it.
    private readonly Lock _gate = new();
    private readonly Dictionary<EndpointKey, EndpointTopic> _topics = [];
    private readonly LinkedList<Announcement> _abandoned = [];
    private long _abandonedBytes;
    private bool _isDisposed;

    /// <summary>How many announcements wait for their client to come back.</summary>
    public int AbandonedCount
    {
        get
        {
            lock (_gate)
            {
                return _abandoned.Count;
            }
        }
    }

    /// <summary>Endpoints in a role that somebody announces or watches.</summary>
    public int TopicCount
    {
        get
        {
            lock (_gate)
            {
                return _topics.Count;
            }
        }
    }

    /// <summary>Lists an announcement. Those that the same client left behind under this key are gone.</summary>
    public void Add(Announcement announcement)
    {
        lock (_gate)
        {
            EndpointTopic topic = Topic(announcement.Key);
            Announcement[] others = [.. topic.Of(announcement.Id)];

            // First in, then out: peers that look in between would miss the client.
            topic.Add(announcement);
            foreach (Announcement other in others)
            {
                if (other.IsAbandoned)
                {
                    announcement.Since = other.Since;
                    Remove(topic, other);
                }
                else if (announcement.IsNewerThan(other))
                {
                    other.IsSuperseded = true;
                }
                else
                {
                    announcement.IsSuperseded = true;
                }
            }

            Record(topic, announcement);
        }
    }

    /// <summary>Lists an announcement of the process before this one, whose client may come back.</summary>
    /// <param name="announcement">The announcement.</param>
    /// <param name="left">How long it may stay.</param>
    public void Restore(Announcement announcement, TimeSpan left)
    {
        lock (_gate)
        {
            EndpointTopic topic = Topic(announcement.Key);
            topic.Add(announcement);
            Leave(topic, announcement, left);
        }
    }

    /// <summary>Waits until the last change of an announcement is durable, where changes are kept at all.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask CommittedAsync(Announcement announcement, CancellationToken cancellationToken)
    {
        if (journal is null)
        {
            return ValueTask.CompletedTask;
        }

        long recorded;
        lock (_gate)
        {
            recorded = announcement.Recorded;
        }

        return journal.CommittedAsync(recorded, cancellationToken);
    }

    /// <summary>Changes what an announcement tells.</summary>
    public void Update(Announcement announcement, PeerEntry entry)
    {
        lock (_gate)
        {
            if (announcement.IsListed)
            {
                EndpointTopic topic = Topic(announcement.Key);
                bool isNew = !announcement.Entry.Encoded.Equals(entry.Encoded);
                topic.Replace(announcement, entry);
                if (isNew)
                {
                    Record(topic, announcement);
                }
            }
        }
    }

    /// <summary>Takes an announcement away at once.</summary>
    public void Withdraw(Announcement announcement)
    {
        lock (_gate)
        {
            if (announcement.IsListed)
            {
                Remove(Topic(announcement.Key), announcement);
            }
        }
    }

    /// <summary>Leaves an announcement for the expiry time, because its connection has died and its client may come back.</summary>
    public void Abandon(Announcement announcement)
    {
        lock (_gate)
        {
            if (!announcement.IsListed || announcement.IsAbandoned)
            {
                return;
            }

            EndpointTopic topic = Topic(announcement.Key);
            bool isBack = announcement.IsSuperseded || topic.Of(announcement.Id).Any(other => other != announcement && !other.IsAbandoned);
            if (expiry == TimeSpan.Zero || isBack || _isDisposed)
            {
                Remove(topic, announcement);
                return;
            }

            announcement.LostAt = clock.GetUtcNow();
            Leave(topic, announcement, expiry);
        }
    }

    /// <summary>Takes away what waits for its client and is not permitted any more.</summary>
    public void Recheck(Func<Announcement, bool> isPermitted)
    {
        lock (_gate)
        {
            foreach (Announcement announcement in _abandoned.Where(each => !isPermitted(each)).ToArray())
            {
                Remove(Topic(announcement.Key), announcement);
            }
        }
    }

    /// <summary>Begins to watch the announcements under a key.</summary>
    public PeerWatch Watch(EndpointKey key, WakeSignal changed)
    {
        PeerWatch watch = new(this, key, changed);
        lock (_gate)
        {
            Topic(key).Add(watch);
        }

        return watch;
    }

    internal void Unwatch(PeerWatch watch)
    {
        lock (_gate)
        {
            EndpointTopic topic = Topic(watch.Key);
            topic.Remove(watch);
            Tidy(watch.Key, topic);
        }
    }

    internal PeerList Current(EndpointKey key)
    {
        lock (_gate)
        {
            EndpointTopic topic = Topic(key);
            PeerList current = topic.Current;
            Tidy(key, topic);
            return current;
        }
    }

    /// <summary>Stops the clocks of what is left.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            foreach (Announcement announcement in _abandoned)
            {
                announcement.Expiry?.Dispose();
                announcement.Place = null;
            }

            _abandoned.Clear();
            _abandonedBytes = 0;
        }
    }

    private EndpointTopic Topic(EndpointKey key) =>
        CollectionsMarshal.GetValueRefOrAddDefault(_topics, key, out _) ??= new EndpointTopic();

    private void Leave(EndpointTopic topic, Announcement announcement, TimeSpan left)
    {
        announcement.IsAbandoned = true;
        announcement.Place = _abandoned.AddLast(announcement);
        _abandonedBytes += announcement.Size;
        announcement.Expiry = clock.CreateTimer(_ => Withdraw(announcement), null, left, Timeout.InfiniteTimeSpan);
        Record(topic, announcement);
        while (_abandonedBytes > maxExpiringBytes && _abandoned.First is { } oldest)
        {
            Remove(Topic(oldest.Value.Key), oldest.Value);
        }
    }

    /// <summary>Of several connections of one client, a store has the newest.</summary>
    private void Record(EndpointTopic topic, Announcement changed)
    {
        if (journal is not null)
        {
            IReadOnlyList<Announcement> of = topic.Of(changed.Id);
            changed.Recorded = journal.Record(StoredAnnouncements.KeyOf(changed.Key, changed.Id), of.Count > 0 ? StoredAnnouncements.ToStored(of[^1]) : null);
        }
    }

    private void Remove(EndpointTopic topic, Announcement announcement)
    {
        announcement.IsListed = false;
        announcement.Expiry?.Dispose();
        if (announcement.Place is { } place)
        {
            _abandoned.Remove(place);
            _abandonedBytes -= announcement.Size;
            announcement.Place = null;
        }

        topic.Remove(announcement);
        Record(topic, announcement);
        Tidy(announcement.Key, topic);
    }

    private void Tidy(EndpointKey key, EndpointTopic topic)
    {
        if (topic.IsEmpty)
        {
            _topics.Remove(key);
        }
    }
}
