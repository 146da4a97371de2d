namespace Connet.Control.Clients;

/// <summary>
/// What one stream of one connection announces. Belongs to the <see cref="EndpointDirectory"/>: everything that changes does so
/// under its lock.
/// </summary>
internal sealed class Announcement(EndpointKey key, string id, long session, long sequence, PeerEntry entry)
{
    /// <summary>The objects around the text: measured, and rounded up.</summary>
    private const int Overhead = 1024;

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

    /// <summary>The tag of the token that permitted it.</summary>
    public string TokenTag { get; init; } = string.Empty;

    /// <summary>When the client first announced it, by the wall clock.</summary>
    public DateTimeOffset Since { get; set; }

    /// <summary>When its connection was lost, by the wall clock; null while it lives.</summary>
    public DateTimeOffset? LostAt { get; set; }

    /// <summary>The journal's number of its last change.</summary>
    public long Recorded { get; set; }

    /// <summary>Its place among the abandoned ones.</summary>
    public LinkedListNode<Announcement>? Place { get; set; }

    /// <summary>Ends an abandoned announcement.</summary>
    public ITimer? Expiry { get; set; }

    /// <summary>About how many bytes the server keeps for it.</summary>
    public int Size => Entry.Encoded.Length + (sizeof(char) * Key.Name.Length) + Overhead;

    /// <summary>The endpoint as operators see it.</summary>
    public ControlEndpointStatus GetStatus()
    {
        PeerEntry told = Entry;
        return new ControlEndpointStatus { Name = Key.Name, Role = (ControlEndpointRole)Key.Role, DirectAddresses = told.DirectAddresses, Relays = told.Relays };
    }

    /// <summary>Whether it is from a newer connection, or a newer stream of the same one.</summary>
    public bool IsNewerThan(Announcement other) => (session, sequence).CompareTo((other.Session, other.Sequence)) > 0;

    private long Session => session;

    private long Sequence => sequence;
}
