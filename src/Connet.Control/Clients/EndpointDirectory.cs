using System.Runtime.InteropServices;
using Connet.Protocol.Timing;

namespace Connet.Control.Clients;

/// <summary>
/// Who announces which endpoint, and who wants to know. Indexed by name and role: a change touches those who watch that endpoint
/// and nobody else. Thread safe.
/// </summary>
/// <param name="clock">The clock of the expiry.</param>
/// <param name="expiry">How long announcements outlive their connection; zero: not at all.</param>
internal sealed class EndpointDirectory(TimeProvider clock, TimeSpan expiry) : IDisposable
{
    // Held briefly, and never while anything waits. Who is told of a change is only signalled under it.
    private readonly Lock _gate = new();
    private readonly Dictionary<EndpointKey, EndpointTopic> _topics = [];
    private readonly HashSet<Announcement> _abandoned = [];
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
        }
    }

    /// <summary>Changes what an announcement tells.</summary>
    public void Update(Announcement announcement, PeerEntry entry)
    {
        lock (_gate)
        {
            if (announcement.IsListed)
            {
                Topic(announcement.Key).Replace(announcement, entry);
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

            announcement.IsAbandoned = true;
            _abandoned.Add(announcement);
            announcement.Expiry = clock.CreateTimer(_ => Withdraw(announcement), null, expiry, Timeout.InfiniteTimeSpan);
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
            }

            _abandoned.Clear();
        }
    }

    private EndpointTopic Topic(EndpointKey key) =>
        CollectionsMarshal.GetValueRefOrAddDefault(_topics, key, out _) ??= new EndpointTopic();

    private void Remove(EndpointTopic topic, Announcement announcement)
    {
        announcement.IsListed = false;
        announcement.Expiry?.Dispose();
        _abandoned.Remove(announcement);
        topic.Remove(announcement);
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
