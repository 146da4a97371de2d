namespace Connet.Client.Peers;

/// <summary>
/// Whom a path leads to: one peer, or those among which a relay chooses. What a relay will choose is not known, so its connections count as
/// spread evenly over all of them. For one choice; not thread safe.
/// </summary>
/// <param name="peers">The peers; at least one.</param>
/// <param name="unknown">Connections over the path whose peer is not known; null for a direct path.</param>
internal sealed class PeerReach(IReadOnlyList<PeerLoad> peers, PeerLoad? unknown)
{
    private double? _connections;

    /// <summary>How many peers there are.</summary>
    public int Count => peers.Count;

    /// <summary>Open connections for each peer, on the average; looked up once.</summary>
    public double Connections => _connections ??= (double)(peers.Sum(peer => peer.Open) + (unknown?.Open ?? 0)) / peers.Count;
}
