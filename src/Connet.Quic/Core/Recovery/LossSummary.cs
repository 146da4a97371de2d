using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Recovery;

/// <summary>What was declared lost in one packet number space.</summary>
internal struct LossSummary
{
    /// <summary>Packets in flight that were lost, MTU probes included.</summary>
    public int Packets;

    /// <summary>Bytes of the current path that left the network.</summary>
    public long Bytes;

    /// <summary>Lost packets of the current path that say something of congestion.</summary>
    public int CongestionPackets;

    /// <summary>When the last of those was sent.</summary>
    public Timestamp LastSentAt;

    /// <summary>More losses than <see cref="LostPackets"/> remembers.</summary>
    public bool TooManyToUndo;
    public bool PersistentCongestion;
}
