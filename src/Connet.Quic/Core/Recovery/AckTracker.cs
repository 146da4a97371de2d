using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Core.Recovery;

/// <summary>
/// The receiving half of one packet number space: which packets arrived, which of them are duplicates, and when they
/// are to be acknowledged (RFC 9000, sections 12.3 and 13.2).
/// </summary>
internal sealed class AckTracker
{
    /// <summary>More gaps than this are not tracked: the oldest range goes, and what is older counts as a duplicate.</summary>
    public const int MaxRanges = 64;

    /// <summary>
    /// The peer acknowledges ACKs only if something elicits it; without that our ranges are reported for ever (RFC 9000,
    /// section 13.2.4).
    /// </summary>
    private const int AckOnlyPacketsPerPing = 20;

    private readonly bool _immediate;
    private readonly TimeSpan _maxAckDelay;
    private readonly PacketNumberRange[] _ranges = new PacketNumberRange[MaxRanges];
    private int _count;

    // Below it ranges were dropped.
    private long _floor;

    // From it on ranges are reported: what is below was acknowledged in an ACK that arrived.
    private long _reportFrom;

    // The smallest packet that came late, and the largest one received by then: only an ACK with a larger number is sure to cover it.
    private long _lateNumber = long.MaxValue;
    private long _largestWhenLate;
    private long _largestEliciting = -1;
    private Timestamp _largestAt;
    private int _unackedEliciting;
    private int _ackOnlyPackets;

    public AckTracker(EncryptionLevel level, TimeSpan maxAckDelay)
    {
        // RFC 9000, section 13.2.1: Initial and Handshake packets are acknowledged at once.
        _immediate = level != EncryptionLevel.Application;
        _maxAckDelay = maxAckDelay;
    }

    /// <summary>The largest number received; −1 if none.</summary>
    public long LargestReceived => _count == 0 ? -1 : _ranges[0].Largest;

    public bool HasUnackedEliciting => _unackedEliciting > 0;

    /// <summary>When an ACK is to be sent at the latest; <see cref="Timestamp.Never"/> if there is nothing to acknowledge.</summary>
    public Timestamp Deadline { get; private set; } = Timestamp.Never;

    /// <summary>The counts of ECN marks received.</summary>
    public EcnCounts Ecn { get; private set; }

    /// <summary>What an ACK frame is to report. Ranges that the peer is known to know of are left out.</summary>
    public ReadOnlySpan<PacketNumberRange> RangesLargestFirst
    {
        get
        {
            int reported = _count;
            while (reported > 1 && _ranges[reported - 1].Largest < _reportFrom)
            {
                reported--;
            }

            return _ranges.AsSpan(0, reported);
        }
    }

    /// <summary>An ACK follows at once upon every this many ack-eliciting packets (RFC 9000, section 13.2.2).</summary>
    internal int AckEveryPackets { get; set; } = 2;

    /// <summary>Whether a packet was received before, or is too old to tell.</summary>
    public bool IsDuplicate(long pn)
    {
        if (pn < _floor)
        {
            return true;
        }

        if (pn > LargestReceived)
        {
            return false;
        }

        int index = FirstAtMost(pn);
        return index < _count && pn <= _ranges[index].Largest;
    }

    /// <summary>Notes a packet that was opened and processed.</summary>
    /// <param name="now">When it arrived.</param>
    /// <param name="pn">Its number; not a duplicate.</param>
    /// <param name="ackEliciting">Whether it asks for an acknowledgement.</param>
    /// <param name="ecn">The two ECN bits of its datagram (RFC 3168, section 5).</param>
    public void OnReceived(Timestamp now, long pn, bool ackEliciting, byte ecn)
    {
        if (IsDuplicate(pn))
        {
            return;
        }

        CountEcn(ecn);
        bool isNext = _count > 0 && pn == LargestReceived + 1;
        if (pn > LargestReceived)
        {
            _largestAt = now;
        }
        else
        {
            _lateNumber = Math.Min(_lateNumber, pn);
            _largestWhenLate = LargestReceived;
            _reportFrom = Math.Min(_reportFrom, pn);
        }

        if (isNext)
        {
            // Nearly every packet: no search.
            _ranges[0] = _ranges[0] with { Largest = pn };
        }
        else
        {
            Insert(pn);
        }

        if (!ackEliciting)
        {
            return;
        }

        _unackedEliciting++;

        // RFC 9000, section 13.2.1: at once if it came late, or after a gap; and if it was marked by a congested router.
        int range = isNext ? 0 : FirstAtMost(pn);
        bool inOrder = pn > _largestEliciting && range < _count && _ranges[range].Smallest <= Math.Max(_largestEliciting, 0);
        _largestEliciting = Math.Max(_largestEliciting, pn);
        bool atOnce = _immediate || !inOrder || ecn == 3 || _unackedEliciting >= AckEveryPackets;
        Deadline = Timestamp.Min(Deadline, atOnce ? now : now + _maxAckDelay);
    }

