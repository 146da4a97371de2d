namespace Connet.Quic.Tests.Sockets;

internal sealed class StreamTests : SocketFixture
{
    [Test]
    [CancelAfter(Limit)]
    public async Task Each_side_ends_on_its_own(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token);
        (QuicStream local, QuicStream remote) = await pair.OpenStreamAsync(token);
        await local.WriteAsync(new byte[] { 2 }, completeWrites: true, token);
        Assert.That(await remote.ReadAsync(new byte[10], token), Is.EqualTo(1));
        Assert.That(await remote.ReadAsync(new byte[10], token), Is.Zero);
        await remote.ReadsClosed.WaitAsync(token);
        Assert.That(remote.WritesClosed.IsCompleted, Is.False);

        await remote.WriteAsync(new byte[] { 3 }, token);
        Assert.That(await local.ReadAsync(new byte[10], token), Is.EqualTo(1));
        remote.CompleteWrites();
        remote.CompleteWrites();
        Assert.That(await local.ReadAsync(new byte[10], token), Is.Zero);
        await Task.WhenAll(local.WritesClosed, remote.WritesClosed, local.ReadsClosed).WaitAsync(token);
        for (int i = 0; i < 3; i++)
        {
            Assert.That(await local.ReadAsync(new byte[10], token), Is.Zero, "the end stays the end when the stream is forgotten");
            Assert.That(await remote.ReadAsync(new byte[10], token), Is.Zero);
        }

