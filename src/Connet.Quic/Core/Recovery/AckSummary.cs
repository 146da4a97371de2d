using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Recovery;

/// <summary>What an ACK frame did to one packet number space.</summary>
internal struct AckSummary
{
    /// <summary>Packets that were waiting and are acknowledged now, ACK-only ones included.</summary>
    public int Packets;

    /// <summary>Bytes of the current path that left the network.</summary>
    public long Bytes;

    /// <summary>Newly acknowledged packets of the current path marked ECT(0).</summary>
    public int EcnMarked;

    /// <summary>At least one newly acknowledged packet elicited the ACK.</summary>
    public bool AnyAckEliciting;

    /// <summary>The frame's largest number is newly acknowledged and of the current path.</summary>
    public bool LargestIsNew;

    /// <summary>When that packet was sent.</summary>
    public Timestamp LargestSentAt;

    /// <summary>Packets declared lost that arrived after all.</summary>
    public int LateAcks;
}
