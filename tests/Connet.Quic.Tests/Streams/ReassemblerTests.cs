using Connet.Quic.Core.Streams;

namespace Connet.Quic.Tests.Streams;

public sealed class ReassemblerTests
{
    [Test]
    public void Bytes_come_out_in_order_whatever_the_order_in()
    {
        byte[] data = new byte[30_000];
        new Random(7).NextBytes(data);
        for (int seed = 0; seed < 200; seed++)
        {
            Random random = new(seed);
            PagePool pool = new();
            Reassembler reassembler = new(pool);
            bool[] have = new bool[data.Length];
            byte[] read = new byte[1000];
            int position = 0;
            for (int step = 0; step < 80; step++)
            {
                int start = random.Next(data.Length);
                int length = Math.Min(random.Next(3000), data.Length - start);
                Assert.That(reassembler.Insert(start, data.AsSpan(start, length)), Is.True);
                have.AsSpan(start, length).Fill(true);
                int count = reassembler.Read(read);
                Assert.That(read.AsSpan(0, count).SequenceEqual(data.AsSpan(position, count)), Is.True, $"seed {seed}, step {step}");
                position += count;
                Assert.That(reassembler.Buffered, Is.EqualTo(have.AsSpan(position).Count(true)), $"seed {seed}, step {step}");
            }

            reassembler.Discard();
            Assert.That(pool.RentedPages, Is.Zero, $"seed {seed}");
        }
    }

    [Test]
    public void Single_bytes_in_any_order_leave_no_hole()
    {
        byte[] data = new byte[500];
        new Random(5).NextBytes(data);
        for (int seed = 0; seed < 50; seed++)
        {
            Random random = new(seed);
            Reassembler reassembler = new(new PagePool());
            int[] order = [.. Enumerable.Range(0, data.Length)];
            random.Shuffle(order);
            foreach (int offset in order)
            {
                reassembler.Insert(offset, data.AsSpan(offset, Math.Min(random.Next(1, 4), data.Length - offset)));
            }

            byte[] read = new byte[data.Length];
            Assert.That(reassembler.Read(read), Is.EqualTo(data.Length), $"seed {seed}");
            Assert.That(read, Is.EqualTo(data), $"seed {seed}");
        }
    }

    [Test]
    public void The_first_copy_of_a_byte_wins()
    {
        // RFC 9000, section 2.2: data at an offset must not change; a receiver may treat a change as an error or ignore it.
        Reassembler reassembler = new(new PagePool());
        reassembler.Insert(2, [2, 3]);
        reassembler.Insert(6, [6]);
        reassembler.Insert(0, [0, 1, 99, 99, 4, 5, 99, 7]);
        byte[] read = new byte[8];
        Assert.That(reassembler.Read(read), Is.EqualTo(8));
        Assert.That(read, Is.EqualTo(new byte[] { 0, 1, 2, 3, 4, 5, 6, 7 }));
    }

    [Test]
    public void Old_bytes_are_ignored_after_they_were_read()
    {
        PagePool pool = new();
        Reassembler reassembler = new(pool);
        reassembler.Insert(0, new byte[10]);
        reassembler.Read(new byte[10]);
        reassembler.Insert(0, new byte[10]);
        Assert.That(reassembler.Buffered, Is.Zero);
        Assert.That(pool.RentedPages, Is.Zero, "an idle stream holds no page");
    }

    [Test]
    public void Too_many_gaps_are_refused()
    {
        Reassembler reassembler = new(new PagePool());
        for (int gap = 1; gap <= Reassembler.MaxGaps; gap++)
        {
            Assert.That(reassembler.Insert(gap * 2, [1]), Is.True);
        }

        Assert.That(reassembler.Insert((Reassembler.MaxGaps + 1) * 2, [1]), Is.False);
    }
}
