namespace Connet.Control;

/// <summary>
/// Where a control server keeps what must survive a restart: small values under short keys, and what clients announce. A write that has
/// completed must be there after a crash. Implementations are thread safe.
/// </summary>
public interface IControlStore
{
    /// <summary>Reads a value.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The value, null if there is none.</returns>
    /// <exception cref="Connet.Protocol.ConnetException">The store cannot be read.</exception>
    ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Writes a value unless the key has one already; both in one step, whoever else does the same.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="value">The value to write.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What the key has now: the value that was there before, or the one written.</returns>
    /// <exception cref="Connet.Protocol.ConnetException">The store cannot be read or written.</exception>
    ValueTask<byte[]> GetOrAddAsync(string key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default);

    /// <summary>Writes a value, in place of the one that the key may have.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="value">The value.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that completes when the value is durable.</returns>
    /// <exception cref="Connet.Protocol.ConnetException">The store cannot be written.</exception>
    ValueTask SetAsync(string key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default);

    /// <summary>Removes a key, if it is there.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that completes when the key is gone for good.</returns>
    /// <exception cref="Connet.Protocol.ConnetException">The store cannot be written.</exception>
    ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Reads all announcements. The server does so once, when it starts.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The announcements, in any order.</returns>
    /// <exception cref="Connet.Protocol.ConnetException">The store cannot be read.</exception>
    ValueTask<IReadOnlyList<StoredAnnouncement>> GetAnnouncementsAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Writes and removes announcements, all of them in one step. The server collects what changes while an earlier call is under way, so
    /// that one call serves many clients; it never makes two at once.
    /// </summary>
    /// <param name="changed">What to write, in place of what has the same client, endpoint and role.</param>
    /// <param name="removed">What to remove, if it is there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that completes when everything is durable.</returns>
    /// <exception cref="Connet.Protocol.ConnetException">The store cannot be written; nothing of it was.</exception>
    ValueTask SaveAnnouncementsAsync(
        IReadOnlyCollection<StoredAnnouncement> changed, IReadOnlyCollection<StoredAnnouncementKey> removed, CancellationToken cancellationToken = default);
}
