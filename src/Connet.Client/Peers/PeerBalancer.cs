namespace Connet.Client.Peers;

/// <summary>Chooses the peers of a source's dials by its policy. Knows no clock. Thread safe.</summary>
/// <param name="policy">The policy; not <see cref="ConnetLoadBalancing.None"/>.</param>
/// <param name="random">Decides for <see cref="ConnetLoadBalancing.Random"/>; used under a lock.</param>
internal sealed class PeerBalancer(ConnetLoadBalancing policy, Random random)
{
    private readonly Lock _lock = new();
    private long _turn;

    /// <summary>Whether round trips decide, also among the paths to one peer.</summary>
    public bool GoesByLatency => policy == ConnetLoadBalancing.LeastLatency;

    /// <summary>
    /// Chooses a peer; dials under way count, so that many at once are spread as well. Peers that answer come before those that do not, whatever
    /// the policy, and those that a path is known to lead to before those that might be behind a relay.
    /// </summary>
    /// <param name="candidates">The peers; at least one.</param>
    /// <returns>An index of <paramref name="candidates"/>. The dial counts there until <see cref="PeerLoad.Remove"/>.</returns>
    public int Choose(IReadOnlyList<PeerCandidate> candidates)
    {
        lock (_lock)
        {
            (bool IsSilent, bool IsDoubtful) best = candidates.Min(Doubts);
            int[] good = [.. Enumerable.Range(0, candidates.Count).Where(index => Doubts(candidates[index]) == best)];
            int chosen = policy switch
            {
                ConnetLoadBalancing.LeastLatency => good.MinBy(index => (candidates[index].Best.Kind, candidates[index].Best.RoundTripTime, candidates[index].Load.Turn)),
                ConnetLoadBalancing.LeastConnections => good.MinBy(index => (candidates[index].Reach.Connections, candidates[index].Load.Turn)),
                ConnetLoadBalancing.Random => good[random.Next(good.Length)],
                _ => good.MinBy(index => candidates[index].Load.Turn),
            };
            candidates[chosen].Load.Turn = ++_turn;
            candidates[chosen].Load.Add();
            return chosen;
        }
    }

    private static (bool IsSilent, bool IsDoubtful) Doubts(PeerCandidate candidate) => (candidate.Best.IsSilent, !candidate.Best.LeadsToPeer);
}