    /// <summary>Whether an ACK frame is to be sent now, even alone.</summary>
    public bool IsAckDue(Timestamp now) => !Deadline.IsNever && now >= Deadline;

    /// <summary>How long the largest packet has waited for its acknowledgement.</summary>
    public TimeSpan DelaySinceLargest(Timestamp now) => now > _largestAt ? now - _largestAt : TimeSpan.Zero;

    /// <summary>An ACK frame with all of <see cref="RangesLargestFirst"/> left.</summary>
    public void OnAckSent()
    {
        _unackedEliciting = 0;
        Deadline = Timestamp.Never;
    }

    /// <summary>An ACK frame of ours arrived: older ranges need not be reported any more (RFC 9000, section 13.2.4).</summary>
    public void OnAckAcknowledged(long largestAcknowledgedInThatAck)
    {
        _ackOnlyPackets = 0;
        long known = largestAcknowledgedInThatAck + 1;
        if (largestAcknowledgedInThatAck > _largestWhenLate)
        {
            _lateNumber = long.MaxValue;
        }

        _reportFrom = Math.Max(_reportFrom, Math.Min(known, _lateNumber));
    }

    /// <summary>Asked once for each packet that would carry nothing but an ACK: whether to add a PING to it.</summary>
    public bool NeedsPing()
    {
        if (++_ackOnlyPackets < AckOnlyPacketsPerPing)
        {
            return false;
        }

        _ackOnlyPackets = 0;
        return true;
    }

    private void CountEcn(byte ecn)
    {
        if ((ecn & 3) == 0)
        {
            return;
        }

        Ecn = (ecn & 3) switch
        {
            1 => Ecn with { Ect1 = Ecn.Ect1 + 1 },
            2 => Ecn with { Ect0 = Ecn.Ect0 + 1 },
            _ => Ecn with { Ce = Ecn.Ce + 1 },
        };
    }

    /// <summary>The position of the first range (they fall) that starts at or below a number.</summary>
    private int FirstAtMost(long pn)
    {
        int low = 0;
        int high = _count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_ranges[middle].Smallest <= pn)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    private void Insert(long pn)
    {
        int below = FirstAtMost(pn);
        bool joinsBelow = below < _count && _ranges[below].Largest == pn - 1;
        bool joinsAbove = below > 0 && _ranges[below - 1].Smallest == pn + 1;
        if (joinsBelow && joinsAbove)
        {
            _ranges[below - 1] = new PacketNumberRange(_ranges[below].Smallest, _ranges[below - 1].Largest);
            Array.Copy(_ranges, below + 1, _ranges, below, _count - below - 1);
            _count--;
        }
        else if (joinsBelow)
        {
            _ranges[below] = _ranges[below] with { Largest = pn };
        }
        else if (joinsAbove)
        {
            _ranges[below - 1] = _ranges[below - 1] with { Smallest = pn };
        }
        else
        {
            InsertRange(below, pn);
        }
    }

    private void InsertRange(int index, long pn)
    {
        if (_count == MaxRanges)
        {
            if (index == _count)
            {
                _floor = pn + 1;
                return;
            }

            _floor = _ranges[--_count].Largest + 1;
        }

        Array.Copy(_ranges, index, _ranges, index + 1, _count - index);
        _ranges[index] = new PacketNumberRange(pn, pn);
        _count++;
    }
}
