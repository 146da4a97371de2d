namespace Connet.Quic.Core.Wire.Frames;

/// <summary>ACK with or without ECN counts (RFC 9000, section 19.3). It borrows the packet.</summary>
internal readonly ref struct AckFrame
{
    private readonly ReadOnlySpan<byte> _encodedRanges;
    private readonly long _firstLength;

    private AckFrame(long largest, long delay, long firstLength, int additional, ReadOnlySpan<byte> encodedRanges, bool hasEcn, EcnCounts ecn)
    {
        _encodedRanges = encodedRanges;
        _firstLength = firstLength;
        LargestAcknowledged = largest;
        Delay = delay;
        RangeCount = additional + 1;
        HasEcn = hasEcn;
        Ecn = ecn;
    }

    public long LargestAcknowledged { get; }

    /// <summary>
    /// The delay as it stands in the frame: microseconds shifted right by the sender's ack_delay_exponent. Up to 2^62 - 1.
    /// </summary>
    public long Delay { get; }

    /// <summary>How many ranges the frame has, the first included: at least 1.</summary>
    public int RangeCount { get; }

    /// <summary>Whether the frame carries ECN counts; without, all three are 0.</summary>
    public bool HasEcn { get; }

    /// <summary>The three counts together.</summary>
    public EcnCounts Ecn { get; }

    public long Ect0 => Ecn.Ect0;

    public long Ect1 => Ecn.Ect1;

    public long Ce => Ecn.Ce;

    /// <summary>
    /// Reads the frame after its type. <c>false</c> is a FRAME_ENCODING_ERROR: also when a range would reach below
    /// packet number 0 (RFC 9000, section 19.3.1).
    /// </summary>
    public static bool TryParse(FrameType type, ref ReadOnlySpan<byte> payload, out AckFrame frame)
    {
        frame = default;
        // Each range after the first takes two bytes or more, so a count that cannot be true ends here.
        if (!VarInt.TryRead(ref payload, out long largest)
            || !VarInt.TryRead(ref payload, out long delay)
            || !VarInt.TryRead(ref payload, out long additional)
            || !VarInt.TryRead(ref payload, out long firstLength)
            || firstLength > largest
            || additional > payload.Length / 2)
        {
            return false;
        }

        ReadOnlySpan<byte> ranges = payload;
        long smallest = largest - firstLength;
        for (long i = 0; i < additional; i++)
        {
            if (!VarInt.TryRead(ref payload, out long gap) || !VarInt.TryRead(ref payload, out long length) || gap > smallest - 2)
            {
                return false;
            }

            long next = smallest - gap - 2;
            if (length > next)
            {
                return false;
            }

            smallest = next - length;
        }

        ranges = ranges[..(ranges.Length - payload.Length)];
        EcnCounts ecn = default;
        bool hasEcn = type == FrameType.AckEcn;
        if (hasEcn)
        {
            if (!VarInt.TryRead(ref payload, out long ect0)
                || !VarInt.TryRead(ref payload, out long ect1)
                || !VarInt.TryRead(ref payload, out long ce))
            {
                return false;
            }

            ecn = new(ect0, ect1, ce);
        }

        frame = new(largest, delay, firstLength, (int)additional, ranges, hasEcn, ecn);
        return true;
    }

    /// <summary>
    /// Writes a frame with as many ranges as fit, at least the first; <c>false</c>, and nothing written, if not even
    /// that one fits. The ECN form is used when a count is not zero.
    /// </summary>
    /// <param name="destination">Where to; advanced.</param>
    /// <param name="rangesLargestFirst">At least one range; descending, with at least one number missing between two.</param>
    /// <param name="rawDelay">The delay in the unit of our ack_delay_exponent.</param>
    /// <param name="ecn">The counts of the space.</param>
    public static bool TryWrite(ref Span<byte> destination, ReadOnlySpan<PacketNumberRange> rangesLargestFirst, long rawDelay, in EcnCounts ecn)
    {
        if (rangesLargestFirst.IsEmpty)
        {
            return false;
        }

        PacketNumberRange first = rangesLargestFirst[0];
        int room = destination.Length - 1 - VarInt.Length(first.Largest) - VarInt.Length(rawDelay) - VarInt.Length(first.Count - 1)
            - (ecn.IsEmpty ? 0 : VarInt.Length(ecn.Ect0) + VarInt.Length(ecn.Ect1) + VarInt.Length(ecn.Ce));
        if (room < VarInt.Length(0))
        {
            return false;
        }

        int additional = CountFitting(rangesLargestFirst, room);
        FrameTypes.Write(ref destination, ecn.IsEmpty ? FrameType.Ack : FrameType.AckEcn);
        VarInt.Write(ref destination, first.Largest);
        VarInt.Write(ref destination, rawDelay);
        VarInt.Write(ref destination, additional);
        VarInt.Write(ref destination, first.Count - 1);
        for (int i = 1; i <= additional; i++)
        {
            VarInt.Write(ref destination, Gap(rangesLargestFirst, i));
            VarInt.Write(ref destination, rangesLargestFirst[i].Count - 1);
        }

        if (!ecn.IsEmpty)
        {
            VarInt.Write(ref destination, ecn.Ect0);
            VarInt.Write(ref destination, ecn.Ect1);
            VarInt.Write(ref destination, ecn.Ce);
        }

        return true;
    }

    /// <summary>The ranges, largest first.</summary>
    public AckRangeEnumerator GetEnumerator() => new(LargestAcknowledged, _firstLength, _encodedRanges);

    // How many ranges after the first fit into the room, which the range count's own field shares.
    private static int CountFitting(ReadOnlySpan<PacketNumberRange> ranges, int room)
    {
        int used = 0;
        int count = 0;
        while (count + 1 < ranges.Length)
        {
            used += VarInt.Length(Gap(ranges, count + 1)) + VarInt.Length(ranges[count + 1].Count - 1);
            if (used + VarInt.Length(count + 1) > room)
            {
                break;
            }

            count++;
        }

        return count;
    }

    private static long Gap(ReadOnlySpan<PacketNumberRange> ranges, int index) => ranges[index - 1].Smallest - ranges[index].Largest - 2;
}
