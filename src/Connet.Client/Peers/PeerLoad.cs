namespace Connet.Client.Peers;

/// <summary>
/// What load balancing knows of one peer; for a path through a relay, of the connections there whose peer is not known. Thread safe, but for
/// <see cref="Turn"/>.
/// </summary>
internal sealed class PeerLoad
{
    private int _open;

    /// <summary>Connections that are open, and dials that have chosen the peer.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>The number of the choice that fell on the peer last; 0 before the first. The balancer's lock guards it.</summary>
    public long Turn { get; set; }

    /// <summary>One more.</summary>
    public void Add() => Interlocked.Increment(ref _open);

    /// <summary>One less.</summary>
    public void Remove() => Interlocked.Decrement(ref _open);
}
