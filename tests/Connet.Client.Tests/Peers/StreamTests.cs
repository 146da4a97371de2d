using Connet.Client.Peers;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Quic;
using PeerRequest = Connet.Protocol.Peers.Request;
using PeerResponse = Connet.Protocol.Peers.Response;

namespace Connet.Client.Tests.Peers;

/// <summary>What connections carry, and how a destination answers.</summary>
[TestFixture(1)]
[TestFixture(2)]
[Parallelizable(ParallelScope.All)]
public sealed class StreamTests(int generation)
{
    private readonly ProtocolGeneration _generation = (ProtocolGeneration)generation;

    [Test]
    public async Task Resets_cross_with_their_codes()
    {
        await using Accepting side = await Accepting.StartAsync(_generation);
        (HandStream stream, ConnetConnection proxied) = await side.OpenAsync();
        stream.Reset(77, QuicAbortDirection.Write);
        ConnetConnectionException failure = (ConnetConnectionException)await proxied.ReadFailureAsync();
        Assert.That(failure.ErrorCode, Is.EqualTo(77));
        ConnectionChannel channel = proxied.AsDuplexChannel();
        Assert.That(channel.CodeOf(failure), Is.EqualTo(77));

        channel.AbortWrites(78);
        Assert.That((await stream.ReceiveFailureAsync())?.ApplicationErrorCode, Is.EqualTo(78));
        await proxied.DisposeAsync();
    }

    [Test]
    public async Task Stop_of_reading_crosses_with_its_code()
    {
        await using Accepting side = await Accepting.StartAsync(_generation);
        (HandStream stream, ConnetConnection proxied) = await side.OpenAsync();
        stream.Reset(79, QuicAbortDirection.Read);
        ConnetConnectionException failure = await WriteOnAsync(proxied).FailureAsync<ConnetConnectionException>();
        Assert.That(failure.ErrorCode, Is.EqualTo(79));
        await proxied.DisposeAsync();
    }

    [Test]
    public async Task Abort_ends_both_directions_with_its_code()
    {
        await using Accepting side = await Accepting.StartAsync(_generation);
        (HandStream stream, ConnetConnection proxied) = await side.OpenAsync();
        proxied.Abort(80);
        Assert.That((await stream.ReceiveFailureAsync())?.ApplicationErrorCode, Is.EqualTo(80));
        await proxied.DisposeAsync();
    }

    [Test]
    public async Task Channel_ends_a_direction_and_leaves_the_other_open()
    {
        await using Accepting side = await Accepting.StartAsync(_generation);
        (HandStream stream, ConnetConnection proxied) = await side.OpenAsync();
        ConnectionChannel channel = proxied.AsDuplexChannel();
        await channel.WriteAsync("bytes".Bytes(), CancellationToken.None);
        await channel.CompleteWritesAsync(CancellationToken.None);
        Assert.That((await stream.ReceiveToEndAsync()).Text(), Is.EqualTo("bytes"));
        await stream.SendBytesAsync("back".Bytes(), complete: true);
        byte[] buffer = new byte[4];
        Assert.That(await channel.ReadAsync(buffer, CancellationToken.None), Is.EqualTo(4));
        Assert.That(await channel.ReadAsync(buffer, CancellationToken.None), Is.Zero);
        await proxied.DisposeAsync();
    }

    [Test]
    public async Task Burst_beyond_the_backlog_waits_until_it_is_accepted()
    {
        await using Accepting side = await Accepting.StartAsync(_generation, destination => destination.AcceptBacklog = 1);
        Task<(HandStream Stream, PeerResponse Answer)>[] burst = [.. Enumerable.Range(0, 20).Select(_ => side.Connection.ConnectAsync())];
        foreach (Task<(HandStream Stream, PeerResponse Answer)> _ in burst)
        {
            await (await side.Destination.AcceptBoundedAsync()).DisposeAsync();
        }

        Assert.That((await Task.WhenAll(burst)).Select(each => each.Answer.Error), Is.All.Null);
    }

