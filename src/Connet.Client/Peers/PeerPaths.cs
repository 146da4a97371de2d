namespace Connet.Client.Peers;

/// <summary>Which of a dial's usable paths lead to which peer, at one instant.</summary>
internal sealed class PeerPaths
{
    private readonly IReadOnlyList<KnownPeer> _known;
    private readonly IReadOnlyList<(PeerPath Path, PathState State)> _usable;
    private readonly Dictionary<KnownPeer, List<int>> _direct = [];
    private readonly List<int> _relayed = [];
    private readonly Dictionary<PeerPath, PeerReach> _reaches = [];
    private readonly bool _sharersCount;

    /// <param name="known">The peers of the source.</param>
    /// <param name="usable">The paths.</param>
    /// <param name="sharersCount">Whether a relay that leads to fewer other peers is the better one, whatever its round trip.</param>
    public PeerPaths(IReadOnlyList<KnownPeer> known, IReadOnlyList<(PeerPath Path, PathState State)> usable, bool sharersCount)
    {
        (_known, _usable, _sharersCount) = (known, usable, sharersCount);
        for (int i = 0; i < usable.Count; i++)
        {
            if (usable[i].Path.Peer is not { } peer)
            {
                _relayed.Add(i);
            }
            else if (_direct.TryGetValue(peer, out List<int>? paths))
            {
                paths.Add(i);
            }
            else
            {
                _direct.Add(peer, [i]);
            }
        }
    }

    /// <summary>The paths to a peer, best first, with their indexes among the usable ones.</summary>
    public IReadOnlyList<(int Index, PathState State)> To(KnownPeer peer)
    {
        List<(int Index, PathState State)> paths = [];
        if (_direct.TryGetValue(peer, out List<int>? direct))
        {
            paths.AddRange(direct.Select(index => (index, _usable[index].State)));
        }

        foreach (int index in _relayed)
        {
            (PeerPath path, PathState state) = _usable[index];
            if (peer.Entry.RelayIds.Contains(path.Id) || !state.LeadsToPeer)
            {
                paths.Add((index, state with { Sharers = _sharersCount ? Reach(path).Count : 0 }));
            }
        }

        return paths.Count < 2 ? paths : [.. PathSelector.Order([.. paths.Select(path => path.State)]).Select(index => paths[index])];
    }

    /// <summary>Whom a path leads to. A relay chooses among those that are announced there, or among all where none is.</summary>
    public PeerReach Reach(PeerPath path)
    {
        if (!_reaches.TryGetValue(path, out PeerReach? reach))
        {
            if (path.Peer is { } peer)
            {
                reach = new PeerReach([peer.Load], null);
            }
            else
            {
                KnownPeer[] there = [.. _known.Where(each => each.Entry.RelayIds.Contains(path.Id))];
                reach = new PeerReach([.. (there.Length > 0 ? there : _known).Select(each => each.Load)], path.Unknown);
            }

            _reaches.Add(path, reach);
        }

        return reach;
    }
}
