using Connet.Quic.Core;
using Connet.Quic.Core.Streams;

namespace Connet.Quic.Tests.Simulation;

/// <summary>The queue of datagrams that wait to be sent or read.</summary>
public sealed class DatagramQueueTests
{
    private readonly PagePool _pages = new();

    [Test]
    public void What_goes_in_comes_out_as_from_a_plain_queue()
    {
        const int Limit = 40_000;
        DatagramQueue queue = new(_pages, Limit);
        Queue<byte[]> model = new();
        Random random = new(9221);
        byte[] buffer = new byte[70_000];
        for (int round = 0; round < 20_000; round++)
        {
            if (random.Next(20) == 0 && random.Next(20) == 0)
            {
                queue.Clear();
                model.Clear();
            }
            else if (random.Next(round / 2000 % 2 == 0 ? 3 : 2) > 0)
            {
                byte[] datagram = new byte[random.Next(3) == 0 ? random.Next(4) : random.Next(10) == 0 ? random.Next(65_536) : random.Next(1500)];
                random.NextBytes(datagram);
                bool fits = model.Count == 0 || (model.Sum(static each => each.Length) + datagram.Length <= Limit && model.Count < Limit / 32);
                Assert.That(queue.TryAdd(datagram), Is.EqualTo(fits), $"round {round}");
                if (fits)
                {
                    model.Enqueue(datagram);
                }
            }
            else if (model.TryDequeue(out byte[]? expected))
            {
                Assert.That(queue.NextLength, Is.EqualTo(expected.Length));
                if (random.Next(5) == 0)
                {
                    queue.Drop();
                }
                else
                {
                    queue.Take(buffer);
                    Assert.That(buffer.AsSpan(0, expected.Length).SequenceEqual(expected), Is.True, $"round {round}");
                }
            }

            Assert.That((queue.Count, queue.Bytes), Is.EqualTo((model.Count, model.Sum(static each => each.Length))));
            Assert.That(_pages.RentedPages, Is.LessThanOrEqualTo(2 + ((queue.Bytes + (2 * queue.Count)) / PagePool.PageSize)));
        }

        queue.Clear();
        Assert.That(_pages.RentedPages, Is.Zero);
    }

    [Test]
    public void Empty_datagrams_are_bounded_too()
    {
        DatagramQueue queue = new(_pages, 1024);
        int taken = 0;
        while (queue.TryAdd([]))
        {
            taken++;
            Assert.That(taken, Is.LessThanOrEqualTo(32));
        }

        Assert.That(taken, Is.EqualTo(32));
        Assert.That(_pages.RentedPages, Is.EqualTo(1));
        queue.Clear();
    }

    [Test]
    public void One_is_taken_however_large()
    {
        DatagramQueue queue = new(_pages, 1024);
        Assert.That(queue.TryAdd(new byte[65_535]), Is.True);
        Assert.That(queue.TryAdd([1]), Is.False);
        queue.Drop();
        Assert.That(queue.TryAdd([1]), Is.True);
        queue.Clear();
    }
}
