using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Core.Recovery;

/// <summary>
/// Finds out which packets arrived and which were lost, and when to probe (RFC 9002, section 6 and appendix A), and tells
/// the congestion controller (section 7 and appendix B). Timers are in LossDetection.Timer.cs.
/// </summary>
internal sealed partial class LossDetection
{
    private const int Levels = 3;

    private readonly bool _isServer;
    private readonly PacketNumberSpace[] _spaces = [new(), new(), new()];
    private readonly EcnValidation[] _ecn = new EcnValidation[Levels];
    private readonly List<AckedPacket> _acked = [];
    private readonly WindowCut _cut;
    private readonly WindowUse _use = new();
    private ICongestionController _congestion;
    private RttEstimator _rtt;
    private TimeSpan _maxAckDelay = TimeSpan.FromMilliseconds(25);
    private Timestamp _firstRttSample = Timestamp.Never;
    private int _path;

    public LossDetection(bool isServer, ICongestionController congestion, RttEstimator rtt)
    {
        _isServer = isServer;
        _congestion = congestion;
        _rtt = rtt;
        _cut = new WindowCut(_spaces);
    }

    /// <summary>When <see cref="OnTimeout"/> is due.</summary>
    public Timestamp Deadline
    {
        get
        {
            if (_deadlineIsStale)
            {
                Rearm();
            }

            return field;
        }

        private set;
    } = Timestamp.Never;

    /// <summary>Bytes sent on the current path and neither acknowledged nor lost.</summary>
    public long BytesInFlight { get; private set; }

    /// <summary>How many probe timeouts passed since the last acknowledgement.</summary>
    public int PtoCount { get; private set; }

    /// <summary>Packets sent since the start, ACK-only ones included.</summary>
    public long PacketsSent { get; private set; }

    /// <summary>Packets in flight declared lost, even if they arrived later.</summary>
    public long PacketsLost { get; private set; }

    public long PacketsAcked { get; private set; }

    /// <summary>Whether packets leave marked ECT(0). Turned off when the peer's counts fail validation.</summary>
    public bool EcnEnabled { get; set; }

    /// <summary>Returns the number for the next packet, and leaves some 1-RTT numbers out at random (RFC 9000, section 21.4).</summary>
    public long NextPacketNumber(EncryptionLevel level, IRandomSource random) =>
        _spaces[(int)level].NextPacketNumber(level == EncryptionLevel.Application ? random : null);

    /// <summary>The largest number the peer acknowledged; −1 if none.</summary>
    public long LargestAcked(EncryptionLevel level) => _spaces[(int)level].LargestAcked;

    /// <summary>The largest number sent; −1 if none.</summary>
    public long LargestSent(EncryptionLevel level) => _spaces[(int)level].LargestSent;

    /// <summary>Whether every packet in flight up to a number was acknowledged or declared lost.</summary>
    public bool IsSettled(EncryptionLevel level, long upTo) => _spaces[(int)level].IsSettled(upTo);

    /// <summary>How many probes the last probe timeout still allows at a level, whatever the window says (RFC 9002, section 7.5).</summary>
    public int ProbesPending(EncryptionLevel level) => _spaces[(int)level].ProbesPending;

    /// <summary>The state of one level; for tests.</summary>
    internal PacketNumberSpace Space(EncryptionLevel level) => _spaces[(int)level];

    /// <summary>Remembers a sent packet (RFC 9002, appendix A.5).</summary>
    public void OnPacketSent(
        EncryptionLevel level, long pn, Timestamp now, int bytes, bool ackEliciting, bool inFlight, ReadOnlySpan<SentFrame> frames)
    {
        _now = now;
        PacketsSent++;
        SentPacketFlags flags = SentPacketFlags.None;
        flags |= ackEliciting ? SentPacketFlags.AckEliciting | SentPacketFlags.InFlight : SentPacketFlags.None;
        flags |= inFlight ? SentPacketFlags.InFlight : SentPacketFlags.None;
        flags |= EcnEnabled ? SentPacketFlags.EcnMarked : SentPacketFlags.None;
        foreach (ref readonly SentFrame frame in frames)
        {
            flags |= frame.Kind == SentFrameKind.MtuProbe ? SentPacketFlags.MtuProbe : SentPacketFlags.None;
        }

        _spaces[(int)level].OnPacketSent(pn, now, bytes, _path, flags, frames);
        if ((flags & SentPacketFlags.InFlight) == 0)
        {
            return;
        }

        BytesInFlight += bytes;
        _use.OnPacketSent(BytesInFlight);
        _congestion.OnPacketSent(now, bytes);
        _started = true;

        // Asked for once after a whole batch of packets.
        _deadlineIsStale = true;
    }

