namespace Connet.Client.Peers;

/// <summary>
/// What load balancing knows of one peer; for a path through a relay, of the connections there whose peer is not known. Thread safe, but for
/// <see cref="Turn"/>.
/// </summary>
internal sealed class PeerLoad
{
    private const long Never = long.MinValue;

    private int _open;
    private long _unansweredAt = Never;

    /// <summary>Connections that are open, and dials that have chosen the peer.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>The number of the choice that fell on the peer last; 0 before the first. The balancer's lock guards it.</summary>
    public long Turn { get; set; }

    /// <summary>One more.</summary>
    public void Add() => Interlocked.Increment(ref _open);

    /// <summary>One less.</summary>
    public void Remove() => Interlocked.Decrement(ref _open);

    /// <summary>A dial waits for the peer's answer longer than it should have to.</summary>
    public void MarkUnanswered(TimeProvider clock) => Interlocked.Exchange(ref _unansweredAt, clock.GetTimestamp());

    /// <summary>The peer has answered.</summary>
    public void MarkAnswered() => Interlocked.Exchange(ref _unansweredAt, Never);

    /// <summary>Whether a dial has waited in vain not longer ago than a time.</summary>
    public bool WasUnanswered(TimeProvider clock, TimeSpan ago)
    {
        long at = Interlocked.Read(ref _unansweredAt);
        return at != Never && clock.GetElapsedTime(at) < ago;
    }
}
