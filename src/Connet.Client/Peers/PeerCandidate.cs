namespace Connet.Client.Peers;

/// <summary>A peer that a dial with load balancing may choose.</summary>
/// <param name="Best">Its best path.</param>
/// <param name="Load">Its connections and its turns.</param>
/// <param name="Reach">Whom its best path leads to.</param>
internal readonly record struct PeerCandidate(PathState Best, PeerLoad Load, PeerReach Reach);
