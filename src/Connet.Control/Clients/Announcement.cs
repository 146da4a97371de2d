namespace Connet.Control.Clients;

/// <summary>
/// What one stream of one connection announces. Belongs to the <see cref="EndpointDirectory"/>: everything that changes does so
/// under its lock.
/// </summary>
internal sealed class Announcement(EndpointKey key, string id, long session, long sequence, PeerEntry entry)
{
    public EndpointKey Key => key;

    public string Id => id;

    /// <summary>What peers are told.</summary>
    public PeerEntry Entry { get; set; } = entry;

    /// <summary>Whether the directory still has it.</summary>
    public bool IsListed { get; set; } = true;

    /// <summary>Whether its connection has died.</summary>
    public bool IsAbandoned { get; set; }

    /// <summary>Whether a newer connection of the client has announced the same: then nobody waits for this one to come back.</summary>
    public bool IsSuperseded { get; set; }

    /// <summary>Ends an abandoned announcement.</summary>
    public ITimer? Expiry { get; set; }

    /// <summary>Whether it is from a newer connection, or a newer stream of the same one.</summary>
    public bool IsNewerThan(Announcement other) => (session, sequence).CompareTo((other.Session, other.Sequence)) > 0;

    private long Session => session;

    private long Sequence => sequence;
}
