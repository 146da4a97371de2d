namespace Connet.Quic.Core.Recovery;

/// <summary>What loss detection has to know of a sent packet besides its numbers.</summary>
[Flags]
internal enum SentPacketFlags : byte
{
    None = 0,
    AckEliciting = 1,

    /// <summary>Counts towards bytes in flight (RFC 9002, section 2): every packet but the ACK-only ones.</summary>
    InFlight = 2,

    /// <summary>A path MTU probe: its loss says nothing of congestion (RFC 9000, section 14.4).</summary>
    MtuProbe = 4,

    /// <summary>Left marked ECT(0).</summary>
    EcnMarked = 8,

    /// <summary>Acknowledged, but an older packet before it in the ring still waits.</summary>
    Acked = 16,

    /// <summary>Its frames went into a probe already.</summary>
    Resent = 32,
}