    /// <summary>
    /// Takes in an ACK frame (RFC 9002, appendix A.7). An acknowledgement of a packet never sent is a PROTOCOL_VIOLATION
    /// (RFC 9000, sections 13.1 and 21.4). <paramref name="result"/> is cleared first.
    /// </summary>
    public TransportErrorCode OnAckReceived(EncryptionLevel level, in AckFrame ack, TimeSpan ackDelay, Timestamp now, AckResult result)
    {
        result.Clear();
        PacketNumberSpace space = _spaces[(int)level];
        if (space.IsDiscarded)
        {
            return TransportErrorCode.NoError;
        }

        if (space.CoversUnsent(ack))
        {
            return TransportErrorCode.ProtocolViolation;
        }

        _now = now;
        bool raised = ack.LargestAcknowledged > space.LargestAcked;
        if (level == EncryptionLevel.Application)
        {
            _use.OnAckReceived(ack.LargestAcknowledged, space.LargestSent, BytesInFlight);
        }

        bool limited = _use.IsTooLittle(_congestion);
        _acked.Clear();
        AckSummary summary = space.OnAckReceived(ack, _path, result, _acked);
        if (summary.LateAcks > 0 && _cut.TryUndo())
        {
            result.SpuriousLoss = true;
            _congestion.OnSpuriousLoss();
        }

        // The largest may be an ACK-only packet without a record of its own; it counts as newly acknowledged.
        if (summary.Packets == 0 && !raised)
        {
            return TransportErrorCode.NoError;
        }

        if (!_isServer && level == EncryptionLevel.Handshake)
        {
            _peerValidatedAddress = true;
        }

        BytesInFlight -= summary.Bytes;
        PacketsAcked += summary.Packets;
        if (summary.LargestIsNew && summary.AnyAckEliciting)
        {
            UpdateRtt(level, now, summary.LargestSentAt, ackDelay);
        }

        if (raised && EcnEnabled)
        {
            ProcessEcn(level, ack, summary, now, result);
        }

        DetectLost(space, now, result);
        for (int i = _acked.Count - 1; i >= 0; i--)
        {
            _congestion.OnAcknowledged(now, _acked[i].SentAt, _acked[i].Bytes, limited, _rtt);
        }

        if (PeerCompletedAddressValidation)
        {
            PtoCount = 0;
            space.ProbesPending = 0;
        }

        Rearm();
        return TransportErrorCode.NoError;
    }

    /// <summary>
    /// Reports in <see cref="AckResult.Resend"/> the frames of the oldest unacknowledged packets of a level, for the probes
    /// that <see cref="OnTimeout"/> asked for. The packets are not lost by that (RFC 9002, section 6.2.4).
    /// </summary>
    public void CollectProbeFrames(EncryptionLevel level, AckResult result) => _spaces[(int)level].CollectProbeFrames(result.Resend);

    /// <summary>
    /// The peer forgot everything that it was sent at a level, as after a Retry (RFC 9002, section 6.3): all of it is
    /// reported as to be sent again, and nothing of it is waited for.
    /// </summary>
    public void Restart(EncryptionLevel level, AckResult result)
    {
        BytesInFlight -= _spaces[(int)level].Restart(_path, result.Resend);
        PtoCount = 0;
        Rearm();
    }

    /// <summary>The keys of a level are gone: its packets count no more (RFC 9002, section 6.4 and appendix A.11).</summary>
    public void Discard(EncryptionLevel level)
    {
        PacketNumberSpace space = _spaces[(int)level];
        if (space.IsDiscarded)
        {
            return;
        }

        BytesInFlight -= space.Discard(_path);
        PtoCount = 0;
        Rearm();
    }

    /// <summary>Whether the application has nothing more to send while there is room in the window (RFC 9002, section 7.8).</summary>
    public void SetApplicationLimited(bool limited) => _use.ApplicationLimited = limited;

    /// <summary>
    /// The connection moved to a path with a window and an RTT of its own. What is in flight on the old path touches
    /// neither any more (RFC 9000, section 9.4).
    /// </summary>
    public void OnPathChanged(ICongestionController congestion, RttEstimator rtt)
    {
        _congestion = congestion;
        _rtt = rtt;
        _path++;
        BytesInFlight = 0;
        PtoCount = 0;
        _firstRttSample = Timestamp.Never;
        _cut.Reset();
        _use.OnPathChanged();
        foreach (PacketNumberSpace space in _spaces)
        {
            space.OnPathChanged();
        }

        Rearm();
    }

    private void UpdateRtt(EncryptionLevel level, Timestamp now, Timestamp sentAt, TimeSpan ackDelay)
    {
        // RFC 9002, section 5.3: no delay in Initial packets, and at most max_ack_delay once the handshake is confirmed.
        TimeSpan delay = level == EncryptionLevel.Initial ? TimeSpan.Zero : ackDelay;
        if (_handshakeConfirmed && delay > _maxAckDelay)
        {
            delay = _maxAckDelay;
        }

        _firstRttSample = Timestamp.Min(_firstRttSample, now);
        _rtt.Update(now - sentAt, delay);
    }

    private void ProcessEcn(EncryptionLevel level, in AckFrame ack, in AckSummary summary, Timestamp now, AckResult result)
    {
        if (!_ecn[(int)level].TryUpdate(ack.HasEcn, ack.Ecn, summary.EcnMarked, out bool congested))
        {
            EcnEnabled = false;
            result.EcnFailed = true;
        }
        else if (congested && summary.LargestIsNew)
        {
            _cut.OnMark(summary.LargestSentAt, now);
            _congestion.OnCongestion(now, summary.LargestSentAt, persistent: false);
        }
    }

    private void DetectLost(PacketNumberSpace space, Timestamp now, AckResult result)
    {
        LossContext context = LossContext.For(now, _rtt, _maxAckDelay, _firstRttSample, _path);
        LossSummary lost = space.DetectLost(context, result);
        BytesInFlight -= lost.Bytes;
        PacketsLost += lost.Packets;
        if (lost.CongestionPackets == 0)
        {
            return;
        }

        _cut.OnLosses(space, lost, now);
        result.PersistentCongestion |= lost.PersistentCongestion;
        _congestion.OnCongestion(now, lost.LastSentAt, lost.PersistentCongestion);
    }
}
