using System.Text;
using Connet.Protocol.Encryption.Tls;

namespace Connet.Protocol.Tests.Encryption.Tls;

/// <summary>Two sides of a TLS stream that nobody disturbs: data, ends, backpressure, cancellation, disposal.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class TlsRelayStreamTests
{
    [Test]
    public async Task Each_direction_ends_by_itself()
    {
        TlsPair pair = await TlsPair.ConnectAsync();
        await pair.Source.WriteAsync("question"u8.ToArray());
        pair.Source.CompleteWrites();
        Assert.That(await TlsPair.ReadToEndAsync(pair.Destination), Is.EqualTo("question"u8.ToArray()));
        Assert.That(await pair.Destination.ReadAsync(new byte[1]), Is.Zero, "the end stays the end");
        await pair.Destination.WriteAsync("answer"u8.ToArray());
        pair.Destination.CompleteWrites();
        Assert.That(await TlsPair.ReadToEndAsync(pair.Source), Is.EqualTo("answer"u8.ToArray()));
        Assert.That((pair.Forth.IsEnded, pair.Back.IsEnded), Is.EqualTo((true, true)));
        await pair.Source.DisposeAsync();
        await pair.Destination.DisposeAsync();
        Assert.That((pair.Forth.ResetCode, pair.Back.ResetCode), Is.EqualTo(((long?)null, (long?)null)));
    }

    [TestCase(0, 0)]
    [TestCase(1, 1)]
    [TestCase(TlsParameters.MaxPlaintext, 1)]
    [TestCase(TlsParameters.MaxPlaintext + 1, 2)]
    [TestCase(100_000, 7)]
    public async Task A_record_holds_at_most_16_kilobytes(int length, int records)
    {
        TlsPair pair = await TlsPair.ConnectAsync();
        int before = pair.Forth.Sent.Count;
        byte[] data = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 31 >> 3))];
        await pair.Source.WriteAsync(data);
        Assert.That(pair.Forth.Sent, Has.Count.EqualTo(before + records));
        Assert.That(pair.Forth.Sent.Skip(before).Select(record => record.Length), Has.All.LessThanOrEqualTo(TlsParameters.MaxPlaintext + 5 + 17));
        Assert.That(await TlsPair.ReadAsync(pair.Destination, length), Is.EqualTo(data));
    }

    [Test]
    public async Task Nothing_on_the_line_can_be_read()
    {
        TlsPair pair = await TlsPair.ConnectAsync();
        byte[] secret = Encoding.ASCII.GetBytes("a sentence that nobody else may read");
        await pair.Source.WriteAsync(secret);
        await pair.Destination.WriteAsync(secret);
        Assert.That(await TlsPair.ReadAsync(pair.Destination, secret.Length), Is.EqualTo(secret));
        Assert.That(await TlsPair.ReadAsync(pair.Source, secret.Length), Is.EqualTo(secret));
        foreach (TlsLane lane in new[] { pair.Forth, pair.Back })
        {
            Assert.That(lane.AllSent.AsSpan().IndexOf(secret.AsSpan(0, 6)), Is.Negative);
        }
    }

    [Test]
    public async Task Both_sides_read_and_write_at_once()
    {
        TlsPair pair = await TlsPair.ConnectAsync(capacity: 3);
        Task<byte[]> forth = TlsPair.WriteRandomAsync(pair.Source, 80, seed: 1);
        Task<byte[]> back = TlsPair.WriteRandomAsync(pair.Destination, 80, seed: 2);
        Task<byte[]> atSource = TlsPair.HashToEndAsync(pair.Source);
        Task<byte[]> atDestination = TlsPair.HashToEndAsync(pair.Destination);
        Assert.That(await atDestination, Is.EqualTo(await forth));
        Assert.That(await atSource, Is.EqualTo(await back));
    }

    [Test]
    public async Task A_reader_that_does_not_read_stops_the_writer()
    {
        TlsPair pair = await TlsPair.ConnectAsync(capacity: 2);
        byte[] data = new byte[1_000_000];
        Random.Shared.NextBytes(data);
        Task writing = pair.Source.WriteAsync(data).AsTask();
        await pair.Forth.Full.Task.WaitAsync(TlsPair.Patience);
        Assert.That(writing.IsCompleted, Is.False);
        Assert.That(pair.Forth.Sent, Has.Count.LessThan(20));
        Assert.That(() => pair.Source.CompleteWrites(), Throws.InvalidOperationException, "a write is under way");
        Assert.That(async () => await pair.Source.WriteAsync(new byte[1]), Throws.InvalidOperationException);
        Assert.That(await TlsPair.ReadAsync(pair.Destination, data.Length), Is.EqualTo(data));
        await writing.WaitAsync(TlsPair.Patience);
    }

    [Test]
    public async Task A_cancelled_read_loses_nothing([Values(0, 3, 5, 9)] int arrived)
    {
        TlsPair pair = await TlsPair.ConnectAsync();
        byte[] held = [];
        pair.Forth.Pass = (_, record) =>
        {
            held = record[arrived..];
            return record[..arrived];
        };
        await pair.Source.WriteAsync("hello"u8.ToArray());
        using CancellationTokenSource source = new();
        ValueTask<int> read = pair.Destination.ReadAsync(new byte[10], source.Token);
        await source.CancelAsync();
        Assert.That(async () => await read, Throws.InstanceOf<OperationCanceledException>());
        pair.Forth.Pass = (_, record) => [.. held, .. record];
        await pair.Source.WriteAsync("!"u8.ToArray());
        Assert.That(await TlsPair.ReadAsync(pair.Destination, 6), Is.EqualTo("hello!"u8.ToArray()));
    }

    [Test]
    public async Task A_write_cancelled_on_the_way_breaks_the_writing_side_and_the_other_side_sees_no_orderly_end()
    {
        TlsPair pair = await TlsPair.ConnectAsync(capacity: 1);
        using CancellationTokenSource source = new();
        Task writing = pair.Source.WriteAsync(new byte[100_000], source.Token).AsTask();
        await pair.Forth.Full.Task.WaitAsync(TlsPair.Patience);
        await source.CancelAsync();
        Assert.That(async () => await writing, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await pair.Source.WriteAsync(new byte[1]), Throws.TypeOf<ProtocolException>().With.Message.Contains("did not finish"));
        await pair.Source.DisposeAsync();
        Assert.That((pair.Forth.IsEnded, pair.Forth.ResetCode), Is.EqualTo((false, 0L)));
        Assert.That(async () => await TlsPair.ReadToEndAsync(pair.Destination), Throws.InstanceOf<IOException>());
    }

    [Test]
    public async Task A_write_cancelled_before_it_began_harms_nothing()
    {
        TlsPair pair = await TlsPair.ConnectAsync();
        Assert.That(async () => await pair.Source.WriteAsync(new byte[1], new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
        await pair.Source.WriteAsync("x"u8.ToArray());
        pair.Source.CompleteWrites();
        Assert.That(await TlsPair.ReadToEndAsync(pair.Destination), Is.EqualTo("x"u8.ToArray()));
    }

    [Test]
    public async Task Two_reads_at_once_are_refused()
    {
        TlsPair pair = await TlsPair.ConnectAsync();
        using CancellationTokenSource source = new();
        ValueTask<int> first = pair.Source.ReadAsync(new byte[1], source.Token);
        Assert.That(async () => await pair.Source.ReadAsync(new byte[1]), Throws.InvalidOperationException);
        await source.CancelAsync();
        Assert.That(async () => await first, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task A_read_of_no_bytes_waits_for_some()
    {
        TlsPair pair = await TlsPair.ConnectAsync();
        Task<int> read = pair.Destination.ReadAsync(Memory<byte>.Empty).AsTask();
        Assert.That(read.IsCompleted, Is.False);
        await pair.Source.WriteAsync("x"u8.ToArray());
        Assert.That(await read.WaitAsync(TlsPair.Patience), Is.Zero);
        Assert.That(await TlsPair.ReadAsync(pair.Destination, 1), Is.EqualTo("x"u8.ToArray()));
    }

    [Test]
    public async Task Disposal_ends_the_writing_side_in_order()
    {
        TlsPair pair = await TlsPair.ConnectAsync();
        await pair.Source.WriteAsync("all"u8.ToArray());
        await pair.Source.DisposeAsync();
        Assert.That(await TlsPair.ReadToEndAsync(pair.Destination), Is.EqualTo("all"u8.ToArray()));
        Assert.That(pair.SourceTransport.Disposed.IsCompleted);
        Assert.That(async () => await pair.Source.ReadAsync(new byte[1]), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(async () => await pair.Source.WriteAsync(new byte[1]), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => pair.Source.CompleteWrites(), Throws.TypeOf<ObjectDisposedException>());
        await pair.Source.DisposeAsync();
    }

    [Test]
    public async Task The_end_waits_for_a_reader_that_stalls_and_so_does_the_stream_below()
    {
        TlsPair pair = await TlsPair.ConnectAsync(capacity: 1);
        await pair.Source.WriteAsync("all"u8.ToArray());
        pair.Source.CompleteWrites();
        await pair.Source.DisposeAsync();
        Assert.That(pair.SourceTransport.Disposed.IsCompleted, Is.False);
        Assert.That(await TlsPair.ReadToEndAsync(pair.Destination), Is.EqualTo("all"u8.ToArray()));
        await pair.SourceTransport.Disposed.WaitAsync(TlsPair.Patience);
        Assert.That(pair.Forth.ResetCode, Is.Null);
    }

    [Test]
    public async Task Disposal_while_a_write_is_under_way_is_no_orderly_end()
    {
        TlsPair pair = await TlsPair.ConnectAsync(capacity: 1);
        Task writing = pair.Source.WriteAsync(new byte[100_000]).AsTask();
        await pair.Forth.Full.Task.WaitAsync(TlsPair.Patience);
        await pair.Source.DisposeAsync();
        Assert.That((pair.Forth.IsEnded, pair.Forth.ResetCode), Is.EqualTo((false, 0L)));
        Assert.That(async () => await writing.WaitAsync(TlsPair.Patience), Throws.InstanceOf<IOException>().Or.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public async Task Writes_after_the_end_are_refused()
    {
        TlsPair pair = await TlsPair.ConnectAsync();
        pair.Source.CompleteWrites();
        pair.Source.CompleteWrites();
        Assert.That(async () => await pair.Source.WriteAsync(new byte[1]), Throws.TypeOf<ProtocolException>().With.Message.Contains("ended"));
        Assert.That(await TlsPair.ReadToEndAsync(pair.Destination), Is.Empty);
    }

    [Test]
    public async Task Synchronous_calls_are_refused_and_send_nothing()
    {
        TlsPair pair = await TlsPair.ConnectAsync();
        int before = pair.Forth.Sent.Count;
        Assert.That(() => pair.Source.Write([1, 2, 3]), Throws.TypeOf<NotSupportedException>());
        Assert.That(() => pair.Source.ReadByte(), Throws.TypeOf<NotSupportedException>());
        Assert.That(pair.Forth.Sent, Has.Count.EqualTo(before));
    }
}
