namespace Connet.Client.Peers;

/// <summary>What the choice of a path goes by.</summary>
/// <param name="Kind">Direct, or through a relay.</param>
/// <param name="RoundTripTime">To the peer, or to the relay.</param>
/// <param name="IsSilent">Whether a dial got no answer on it, and nothing else has arrived since.</param>
/// <param name="LeadsToPeer">Whether a known peer can be reached over it; not so a relay where no peer is announced yet.</param>
/// <param name="Group">Paths of one group end at the same peer or relay, so they are likely to fail together.</param>
internal readonly record struct PathState(ConnetPathKind Kind, TimeSpan RoundTripTime, bool IsSilent, bool LeadsToPeer, string Group)
{
    /// <summary>How many peers a relay may choose among, where one of them is wanted; 0 where any will do.</summary>
    public int Sharers { get; init; }
}
