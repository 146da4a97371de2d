using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Core.Recovery;

/// <summary>The sending half of one packet number space (RFC 9000, section 12.3; RFC 9002, appendix A.3).</summary>
/// <remarks>
/// Losses are always the oldest of what waits, since age and distance to the largest acknowledged packet both fall
/// with rising numbers. So after each ACK at most two packets below the largest acknowledged one still wait, and an
/// ACK costs what it newly settles plus its ranges, however many packets are in flight.
/// </remarks>
internal sealed class PacketNumberSpace
{
    /// <summary>How many packets later one must be acknowledged, kPacketThreshold (RFC 9002, section 6.1.1).</summary>
    private const int PacketThreshold = 3;

    /// <summary>How many packets' frames a probe timeout sends again: as many as it allows probes (RFC 9002, section 6.2.4).</summary>
    private const int PacketsPerProbeTimeout = 2;

    private readonly SentPackets _sent = new();
    private readonly LostPackets _lost = new();
    private readonly UnsentNumbers _unsent = new();
    private long _next;
    private Timestamp _lossRunStart = Timestamp.Never;

    /// <summary>The largest number sent so far; −1 if none.</summary>
    public long LargestSent { get; private set; } = -1;

    public long LargestAcked { get; private set; } = -1;

    /// <summary>When the oldest packet below the largest acknowledged one is lost by time.</summary>
    public Timestamp LossTime { get; private set; } = Timestamp.Never;

    public Timestamp LastAckElicitingSentAt { get; private set; }

    /// <summary>Ack-eliciting packets in flight.</summary>
    public int AckElicitingInFlight { get; private set; }

    /// <summary>Probes still to be sent after a probe timeout.</summary>
    public int ProbesPending { get; set; }

    public bool IsDiscarded { get; private set; }

    /// <summary>The packets that wait; for tests of the memory bound.</summary>
    public SentPackets Sent => _sent;

    /// <summary>The packets that count as lost and could still turn out not to be.</summary>
    public LostPackets Lost => _lost;

    /// <summary>The next number, with some left out at random if a source is given.</summary>
    public long NextPacketNumber(IRandomSource? random)
    {
        long number = random is null ? _next : _unsent.SkipFrom(_next, random);
        _next = number + 1;
        return number;
    }

