using Connet.Quic.Core.Primitives;
using Connet.Quic.Io;

namespace Connet.Quic.Tests.Io;

public sealed class ReceiveBatchTests
{
    private static readonly NetworkAddress _from = NetworkAddress.FromIPv4(0x7f000001, 1);

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(5)]
    [TestCase(int.MaxValue)]
    public void A_segment_size_that_makes_no_sense_is_one_datagram(int segmentSize)
    {
        using ReceiveBatch batch = new(2, 16);
        Assert.That(batch.TryAdd([1, 2, 3, 4], _from, ecn: 1, segmentSize), Is.True);
        Assert.That(batch.SegmentSize(0), Is.EqualTo(4));
        Assert.That(batch.Data(0).ToArray(), Is.EqualTo(new byte[] { 1, 2, 3, 4 }));
        Assert.That((batch.From(0), batch.Ecn(0)), Is.EqualTo((_from, (byte)1)));
    }

    [Test]
    public void A_full_batch_takes_no_more_until_cleared()
    {
        using ReceiveBatch batch = new(2, 16);
        Assert.That(batch.TryAdd([1], _from), Is.True);
        Assert.That(batch.TryAdd(new byte[17], _from), Is.False, "larger than a slot");
        Assert.That(batch.TryAdd([2], _from), Is.True);
        Assert.That(batch.TryAdd([3], _from), Is.False);
        Assert.That(batch.Count, Is.EqualTo(2));
        batch.Clear();
        Assert.That(batch.TryAdd([4], _from), Is.True);
        Assert.That(batch.Data(0)[0], Is.EqualTo(4));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.SegmentSize(1));
    }

    [Test]
    public void A_disposed_batch_holds_nothing()
    {
        ReceiveBatch batch = new(2, 16);
        batch.TryAdd([1], _from);
        batch.Dispose();
        batch.Dispose();
        Assert.That((batch.Count, batch.Capacity), Is.EqualTo((0, 0)));
        Assert.That(batch.TryAdd([1], _from), Is.False);
    }
}
