using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Core.Recovery;

/// <summary>What an ACK frame or a timeout brought about; one instance serves a connection.</summary>
internal sealed class AckResult
{
    /// <summary>The frames of newly acknowledged packets.</summary>
    public List<SentFrame> Acked { get; } = [];

    /// <summary>The frames of packets declared lost.</summary>
    public List<SentFrame> Lost { get; } = [];

    /// <summary>
    /// Frames to send again in a probe, though their packets are not lost; see <see cref="LossDetection.CollectProbeFrames"/>.
    /// </summary>
    public List<SentFrame> Resend { get; } = [];

    public bool PersistentCongestion { get; set; }

    /// <summary>The largest packet number that this ACK acknowledged first; −1 if none.</summary>
    public long LargestNewlyAcked { get; set; } = -1;

    /// <summary>The level that <see cref="Lost"/> was sent at.</summary>
    public EncryptionLevel Level { get; set; }

    public bool AnyNewlyAcked { get; set; }

    /// <summary>How many packets in flight were declared lost.</summary>
    public int LostPackets { get; set; }

    /// <summary>A lost packet was a path MTU probe; its frame in <see cref="Lost"/> has the size.</summary>
    public bool MtuProbeLost { get; set; }

    /// <summary>The largest packet of the current path that was newly acknowledged, in bytes; 0 if none.</summary>
    public int LargestAckedBytes { get; set; }

    /// <summary>The largest packet of the current path that was declared lost, MTU probes aside, in bytes; 0 if none.</summary>
    public int LargestLostBytes { get; set; }

    /// <summary>Packets declared lost earlier have all arrived; the window was restored.</summary>
    public bool SpuriousLoss { get; set; }

    /// <summary>The peer's ECN counts cannot be true or the path changes marks: send without ECN (RFC 9000, section 13.4.2.1).</summary>
    public bool EcnFailed { get; set; }

    public void Clear()
    {
        Acked.Clear();
        Lost.Clear();
        Resend.Clear();
        PersistentCongestion = AnyNewlyAcked = MtuProbeLost = SpuriousLoss = EcnFailed = false;
        LargestNewlyAcked = -1;
        LostPackets = LargestAckedBytes = LargestLostBytes = 0;
    }
}