    public void OnPacketSent(long number, Timestamp now, int bytes, int path, SentPacketFlags flags, ReadOnlySpan<SentFrame> frames)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(number, LargestSent);
        LargestSent = number;
        _next = Math.Max(_next, number + 1);
        _sent.Add(number, now, bytes, path, flags, frames);
        if ((flags & SentPacketFlags.AckEliciting) != 0)
        {
            LastAckElicitingSentAt = now;
            AckElicitingInFlight++;
            ProbesPending = Math.Max(0, ProbesPending - 1);
        }
    }

    /// <summary>Whether an ACK frame names packets that were never sent (RFC 9000, section 13.1).</summary>
    public bool CoversUnsent(in AckFrame ack) => ack.LargestAcknowledged > LargestSent || _unsent.IsAcked(ack);

    /// <summary>Whether every packet in flight up to a number was acknowledged or declared lost.</summary>
    public bool IsSettled(long upTo)
    {
        for (int i = 0; i < _sent.Count && _sent[i].Number <= upTo; i++)
        {
            if (_sent[i].Has(SentPacketFlags.InFlight) && !_sent[i].Has(SentPacketFlags.Acked))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Takes in an ACK frame; <paramref name="acked"/> gets the packets in flight on the current path, newest first.</summary>
    public AckSummary OnAckReceived(in AckFrame ack, int path, AckResult result, List<AckedPacket> acked)
    {
        AckSummary summary = default;
        LargestAcked = Math.Max(LargestAcked, ack.LargestAcknowledged);
        int index = _sent.LastAtMost(ack.LargestAcknowledged);
        foreach (PacketNumberRange range in ack)
        {
            summary.LateAcks += _lost.RemoveAcked(range);
            while (index >= 0 && _sent[index].Number > range.Largest)
            {
                index--;
            }

            for (; index >= 0 && _sent[index].Number >= range.Smallest; index--)
            {
                ref SentPacket packet = ref _sent[index];
                if (!packet.Has(SentPacketFlags.Acked))
                {
                    Acknowledge(ref packet, ack.LargestAcknowledged, path, result, acked, ref summary);
                }
            }

            if (index < 0 && _lost.Count == 0)
            {
                break;
            }
        }

        // What was taken for lost and was not breaks a run of losses too.
        _lossRunStart = summary.LateAcks > 0 ? Timestamp.Never : _lossRunStart;
        return summary;
    }

    /// <summary>Declares packets lost (RFC 9002, section 6.1 and appendix A.10) and sets <see cref="LossTime"/>.</summary>
    public LossSummary DetectLost(in LossContext context, AckResult result)
    {
        LossSummary summary = default;
        LossTime = Timestamp.Never;
        Timestamp lostIfSentBy = context.Now - context.LossDelay;
        while (_sent.Count > 0)
        {
            ref SentPacket packet = ref _sent[0];
            if (packet.Has(SentPacketFlags.Acked))
            {
                // Between two losses nothing may have arrived for persistent congestion (RFC 9002, section 7.6.2).
                _lossRunStart = Timestamp.Never;
                _sent.RemoveFirst();
                continue;
            }

            if (packet.Number > LargestAcked)
            {
                break;
            }

            if (packet.SentAt > lostIfSentBy && LargestAcked < packet.Number + PacketThreshold)
            {
                LossTime = packet.SentAt + context.LossDelay;
                break;
            }

            Lose(ref packet, context, result, ref summary);
            _sent.RemoveFirst();
        }

        return summary;
    }

    /// <summary>Reports the frames of the oldest waiting packets that were not reported before; when all were, starts over.</summary>
    public void CollectProbeFrames(List<SentFrame> destination)
    {
        if (CollectProbeFramesOnce(destination) > 0)
        {
            return;
        }

        for (int i = 0; i < _sent.Count; i++)
        {
            _sent[i].Flags &= ~SentPacketFlags.Resent;
        }

        CollectProbeFramesOnce(destination);
    }

    /// <summary>What was lost on another path says nothing of the new one.</summary>
    public void OnPathChanged()
    {
        _lost.Clear();
        _lossRunStart = Timestamp.Never;
    }

    /// <summary>Forgets what was sent, reporting its frames. Returns the bytes in flight on a path.</summary>
    public long Restart(int path, List<SentFrame> destination)
    {
        int before;
        do
        {
            before = destination.Count;
            CollectProbeFramesOnce(destination);
        }
        while (destination.Count > before);
        return Forget(path);
    }

    /// <summary>Forgets everything, as the keys are gone (RFC 9002, section 6.4). Returns the bytes in flight on a path.</summary>
    public long Discard(int path)
    {
        IsDiscarded = true;
        return Forget(path);
    }

    private long Forget(int path)
    {
        long bytes = 0;
        for (int i = 0; i < _sent.Count; i++)
        {
            ref SentPacket packet = ref _sent[i];
            if (packet.Has(SentPacketFlags.InFlight) && !packet.Has(SentPacketFlags.Acked) && packet.Path == path)
            {
                bytes += packet.Bytes;
            }
        }

        _sent.Clear();
        _lost.Clear();
        LossTime = Timestamp.Never;
        AckElicitingInFlight = 0;
        ProbesPending = 0;
        return bytes;
    }

    private static bool IsRepeatable(SentFrameKind kind) => kind is not (SentFrameKind.Ack or SentFrameKind.Ping
        or SentFrameKind.PathChallenge or SentFrameKind.PathResponse or SentFrameKind.MtuProbe or SentFrameKind.Datagram);

    private int CollectProbeFramesOnce(List<SentFrame> destination)
    {
        int packets = 0;
        for (int i = 0; i < _sent.Count && packets < PacketsPerProbeTimeout; i++)
        {
            ref SentPacket packet = ref _sent[i];
            if ((packet.Flags & (SentPacketFlags.Acked | SentPacketFlags.Resent)) != 0 || !packet.Has(SentPacketFlags.AckEliciting))
            {
                continue;
            }

            int before = destination.Count;
            _sent.CopyFrames(packet, destination);
            int kept = before;
            for (int frame = before; frame < destination.Count; frame++)
            {
                if (IsRepeatable(destination[frame].Kind))
                {
                    destination[kept++] = destination[frame];
                }
            }

            destination.RemoveRange(kept, destination.Count - kept);
            packet.Flags |= SentPacketFlags.Resent;
            packets += kept > before ? 1 : 0;
        }

        return packets;
    }

    private void Acknowledge(
        ref SentPacket packet, long largest, int path, AckResult result, List<AckedPacket> acked, ref AckSummary summary)
    {
        packet.Flags |= SentPacketFlags.Acked;
        _sent.CopyFrames(packet, result.Acked);
        result.LargestNewlyAcked = Math.Max(result.LargestNewlyAcked, packet.Number);
        result.AnyNewlyAcked = true;
        summary.Packets++;
        if (packet.Has(SentPacketFlags.AckEliciting))
        {
            summary.AnyAckEliciting = true;
            AckElicitingInFlight--;
        }

        if (packet.Path != path)
        {
            return;
        }

        if (packet.Number == largest)
        {
            summary.LargestIsNew = true;
            summary.LargestSentAt = packet.SentAt;
        }

        summary.EcnMarked += packet.Has(SentPacketFlags.EcnMarked) ? 1 : 0;
        if (packet.Has(SentPacketFlags.InFlight))
        {
            summary.Bytes += packet.Bytes;
            result.LargestAckedBytes = Math.Max(result.LargestAckedBytes, packet.Bytes);
            acked.Add(new AckedPacket(packet.SentAt, packet.Bytes));
        }
    }

    private void Lose(ref SentPacket packet, in LossContext context, AckResult result, ref LossSummary summary)
    {
        _sent.CopyFrames(packet, result.Lost);
        if (packet.Has(SentPacketFlags.AckEliciting))
        {
            AckElicitingInFlight--;
        }

        if (!packet.Has(SentPacketFlags.InFlight))
        {
            return;
        }

        summary.Packets++;
        result.LostPackets++;
        bool isProbe = packet.Has(SentPacketFlags.MtuProbe);
        result.MtuProbeLost |= isProbe;
        if (packet.Path != context.Path)
        {
            return;
        }

        summary.Bytes += packet.Bytes;
        if (isProbe)
        {
            return;
        }

        summary.CongestionPackets++;
        result.LargestLostBytes = Math.Max(result.LargestLostBytes, packet.Bytes);
        summary.LastSentAt = packet.SentAt;
        summary.TooManyToUndo |= !_lost.TryAdd(packet.Number);
        if (packet.Has(SentPacketFlags.AckEliciting) && packet.SentAt > context.FirstRttSample)
        {
            _lossRunStart = Timestamp.Min(_lossRunStart, packet.SentAt);
            if (packet.SentAt - _lossRunStart > context.PersistentDuration)
            {
                summary.PersistentCongestion = true;
                _lossRunStart = Timestamp.Never;
            }
        }
    }
}
