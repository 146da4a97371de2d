using System.Buffers.Binary;
using Connet.Client.Peers;

namespace Connet.Client.Tests.Peers;

/// <summary>The parts of a flow: its queue, the datagrams on its stream, and the id in front of its frames.</summary>
public sealed class DatagramStreamTests
{
    // RFC 9000 section A.1.
    [TestCase("c2197c5eff14e88c", 151_288_809_941_952_652L)]
    [TestCase("9d7f3e7d", 494_878_333L)]
    [TestCase("7bbd", 15_293L)]
    [TestCase("25", 37L)]
    public void The_id_of_a_flow_is_a_variable_length_integer(string hex, long id)
    {
        byte[] expected = Convert.FromHexString(hex);
        byte[] written = new byte[FlowId.MaxLength];
        int length = FlowId.Write(written, id);
        Assert.That((length, FlowId.LengthOf(id)), Is.EqualTo((expected.Length, expected.Length)));
        Assert.That(written[..length], Is.EqualTo(expected));
        Assert.That((FlowId.Read([.. expected, 1, 2], out long read), read), Is.EqualTo((expected.Length, id)));
        Assert.That(FlowId.Read(expected.AsSpan(0, expected.Length - 1), out _), Is.Zero);
    }

    [Test]
    public void The_id_of_a_flow_is_read_in_a_longer_form_too() =>
        Assert.That((FlowId.Read([0x40, 0x25, 1], out long id), id), Is.EqualTo((2, 37L)));

    [Test]
    public void A_queue_drops_what_is_too_much_in_number_and_in_bytes()
    {
        DatagramQueue queue = new(maxCount: 3, maxBytes: 10);
        Assert.That(queue.TryAdd(new byte[10]));
        Assert.That(queue.TryAdd([1]), Is.False, "bytes");
        Assert.That(queue.TryAdd([]) && queue.TryAdd([]));
        Assert.That(queue.TryAdd([]), Is.False, "number");
        byte[] buffer = new byte[4];
        Assert.That((queue.TryTake(buffer, out int length), length), Is.EqualTo((true, 4)), "cut off as by a socket");
        Assert.That(queue.TryAdd([1, 2, 3]), "there is room again");
        Assert.That((queue.Dropped, queue.Count, queue.FramedLength), Is.EqualTo((2L, 3, 9)));
        queue.Complete();
        Assert.That(queue.TryAdd([]), Is.False);
        Assert.That((queue.TryTake(buffer, out length), length, queue.TryTake(buffer, out length), length), Is.EqualTo((true, 0, true, 0)));
        Assert.That((queue.TryTake(buffer, out length), length), Is.EqualTo((true, 3)));
        Assert.That(queue.TryTake(buffer, out _), Is.False);
    }

    [Test]
    public async Task Datagrams_are_written_with_their_lengths_and_read_however_the_bytes_arrive([Values(1, 2, 3)] int seed)
    {
        Random random = new(seed);
        byte[][] datagrams = [.. Enumerable.Range(0, 60).Select(i => new byte[i switch { 7 => 0, 11 => ushort.MaxValue, _ => random.Next(1, 3000) }])];
        Array.ForEach(datagrams, random.NextBytes);
        DatagramQueue toWrite = new(100, 1_000_000);
        Array.ForEach(datagrams, each => toWrite.TryAdd(each));
        toWrite.Complete();
        using MemoryStream stream = new();
        await new DatagramWriter(stream, toWrite).RunAsync(CancellationToken.None);
        using MemoryStream expected = new();
        byte[] header = new byte[2];
        foreach (byte[] datagram in datagrams)
        {
            BinaryPrimitives.WriteUInt16BigEndian(header, (ushort)datagram.Length);
            expected.Write(header);
            expected.Write(datagram);
        }

        Assert.That(stream.ToArray().AsSpan().SequenceEqual(expected.ToArray()));
        DatagramQueue read = new(100, 1_000_000);
        await using ChoppedStream chopped = new(stream.ToArray(), random);
        await new DatagramReader(chopped, read).RunAsync(CancellationToken.None);
        byte[] buffer = new byte[ushort.MaxValue];
        foreach (byte[] datagram in datagrams)
        {
            Assert.That(read.TryTake(buffer, out int length));
            Assert.That(buffer.AsSpan(0, length).SequenceEqual(datagram));
        }

        Assert.That(read.TryTake(buffer, out _), Is.False);
    }

    [Test]
    public async Task A_stream_that_ends_within_a_datagram_has_the_others()
    {
        DatagramQueue read = DatagramQueue.ForFlow();
        using MemoryStream stream = new([0, 1, 5, 0, 3, 6, 7]);
        await new DatagramReader(stream, read).RunAsync(CancellationToken.None);
        byte[] buffer = new byte[10];
        Assert.That((read.TryTake(buffer, out int length), length, buffer[0]), Is.EqualTo((true, 1, (byte)5)));
        Assert.That(read.TryTake(buffer, out _), Is.False);
    }
}