    [Test]
    public async Task Refused_request_is_answered_with_DestinationDialFailed_and_the_reason()
    {
        await using Accepting side = await Accepting.StartAsync(_generation);
        Task<(HandStream Stream, PeerResponse Answer)> connect = side.Connection.ConnectAsync();
        await using ConnetConnectionRequest request = await side.Destination.AcceptRequestAsync();
        await request.RefuseAsync("the service is down");
        (HandStream stream, PeerResponse answer) = await connect;
        Assert.That((answer.Error.ToCode(), answer.Error.Message), Is.EqualTo((ProtocolErrorCode.DestinationDialFailed, "the service is down")));
        Assert.That(await stream.ReceiveToEndAsync(), Is.Empty);
        await request.AcceptAsync().AsTask().FailureAsync<InvalidOperationException>();
    }

    [Test]
    public async Task Requests_beyond_the_backlog_that_find_no_room_in_time_are_refused()
    {
        await using Accepting side = await Accepting.StartAsync(
            _generation, options => options.AcceptBacklog = 2, client => client.HandshakeIdleTimeout = TimeSpan.FromSeconds(3));
        List<Task<(HandStream Stream, PeerResponse Answer)>> requests = [side.Connection.ConnectAsync(), side.Connection.ConnectAsync(), side.Connection.ConnectAsync()];
        Task<(HandStream Stream, PeerResponse Answer)> refused = await Task.WhenAny(requests).WaitAsync(ClientUnderTest.Patience);
        (_, PeerResponse refusal) = await refused;
        Assert.That(refusal.Error.ToCode(), Is.EqualTo(ProtocolErrorCode.DestinationDialFailed));
        Assert.That(refusal.Error.Message, Does.Contain("Too many"));
        requests.Remove(refused);
        await (await side.Destination.AcceptBoundedAsync()).DisposeAsync();
        await (await side.Destination.AcceptBoundedAsync()).DisposeAsync();
        foreach ((_, PeerResponse answer) in await Task.WhenAll(requests))
        {
            Assert.That(answer.Connect, Is.Not.Null);
        }
    }

    [Test]
    public async Task Request_that_its_source_has_reset_is_passed_over()
    {
        await using Accepting side = await Accepting.StartAsync(_generation);
        HandStream gone = await side.Connection.OpenAsync();
        await gone.SendAsync(new PeerRequest { Connect = new PeerRequest.Types.Connect() });
        gone.Reset(0);

        // What was sent before this exchange has arrived after it.
        await side.Connection.ConnectAsync(new PeerRequest());
        Task<(HandStream Stream, PeerResponse Answer)> connect = side.Connection.ConnectAsync();
        await using ConnetConnection proxied = await side.Destination.AcceptBoundedAsync();
        (HandStream stream, _) = await connect;
        await stream.SendBytesAsync("mine".Bytes(), complete: true);
        Assert.That(await proxied.ReadTextToEndAsync(), Is.EqualTo("mine"));
    }

    [Test]
    public async Task Flow_of_datagrams_is_refused()
    {
        await using Accepting side = await Accepting.StartAsync(_generation);
        (_, PeerResponse answer) = await side.Connection.ConnectAsync(new PeerRequest { Connect = new PeerRequest.Types.Connect { Datagrams = true } });
        Assert.That(answer.Error.ToCode(), Is.EqualTo(ProtocolErrorCode.DestinationDialFailed));
    }

    [Test]
    public async Task Request_of_an_unknown_kind_is_RequestUnknown()
    {
        await using Accepting side = await Accepting.StartAsync(_generation);

        // Field 9, a message with one field: a request that this version does not know.
        PeerRequest unknown = PeerRequest.Parser.ParseFrom([0x4a, 0x02, 0x08, 0x01]);
        (_, PeerResponse answer) = await side.Connection.ConnectAsync(unknown);
        Assert.That(answer.Error.ToCode(), Is.EqualTo(ProtocolErrorCode.RequestUnknown));
    }

    [Test]
    public async Task Later_check_is_answered_too()
    {
        await using Accepting side = await Accepting.StartAsync(_generation);
        (HandStream stream, PeerResponse answer) = await side.Connection.ConnectAsync(new PeerRequest());
        Assert.That(answer.CalculateSize(), Is.Zero);
        Assert.That(await stream.ReceiveToEndAsync(), Is.Empty);
    }

