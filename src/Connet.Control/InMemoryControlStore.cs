using System.Collections.Concurrent;

namespace Connet.Control;

/// <summary>Keeps a control server's state for as long as the object lives: for tests, and for servers that may forget. Thread safe.</summary>
public sealed class InMemoryControlStore : IControlStore
{
    private readonly ConcurrentDictionary<string, byte[]> _values = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly Dictionary<StoredAnnouncementKey, StoredAnnouncement> _announcements = [];

    /// <inheritdoc/>
    public ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(_values.TryGetValue(key, out byte[]? value) ? (byte[])value.Clone() : null);

    /// <inheritdoc/>
    public ValueTask<byte[]> GetOrAddAsync(string key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult((byte[])_values.GetOrAdd(key, value.ToArray()).Clone());

    /// <inheritdoc/>
    public ValueTask SetAsync(string key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default)
    {
        _values[key] = value.ToArray();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default)
    {
        _values.TryRemove(key, out _);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredAnnouncement>> GetAnnouncementsAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            return ValueTask.FromResult<IReadOnlyList<StoredAnnouncement>>([.. _announcements.Values]);
        }
    }

    /// <inheritdoc/>
    public ValueTask SaveAnnouncementsAsync(
        IReadOnlyCollection<StoredAnnouncement> changed, IReadOnlyCollection<StoredAnnouncementKey> removed, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(changed);
        ArgumentNullException.ThrowIfNull(removed);
        lock (_gate)
        {
            foreach (StoredAnnouncement each in changed)
            {
                _announcements[new StoredAnnouncementKey(each.ClientId, each.Endpoint, each.Role)] = each;
            }

            foreach (StoredAnnouncementKey key in removed)
            {
                _announcements.Remove(key);
            }
        }

        return ValueTask.CompletedTask;
    }
}
