using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;
using CsCheck;

namespace Connet.Quic.Tests.Wire.Frames;

/// <summary>RFC 9000, section 19.3.</summary>
public sealed class AckFrameTests
{
    // Steps downward from a largest number: a gap of 1 or more missing numbers, then a run.
    private static readonly Gen<PacketNumberRange[]> _ranges =
        from largest in Gen.OneOf(Gen.Long[0, 1000], Property.VarInts)
        from steps in Gen.Select(Gen.OneOf(Gen.Long[1, 70], Gen.Long[1, 1L << 40]), Gen.OneOf(Gen.Long[0, 70], Gen.Long[0, 1L << 40])).Array[1, 40]
        select Descend(largest, steps);

    [Test]
    public void Frames_round_trip() =>
        Property.Holds(Gen.Select(_ranges, Property.VarInts, Gen.Select(Property.VarInts, Property.VarInts, Property.VarInts), Gen.Bool), value =>
        {
            (PacketNumberRange[] ranges, long delay, (long ect0, long ect1, long ce), bool marked) = value;
            EcnCounts ecn = marked ? new(ect0, ect1, ce) : default;
            byte[] buffer = new byte[4096];
            Span<byte> rest = buffer;
            Assert.That(AckFrame.TryWrite(ref rest, ranges, delay, ecn), Is.True);
            FrameCheck.Read(buffer[..^rest.Length], ecn.IsEmpty ? FrameType.Ack : FrameType.AckEcn, (type, ref payload) =>
            {
                if (!AckFrame.TryParse(type, ref payload, out AckFrame read))
                {
                    return false;
                }

                Assert.That(Ranges(read), Is.EqualTo(ranges));
                Assert.That(read.RangeCount, Is.EqualTo(ranges.Length));
                Assert.That(read.LargestAcknowledged, Is.EqualTo(ranges[0].Largest));
                Assert.That(read.Delay, Is.EqualTo(delay));
                Assert.That(read.HasEcn, Is.EqualTo(!ecn.IsEmpty));
                Assert.That((read.Ect0, read.Ect1, read.Ce), Is.EqualTo((ecn.Ect0, ecn.Ect1, ecn.Ce)));
                return true;
            });
        }, rounds: 100);

    [Test]
    public void As_many_ranges_as_fit_are_written([Values] bool marked)
    {
        EcnCounts ecn = marked ? new(70, 0, 1) : default;
        PacketNumberRange[] ranges = [.. Enumerable.Range(0, 100).Select(i => new PacketNumberRange(100_000 - (200 * i), 100_100 - (200 * i)))];
        byte[] buffer = new byte[600];
        int before = 0;
        for (int size = 0; size <= buffer.Length; size++)
        {
            Array.Clear(buffer);
            Span<byte> rest = buffer.AsSpan(0, size);
            if (!AckFrame.TryWrite(ref rest, ranges, 7, ecn))
            {
                Assert.That(before, Is.Zero, "what fits into less fits into more");
                Assert.That(rest.Length, Is.EqualTo(size));
                Assert.That(buffer, Is.All.Zero);
                continue;
            }

            ReadOnlySpan<byte> payload = buffer.AsSpan(1, size - rest.Length - 1);
            Assert.That(AckFrame.TryParse((FrameType)buffer[0], ref payload, out AckFrame read), Is.True);
            Assert.That(payload.Length, Is.Zero);
            PacketNumberRange[] written = Ranges(read);
            Assert.That(written, Is.EqualTo(ranges[..written.Length]));
            Assert.That(written, Has.Length.GreaterThanOrEqualTo(Math.Max(before, 1)));
            Assert.That(written.Length == ranges.Length || rest.Length < 6, Is.True, "a range takes at most 5 bytes here, and one the count");
            before = written.Length;
        }

        Assert.That(before, Is.EqualTo(100));
    }

    [Test]
    public void Nothing_to_acknowledge_writes_nothing()
    {
        Span<byte> destination = new byte[100];
        Assert.That(AckFrame.TryWrite(ref destination, [], 0, default), Is.False);
        Assert.That(destination.Length, Is.EqualTo(100));
    }

    // Largest, delay, count, first length, then gap and length by turns. RFC 9000, section 19.3.1: no number may be negative.
    [TestCase("05 00 00 05", true, Description = "5 down to 0")]
    [TestCase("05 00 00 06", false, Description = "first range below 0")]
    [TestCase("00 00 00 00", true)]
    [TestCase("ffffffffffffffff 00 00 ffffffffffffffff", true, Description = "every number there is")]
    [TestCase("05 00 01 02 01 00", true, Description = "5-3, then 0")]
    [TestCase("05 00 01 02 01 01", false, Description = "second range below 0")]
    [TestCase("05 00 01 02 02 00", false, Description = "gap below 0")]
    [TestCase("05 00 01 05 00 00", false, Description = "gap after 0")]
    [TestCase("05 00 01 04 00 00", false, Description = "gap after 1")]
    [TestCase("05 00 01 00 ffffffffffffffff 00", false, Description = "gap 2^62 - 1")]
    [TestCase("05 00 01 00 00 ffffffffffffffff", false, Description = "length 2^62 - 1")]
    [TestCase("05 00 ffffffffffffffff 00 00 00", false, Description = "count 2^62 - 1")]
    [TestCase("05 00 02 00 00 00", false, Description = "count one more than there is")]
    [TestCase("05 ffffffffffffffff 00 00", true, Description = "a delay beyond reason is for the receiver to cap")]
    public void Ranges_are_checked(string hex, bool accepted)
    {
        ReadOnlySpan<byte> payload = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.That(FrameCheck.TryReadAny(FrameType.Ack, ref payload), Is.EqualTo(accepted));
    }

    [Test]
    public void A_million_ranges_in_one_frame_cost_only_their_reading()
    {
        const int count = 1 << 20;
        byte[] buffer = new byte[(2 * count) + 32];
        Span<byte> rest = buffer;
        VarInt.Write(ref rest, 2 * count);
        VarInt.Write(ref rest, 0);
        VarInt.Write(ref rest, count);
        VarInt.Write(ref rest, 0);
        ReadOnlySpan<byte> payload = buffer.AsSpan(..^(rest.Length - (2 * count)));
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool parsed = AckFrame.TryParse(FrameType.Ack, ref payload, out AckFrame frame);
        int walked = 0;
        foreach (PacketNumberRange range in frame)
        {
            walked += (int)range.Count;
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(AllocationQuantum.Bytes));
        Assert.That(parsed, Is.True);
        Assert.That(walked, Is.EqualTo(count + 1));
    }

    private static PacketNumberRange[] Ranges(AckFrame frame)
    {
        List<PacketNumberRange> ranges = [];
        foreach (PacketNumberRange range in frame)
        {
            ranges.Add(range);
        }

        return [.. ranges];
    }

    private static PacketNumberRange[] Descend(long largest, (long Gap, long Run)[] steps)
    {
        List<PacketNumberRange> ranges = [];
        long next = largest;
        foreach ((long gap, long run) in steps)
        {
            if (next < 0)
            {
                break;
            }

            PacketNumberRange range = new(Math.Max(0, next - run), next);
            ranges.Add(range);
            next = range.Smallest - gap - 1;
        }

        return [.. ranges];
    }
}
