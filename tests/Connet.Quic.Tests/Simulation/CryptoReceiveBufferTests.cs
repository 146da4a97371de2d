using Connet.Quic.Core;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Tests.Simulation;

public sealed class CryptoReceiveBufferTests
{
    [Test]
    public void Pieces_in_any_order_come_out_in_order([Range(1, 20)] int seed)
    {
        Random random = new(seed);
        byte[] message = new byte[2000];
        random.NextBytes(message);
        CryptoReceiveBuffer buffer = new(4096);
        List<byte> read = [];
        while (read.Count < message.Length)
        {
            int start = random.Next(message.Length);
            int length = Math.Min(random.Next(1, 200), message.Length - start);
            Assert.That(buffer.Add(start, message.AsSpan(start, length)), Is.EqualTo(TransportErrorCode.NoError));
            if (buffer.HasData)
            {
                read.AddRange(buffer.Read());
            }
        }

        Assert.That(read, Is.EqualTo(message));
        Assert.That(buffer.IsEmpty, Is.True);
    }

    [Test]
    public void The_first_copy_of_a_byte_stays()
    {
        CryptoReceiveBuffer buffer = new(100);
        buffer.Add(2, [1, 1]);
        buffer.Add(0, [2, 2, 2, 2, 2, 2]);
        Assert.That(buffer.Read(), Is.EqualTo(new byte[] { 2, 2, 1, 1, 2, 2 }));
    }

    [Test]
    public void An_offset_beyond_the_limit_is_refused_whatever_its_size([Values(1L << 20, 1L << 40, (1L << 62) - 2)] long offset)
    {
        CryptoReceiveBuffer buffer = new(1000);
        Assert.That(buffer.Add(offset, [1]), Is.EqualTo(TransportErrorCode.CryptoBufferExceeded));
        Assert.That(buffer.IsEmpty, Is.True);
    }

    [Test]
    public void Single_bytes_with_gaps_are_refused_before_they_cost_more_than_twice_the_limit()
    {
        const int Limit = 64 * 1024;
        CryptoReceiveBuffer buffer = new(Limit);
        int accepted = 0;
        while (buffer.Add((2 * accepted) + 1, [1]) == TransportErrorCode.NoError)
        {
            accepted++;
        }

        Assert.That(accepted, Is.InRange(1000, 2 * Limit / 32));
    }
}
