using Connet.Quic.Core.Streams;

namespace Connet.Quic.Tests.Streams;

public sealed class PageRingTests
{
    [Test]
    public void Bytes_survive_growth_and_page_borders()
    {
        PagePool pool = new();
        PageRing ring = new(pool);
        byte[] data = new byte[40 * PagePool.PageSize];
        new Random(1).NextBytes(data);
        ring.CopyFrom(5000, data);
        byte[] copy = new byte[data.Length];
        ring.CopyTo(5000, copy);
        Assert.That(copy, Is.EqualTo(data));
        Assert.That(pool.RentedPages, Is.EqualTo(41));
    }

    [Test]
    public void Only_touched_pages_are_rented_and_all_come_back()
    {
        PagePool pool = new();
        PageRing ring = new(pool);
        ring.CopyFrom(0, [1]);
        ring.CopyFrom(100L * PagePool.PageSize, [2]);
        Assert.That(pool.RentedPages, Is.EqualTo(2), "the gap costs no page");

        ring.ReleaseBefore((50L * PagePool.PageSize) + 1);
        Assert.That(pool.RentedPages, Is.EqualTo(1));
        ring.ReleaseAll(101L * PagePool.PageSize);
        Assert.That(pool.RentedPages, Is.Zero);
        Assert.That(pool.IdlePages, Is.EqualTo(2));
    }

    [Test]
    public void The_pool_reuses_pages_up_to_its_bound_and_trims()
    {
        PagePool pool = new(maxIdlePages: 2);
        byte[][] pages = [pool.Rent(), pool.Rent(), pool.Rent()];
        foreach (byte[] page in pages)
        {
            pool.Return(page);
        }

        Assert.That(pool.IdlePages, Is.EqualTo(2));
        Assert.That(pool.Rent(), Is.SameAs(pages[1]));
        pool.Trim();
        Assert.That(pool.IdlePages, Is.Zero);
        Assert.That(() => pool.Return(new byte[1]), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