    [Test]
    public async Task Oversized_and_broken_requests_end_their_stream_only()
    {
        await using Accepting side = await Accepting.StartAsync(_generation);
        HandStream large = await side.Connection.OpenAsync();
        await large.SendBytesAsync(HandFraming.Length((64 * 1024) + 1, _generation));
        Assert.That(await large.ReceiveFailureAsync(), Is.Not.Null);
        HandStream broken = await side.Connection.OpenAsync();
        await broken.SendBytesAsync((byte[])[.. HandFraming.Length(3, _generation), 0xff, 0xff, 0xff]);
        Assert.That(await broken.ReceiveFailureAsync(), Is.Not.Null);
        (HandStream stream, ConnetConnection proxied) = await side.OpenAsync();
        await proxied.DisposeAsync();
        Assert.That(await stream.ReceiveToEndAsync(), Is.Empty);
    }

    [Test]
    public async Task Stream_without_a_request_is_given_up_in_time()
    {
        await using Accepting side = await Accepting.StartAsync(_generation, configureClient: options => options.HandshakeIdleTimeout = TimeSpan.FromSeconds(3));
        HandStream idle = await side.Connection.OpenAsync();
        await idle.SendBytesAsync(new byte[] { 0 });
        Assert.That(await idle.ReceiveFailureAsync(), Is.Not.Null);
    }

    [Test]
    public async Task Thousand_connections_at_once_go_over_one_path()
    {
        const int Count = 1000;
        await using Accepting side = await Accepting.StartAsync(_generation, options => options.AcceptBacklog = Count);
        Task echo = Task.Run(async () =>
        {
            for (int i = 0; i < Count; i++)
            {
                ConnetConnection proxied = await side.Destination.AcceptBoundedAsync();
                _ = EchoAsync(proxied);
            }
        });
        string[] answers = await Task.WhenAll(Enumerable.Range(0, Count).Select(async i =>
        {
            (HandStream stream, _) = await side.Connection.ConnectAsync();
            await stream.SendBytesAsync($"message {i}".Bytes(), complete: true);
            return (await stream.ReceiveToEndAsync()).Text();
        }));
        Assert.That(answers, Is.EqualTo(Enumerable.Range(0, Count).Select(i => $"message {i}")));
        await echo.WaitAsync(ClientUnderTest.Patience);
        await side.Destination.UntilAsync(() => side.Destination.GetStatus().Paths.Count == 1);
    }

    [Test]
    public async Task Stalled_reader_does_not_starve_its_neighbours()
    {
        await using Accepting side = await Accepting.StartAsync(_generation);
        List<ConnetConnection> stalled = [];
        List<Task> writes = [];
        byte[] much = new byte[16 * 1024 * 1024];
        for (int i = 0; i < 6; i++)
        {
            (HandStream full, ConnetConnection proxied) = await side.OpenAsync();
            stalled.Add(proxied);
            writes.Add(full.Stream.WriteAsync(much).AsTask());
        }

        (HandStream stream, ConnetConnection neighbour) = await side.OpenAsync();
        byte[] sent = new byte[512 * 1024];
        Random.Shared.NextBytes(sent);
        Task write = stream.SendBytesAsync(sent, complete: true);
        using MemoryStream received = new();
        using CancellationTokenSource patience = new(ClientUnderTest.Patience);
        await neighbour.CopyToAsync(received, patience.Token);
        await write;
        Assert.That(received.ToArray(), Is.EqualTo(sent));
        Assert.That(writes.TrueForAll(stalledWrite => !stalledWrite.IsCompleted), "backpressure holds");
        stalled.ForEach(proxied => proxied.Abort(0));
        foreach (Task stalledWrite in writes)
        {
            await stalledWrite.FailureAsync<QuicException>();
        }

        stalled.ForEach(proxied => proxied.Dispose());
        neighbour.Dispose();
    }

    private static async Task WriteOnAsync(ConnetConnection proxied)
    {
        using CancellationTokenSource patience = new(ClientUnderTest.Patience);
        while (true)
        {
            await proxied.WriteAsync(new byte[1000], patience.Token);
        }
    }

    private static async Task EchoAsync(ConnetConnection proxied)
    {
        await using (proxied)
        {
            await proxied.WriteTextAsync(await proxied.ReadTextToEndAsync());
        }
    }
}
