using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Recovery;

/// <summary>The record of a sent packet (RFC 9002, appendix A.1.1).</summary>
internal struct SentPacket
{
    public long Number;
    public Timestamp SentAt;

    /// <summary>The absolute position of its first frame in the ring of frames.</summary>
    public long FirstFrame;
    public int FrameCount;
    public int Bytes;

    /// <summary>Which path it left on: packets of an earlier path touch neither the window nor the RTT (RFC 9000, section 9.4).</summary>
    public int Path;
    public SentPacketFlags Flags;

    public readonly bool Has(SentPacketFlags flag) => (Flags & flag) != 0;
}
