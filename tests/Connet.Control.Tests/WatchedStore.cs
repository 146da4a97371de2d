using Connet.HandPeer;

namespace Connet.Control.Tests;

/// <summary>A store whose writes of announcements a test holds up, counts and fails, and of which it takes a copy as a crash leaves it.</summary>
internal sealed class WatchedStore : IControlStore
{
    private static readonly string[] s_keys =
        ["control-id", "client-reconnect-secret", "relay-reconnect-secret", "token-tag-secret", "alive-at"];

    private readonly InMemoryControlStore _inner = new();
    private volatile TaskCompletionSource _gate = new();
    private int _saves;

    public WatchedStore() => Open();

    /// <summary>How many writes of announcements were begun.</summary>
    public int Saves => Volatile.Read(ref _saves);

    /// <summary>Why they fail; null if they do not.</summary>
    public string? Failure { get; set; }

    /// <summary>Holds writes up from now on.</summary>
    public void Close() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets them go.</summary>
    public void Open() => _gate.TrySetResult();

    /// <summary>What a process that is killed now leaves for the next.</summary>
    public async Task<WatchedStore> CrashAsync()
    {
        WatchedStore copy = new();
        foreach (string key in s_keys)
        {
            if (await _inner.GetAsync(key) is { } value)
            {
                await copy._inner.SetAsync(key, value);
            }
        }

        await copy._inner.SaveAnnouncementsAsync([.. await _inner.GetAnnouncementsAsync()], []);
        return copy;
    }

    public ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken = default) => _inner.GetAsync(key, cancellationToken);

    public ValueTask<byte[]> GetOrAddAsync(string key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default) =>
        _inner.GetOrAddAsync(key, value, cancellationToken);

    public ValueTask SetAsync(string key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default) =>
        _inner.SetAsync(key, value, cancellationToken);

    public ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default) => _inner.RemoveAsync(key, cancellationToken);

    public ValueTask<IReadOnlyList<StoredAnnouncement>> GetAnnouncementsAsync(CancellationToken cancellationToken = default) =>
        _inner.GetAnnouncementsAsync(cancellationToken);

    public async ValueTask SaveAnnouncementsAsync(
        IReadOnlyCollection<StoredAnnouncement> changed, IReadOnlyCollection<StoredAnnouncementKey> removed, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _saves);
        await _gate.Task.WaitAsync(HandConnection.Patience, cancellationToken);
        if (Failure is { } failure)
        {
            throw new ControlServerException(failure);
        }

        await _inner.SaveAnnouncementsAsync(changed, removed, cancellationToken);
    }
}