        await pair.Client.CloseAsync(0, token);
        Assert.That(await local.ReadAsync(new byte[10], token), Is.Zero, "and when the connection is");
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Statistics_say_what_the_streams_hold(CancellationToken token)
    {
        const int Length = 1000;
        Pair pair = await ConnectAsync(token);
        (QuicStream local, QuicStream remote) = await pair.OpenStreamAsync(token);
        long credit = pair.Client.GetStatistics().SendCredit;
        Assert.That(pair.Server.GetStatistics().ReceiveCredit, Is.EqualTo(credit));
        await local.WriteAsync(new byte[Length], completeWrites: true, token);
        await local.WritesClosed.WaitAsync(token);
        Assert.That(pair.Client.GetStatistics() is { OpenStreams: 1, UnacknowledgedBytes: 0, UnreadBytes: 0 });
        Assert.That(pair.Client.GetStatistics().SendCredit, Is.EqualTo(credit - Length));
        Assert.That(pair.Server.GetStatistics() is { OpenStreams: 1, UnacknowledgedBytes: 0, UnreadBytes: Length });
        Assert.That(pair.Server.GetStatistics().ReceiveCredit, Is.EqualTo(credit - Length));

        await remote.ReadExactlyAsync(new byte[Length], token);
        Assert.That(await remote.ReadAsync(new byte[1], token), Is.Zero);
        Assert.That(pair.Server.GetStatistics() is { OpenStreams: 1, UnreadBytes: 0 });
        remote.CompleteWrites();
        Assert.That(await local.ReadAsync(new byte[1], token), Is.Zero);
        await remote.WritesClosed.WaitAsync(token);
        Assert.That(pair.Client.GetStatistics().OpenStreams + pair.Server.GetStatistics().OpenStreams, Is.Zero);
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task What_had_arrived_before_the_peer_closed_can_be_read([Values] bool ended)
    {
        CancellationToken token = TestContext.CurrentContext.CancellationToken;
        Pair pair = await ConnectAsync(token);
        (QuicStream local, QuicStream remote) = await pair.OpenStreamAsync(token);
        (QuicStream unread, QuicStream given) = await pair.OpenStreamAsync(token);
        byte[] sent = [1, 2, 3, 4, 5];
        await given.WriteAsync(sent, completeWrites: true, token);
        await remote.WriteAsync(sent, completeWrites: ended, token);
        await given.WritesClosed.WaitAsync(token);
        await pair.Server.CloseAsync(7, "done", token);
        await pair.Client.Closed.WaitAsync(token);

        Assert.That(local.ReadsClosed.IsCompleted, Is.False, "there is something to read");
        byte[] received = new byte[10];
        Assert.That(await local.ReadAsync(received.AsMemory(0, 2), token), Is.EqualTo(2));
        Assert.That(await local.ReadAsync(received.AsMemory(2), token), Is.EqualTo(3));
        Assert.That(received.AsSpan(0, 5).ToArray(), Is.EqualTo(sent));
        if (ended)
        {
            Assert.That(await local.ReadAsync(received, token), Is.Zero);
        }
        else
        {
            QuicException end = await FailureOf(local.ReadAsync(received, token).AsTask(), token);
            Assert.That(end.ApplicationErrorCode, Is.EqualTo(7));
        }

        await local.ReadsClosed.WaitAsync(token);
        QuicException late = await FailureOf(local.WriteAsync(sent, token).AsTask(), token);
        Assert.That(late.ApplicationErrorCode, Is.EqualTo(7));
        await unread.DisposeAsync();
        Assert.That(pair.Client.Driver.Core.Streams.BufferedReceiveBytes, Is.Zero, "what was given up is gone");
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task What_had_arrived_is_gone_when_this_side_closes(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token);
        (QuicStream local, QuicStream remote) = await pair.OpenStreamAsync(token);
        await remote.WriteAsync(new byte[5], completeWrites: true, token);
        await remote.WritesClosed.WaitAsync(token);
        await pair.Client.CloseAsync(0, token);
        QuicException end = await FailureOf(local.ReadAsync(new byte[5], token).AsTask(), token);
        Assert.That(end.QuicError, Is.EqualTo(QuicError.OperationAborted));
        Assert.That(pair.Client.Driver.Core.Streams.BufferedReceiveBytes, Is.Zero);
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Writes_of_nothing_do_no_harm(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token);
        (QuicStream local, QuicStream remote) = await pair.OpenStreamAsync(token);
        await local.WriteAsync(ReadOnlyMemory<byte>.Empty, token);
        await local.WriteAsync(ReadOnlyMemory<byte>.Empty, completeWrites: true, token);
        Assert.That(await remote.ReadAsync(new byte[1], token), Is.Zero);
        QuicException late = await FailureOf(local.WriteAsync(new byte[1], token).AsTask(), token);
        Assert.That(late.QuicError, Is.EqualTo(QuicError.OperationAborted));
        late = await FailureOf(local.WriteAsync(ReadOnlyMemory<byte>.Empty, token).AsTask(), token);
        Assert.That(late.QuicError, Is.EqualTo(QuicError.OperationAborted));
        await pair.Server.CloseAsync(3, "bye", token);
        await pair.Client.Closed.WaitAsync(token);
        late = await FailureOf(local.WriteAsync(ReadOnlyMemory<byte>.Empty, completeWrites: true, token).AsTask(), token);
        Assert.That(late.ApplicationErrorCode, Is.EqualTo(3));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task An_empty_stream_is_opened_by_its_end(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token);
        QuicStream local = await pair.Client.OpenOutboundStreamAsync(QuicStreamType.Unidirectional, token);
        local.CompleteWrites();
        QuicStream remote = await pair.Server.AcceptInboundStreamAsync(token);
        Assert.That(remote.Id, Is.EqualTo(local.Id));
        Assert.That(await remote.ReadAsync(new byte[1], token), Is.Zero);
        await local.WritesClosed.WaitAsync(token);
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Unidirectional_streams_go_one_way(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token);
        QuicStream local = await pair.Server.OpenOutboundStreamAsync(QuicStreamType.Unidirectional, token);
        await local.WriteAsync(new byte[] { 7 }, completeWrites: true, token);
        QuicStream remote = await pair.Client.AcceptInboundStreamAsync(token);
        Assert.That(local.Type, Is.EqualTo(QuicStreamType.Unidirectional));
        Assert.That((local.CanRead, local.CanWrite, remote.CanRead, remote.CanWrite), Is.EqualTo((false, true, true, false)));
        Assert.ThrowsAsync<InvalidOperationException>(() => local.ReadAsync(new byte[1], token).AsTask());
        Assert.ThrowsAsync<InvalidOperationException>(() => remote.WriteAsync(new byte[1], token).AsTask());
        byte[] read = new byte[1];
        Assert.That(await remote.ReadAsync(read, token), Is.EqualTo(1));
        Assert.That(read[0], Is.EqualTo(7));
        Assert.That(await remote.ReadAsync(read, token), Is.Zero);
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task A_reset_reaches_the_reader_with_its_code(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token);
        (QuicStream local, QuicStream remote) = await pair.OpenStreamAsync(token);
        Task<int> reading = remote.ReadAsync(new byte[1], token).AsTask();
        local.Abort(QuicAbortDirection.Write, 77);
        await local.WritesClosed.WaitAsync(token);
        QuicException seen = await FailureOf(reading, token);
        Assert.That((seen.QuicError, seen.ApplicationErrorCode), Is.EqualTo((QuicError.StreamAborted, 77L)));
        await remote.ReadsClosed.WaitAsync(token);
        seen = await FailureOf(remote.ReadAsync(new byte[1], token).AsTask(), token);
        Assert.That(seen.ApplicationErrorCode, Is.EqualTo(77), "a second read");

        remote.CompleteWrites();
        Assert.That(await local.ReadAsync(new byte[1], token), Is.Zero, "the other side is left alone");
        await remote.WritesClosed.WaitAsync(token);
        seen = await FailureOf(remote.ReadAsync(new byte[1], token).AsTask(), token);
        Assert.That(seen.ApplicationErrorCode, Is.EqualTo(77), "a read when the stream is forgotten");
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task A_stopped_writer_learns_the_code(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token);
        (QuicStream local, QuicStream remote) = await pair.OpenStreamAsync(token);
        Task writing = local.WriteAsync(new byte[10_000_000], token).AsTask();
        remote.Abort(QuicAbortDirection.Read, 99);
        QuicException seen = await FailureOf(writing, token);
        Assert.That((seen.QuicError, seen.ApplicationErrorCode), Is.EqualTo((QuicError.StreamAborted, 99L)));
        await local.WritesClosed.WaitAsync(token);
        await remote.ReadsClosed.WaitAsync(token);
        seen = await FailureOf(local.WriteAsync(new byte[1], token).AsTask(), token);
        Assert.That(seen.ApplicationErrorCode, Is.EqualTo(99));
        seen = await FailureOf(remote.ReadAsync(new byte[1], token).AsTask(), token);
        Assert.That(seen.QuicError, Is.EqualTo(QuicError.OperationAborted));

        await remote.WriteAsync(new byte[] { 5 }, completeWrites: true, token);
        Assert.That(await local.ReadAsync(new byte[10], token), Is.EqualTo(1));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Aborting_ends_what_is_pending_on_this_side(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token);
        (QuicStream local, _) = await pair.OpenStreamAsync(token);
        Task<int> reading = local.ReadAsync(new byte[1], token).AsTask();
        Task writing = local.WriteAsync(new byte[10_000_000], token).AsTask();
        Assert.That(reading.IsCompleted || writing.IsCompleted, Is.False);
        local.Abort(QuicAbortDirection.Both, 1);
        Assert.That((await FailureOf(reading, token)).QuicError, Is.EqualTo(QuicError.OperationAborted));
        Assert.That((await FailureOf(writing, token)).QuicError, Is.EqualTo(QuicError.OperationAborted));
        await Task.WhenAll(local.ReadsClosed, local.WritesClosed).WaitAsync(token);
        Assert.That(() => local.Abort(QuicAbortDirection.Both, -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Disposal_ends_the_writing_side_in_order_and_stops_the_peer(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token);
        (QuicStream local, QuicStream remote) = await pair.OpenStreamAsync(token);
        await local.WriteAsync(new byte[100], token);
        await local.DisposeAsync();
        await local.DisposeAsync();
        Assert.That(local.CanRead || local.CanWrite, Is.False);
        Assert.That(() => local.ReadAsync(new byte[1], token).AsTask(), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => local.WriteAsync(new byte[1], token).AsTask(), Throws.InstanceOf<ObjectDisposedException>());
        await remote.ReadExactlyAsync(new byte[100], token);
        Assert.That(await remote.ReadAsync(new byte[1], token), Is.Zero);
        QuicException seen = await FailureOf(WriteUntilFailureAsync(remote, token), token);
        Assert.That((seen.QuicError, seen.ApplicationErrorCode), Is.EqualTo((QuicError.StreamAborted, 0L)));
        await local.WritesClosed.WaitAsync(token);
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Disposal_in_the_middle_of_a_write_is_no_orderly_end(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token);
        (QuicStream local, QuicStream remote) = await pair.OpenStreamAsync(token);
        Task<int> reading = local.ReadAsync(new byte[1], token).AsTask();
        Task writing = local.WriteAsync(new byte[10_000_000], token).AsTask();
        Assert.That(() => local.CompleteWrites(), Throws.InvalidOperationException);
        await local.DisposeAsync();
        Assert.That((await FailureOf(writing, token)).QuicError, Is.EqualTo(QuicError.OperationAborted));
        Assert.That((await FailureOf(reading, token)).QuicError, Is.EqualTo(QuicError.OperationAborted));
        QuicException seen = await FailureOf(remote.CopyToAsync(Stream.Null, token), token);
        Assert.That(seen.QuicError, Is.EqualTo(QuicError.StreamAborted));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task A_second_call_of_a_kind_is_refused_and_the_first_goes_on(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token);
        (QuicStream local, QuicStream remote) = await pair.OpenStreamAsync(token);
        Task<int> reading = local.ReadAsync(new byte[1], token).AsTask();
        Assert.ThrowsAsync<InvalidOperationException>(() => local.ReadAsync(new byte[1], token).AsTask());
        Task writing = local.WriteAsync(new byte[1_000_000], token).AsTask();
        Assert.ThrowsAsync<InvalidOperationException>(() => local.WriteAsync(new byte[1], token).AsTask());
        await remote.ReadExactlyAsync(new byte[1_000_000], token);
        await writing.WaitAsync(token);
        await remote.WriteAsync(new byte[1], token);
        Assert.That(await reading.WaitAsync(token), Is.EqualTo(1));
    }

    [Test]
    [CancelAfter(Limit)]
    public async Task Streams_wait_for_their_turn_beyond_the_peers_limit(CancellationToken token)
    {
        Pair pair = await ConnectAsync(token, server => server.MaxInboundBidirectionalStreams = 2);
        QuicStream first = await pair.Client.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, token);
        QuicStream second = await pair.Client.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, token);
        Assert.That(pair.Client.TryOpenOutboundStream(QuicStreamType.Bidirectional), Is.Null);
        Task<QuicStream>[] waiting = [.. Enumerable.Range(0, 4).Select(_ => pair.Client.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, token).AsTask())];
        Assert.That(waiting.Any(task => task.IsCompleted), Is.False);
        Queue<QuicStream> open = new([first, second]);
        foreach (Task<QuicStream> next in waiting)
        {
            QuicStream ending = open.Dequeue();
            ending.CompleteWrites();
            await using (QuicStream remote = await pair.Server.AcceptInboundStreamAsync(token))
            {
                Assert.That(await remote.ReadAsync(new byte[1], token), Is.Zero);
            }

            Assert.That(await ending.ReadAsync(new byte[1], token), Is.Zero);
            open.Enqueue(await next.WaitAsync(token));
        }

        Assert.That(waiting.Select(task => task.Result.Id), Is.Ordered);
    }

    private static async Task WriteUntilFailureAsync(QuicStream stream, CancellationToken token)
    {
        while (true)
        {
            await stream.WriteAsync(new byte[1000], token);
        }
    }
}
