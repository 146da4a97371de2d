namespace Connet.Client.Peers;

/// <summary>
/// The plan of a dial with load balancing: a peer by the policy, its paths in order of preference, and when it fails the next peer, as far as the
/// limit goes. A peer has failed when it has refused or all of its paths have failed, or when there is no sign of life on those that were tried.
/// One that is gone from the list was chosen by old news, and another takes its place.
/// </summary>
/// <param name="peers">The peers of the source.</param>
/// <param name="balancer">The source's, which its dials share.</param>
/// <param name="limit">How far a dial goes on.</param>
/// <param name="clock">Measures for how long a peer that left a dial without an answer is avoided.</param>
internal sealed class BalancedPeers(PeerDirectory peers, PeerBalancer balancer, RetryLimit limit, TimeProvider clock) : IDialPlan
{
    /// <summary>
    /// For how long a peer is the last choice that has not answered, although its path lives, as where a relay cannot reach it. Then one dial finds out.
    /// </summary>
    public static readonly TimeSpan Forgiveness = TimeSpan.FromSeconds(5);

    /// <summary>In the order of their choice.</summary>
    private readonly List<KnownPeer> _chosen = [];

    /// <summary>Those of them that have said no: their other paths would get the same answer, or a relay would ask somebody else.</summary>
    private readonly HashSet<KnownPeer> _refused = [];

    /// <inheritdoc/>
    public int? Next(IReadOnlyList<(PeerPath Path, PathState State)> usable, IReadOnlyList<DialWait> waiting, TimeSpan elapsed)
    {
        IReadOnlyList<KnownPeer> known = peers.Snapshot;
        ForgetGone(known);
        if (waiting.Count > 0 && waiting.All(each => each.Age >= Dial.Silence))
        {
            _chosen.FindAll(peer => !_refused.Contains(peer)).ForEach(peer => peer.Load.MarkUnanswered(clock));
        }

        PeerPaths paths = new(known, usable, sharersCount: !balancer.GoesByLatency);

        // A peer that shows signs of life is given time: another connection would burden it twice, or a relay would choose another peer.
        if (waiting.All(each => each.IsOverdue))
        {
            HashSet<string> groups = [.. waiting.Select(each => each.Group)];
            foreach (KnownPeer peer in Enumerable.Reverse(_chosen).Where(each => !_refused.Contains(each)))
            {
                if (paths.To(peer) is { Count: > 0 } ways)
                {
                    return ways[PathSelector.Hedge([.. ways.Select(way => way.State)], groups)].Index;
                }
            }
        }

        return limit.Allows(_chosen.Count, elapsed) && waiting.All(each => each.IsOverdue || each.Age >= Dial.Silence) ? ChooseNext(known, paths, usable) : null;
    }

    /// <inheritdoc/>
    public void Fail(PeerPath path, DialResult result)
    {
        if (path.Peer is { } peer && result.IsFinal)
        {
            _refused.Add(peer);
        }
    }

    /// <inheritdoc/>
    public void Succeed(ConnetConnection connection, PeerPath path)
    {
        // Through a relay the answer may come from another peer than the one that was chosen; who it is, encryption proves.
        KnownPeer? peer = path.Peer ?? (connection.PeerId is { } id ? peers.FindById(id) : null);
        PeerLoad load = peer?.Load ?? path.Unknown;
        load.MarkAnswered();
        if (peer is null || !_chosen.Remove(peer))
        {
            load.Add();
        }

        // Where the dial counted, the connection counts from here on.
        connection.Load = load;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _chosen.ForEach(peer => peer.Load.Remove());
        _chosen.Clear();
    }

    private int? ChooseNext(IReadOnlyList<KnownPeer> known, PeerPaths paths, IReadOnlyList<(PeerPath Path, PathState State)> usable)
    {
        List<(KnownPeer Peer, int Index)> best = [];
        List<PeerCandidate> candidates = [];
        foreach (KnownPeer peer in known.Where(each => !_chosen.Contains(each)))
        {
            if (paths.To(peer) is { Count: > 0 } ways)
            {
                PathState state = ways[0].State;
                state = state with { IsSilent = state.IsSilent || peer.Load.WasUnanswered(clock, Forgiveness) };
                best.Add((peer, ways[0].Index));
                candidates.Add(new PeerCandidate(state, peer.Load, paths.Reach(usable[ways[0].Index].Path)));
            }
        }

        if (candidates.Count == 0)
        {
            return null;
        }

        (KnownPeer chosen, int index) = best[balancer.Choose(candidates)];
        _chosen.Add(chosen);
        return index;
    }

    private void ForgetGone(IReadOnlyList<KnownPeer> known)
    {
        foreach (KnownPeer gone in _chosen.Where(peer => !known.Contains(peer)).ToArray())
        {
            _chosen.Remove(gone);
            gone.Load.Remove();
        }
    }
}
