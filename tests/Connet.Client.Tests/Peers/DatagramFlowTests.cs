using Connet.HandPeer;
using Connet.Protocol;
using PeerRequest = Connet.Protocol.Peers.Request;
using PeerResponse = Connet.Protocol.Peers.Response;
using ProxyProtocolVersion = Connet.Protocol.Peers.ProxyProtocolVersion;

namespace Connet.Client.Tests.Peers;

/// <summary>Flows of datagrams on direct paths (protocol.md section 10), with the other side played by hand.</summary>
[TestFixture(1)]
[TestFixture(2)]
[Parallelizable(ParallelScope.All)]
public sealed class DatagramFlowTests(int generation)
{
    private static readonly PeerResponse s_confirmed = new() { Connect = new PeerResponse.Types.Connect { Datagrams = true } };
    private static readonly PeerRequest s_request = new() { Connect = new PeerRequest.Types.Connect { Datagrams = true } };

    private readonly ProtocolGeneration _generation = (ProtocolGeneration)generation;

    [Test]
    public async Task Source_asks_for_a_flow_and_sends_frames_that_begin_with_the_id_of_its_stream()
    {
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation, takesDatagrams: true);
        Task<ConnetDatagramFlow> dial = paths.Source.DialDatagramsBoundedAsync();
        (HandStream stream, PeerRequest request) = await paths.Direct.AcceptConnectAsync(s_confirmed);
        Assert.That(request, Is.EqualTo(s_request));
        await using ConnetDatagramFlow flow = await dial;
        Assert.That((flow.PathKind, flow.IsEncrypted, flow.PeerId), Is.EqualTo((ConnetPathKind.Direct, true, "peer")));
        byte id = (byte)stream.Stream.Id;
        Assert.That(flow.TrySend([1, 2, 3]) && flow.TrySend([]));
        Assert.That(await paths.Direct.ReceiveDatagramAsync(), Is.EqualTo(new byte[] { id, 1, 2, 3 }));
        Assert.That(await paths.Direct.ReceiveDatagramAsync(), Is.EqualTo(new byte[] { id }));

        paths.Direct.SendDatagram(63, 9);
        paths.Direct.SendDatagram(0xff);
        paths.Direct.SendDatagram();
        paths.Direct.SendDatagram(id, 4, 5);
        paths.Direct.SendDatagram(0x40, id);
        Assert.That(await flow.ReceiveBoundedAsync(), Is.EqualTo(new byte[] { 4, 5 }), "frames of no flow are dropped");
        Assert.That(await flow.ReceiveBoundedAsync(), Is.Empty);
        Assert.That(flow.GetStatistics(), Is.EqualTo(new ConnetDatagramStatistics(2, 0, 2, 0)));
    }

    [Test]
    public async Task Datagrams_that_are_too_large_for_a_frame_go_over_the_stream_with_their_length()
    {
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation, takesDatagrams: true);
        Task<ConnetDatagramFlow> dial = paths.Source.DialDatagramsBoundedAsync();
        (HandStream stream, _) = await paths.Direct.AcceptConnectAsync(s_confirmed);
        await using ConnetDatagramFlow flow = await dial;
        byte[] large = new byte[2000];
        Random.Shared.NextBytes(large);
        Assert.That(flow.TrySend(large));
        Assert.That(await stream.ReceiveBytesAsync(2002), Is.EqualTo((byte[])[0x07, 0xd0, .. large]));
        await stream.SendBytesAsync((byte[])[0x07, 0xd0, .. large]);
        Assert.That(await flow.ReceiveBoundedAsync(), Is.EqualTo(large));
        Assert.That(() => flow.TrySend(new byte[65536]), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public async Task Peer_that_takes_no_frames_gets_everything_over_the_stream()
    {
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation);
        Task<ConnetDatagramFlow> dial = paths.Source.DialDatagramsBoundedAsync();
        (HandStream stream, _) = await paths.Direct.AcceptConnectAsync(s_confirmed);
        await using ConnetDatagramFlow flow = await dial;
        Assert.That(flow.TrySend([1, 2]) && flow.TrySend([]));
        Assert.That(await stream.ReceiveBytesAsync(6), Is.EqualTo(new byte[] { 0, 2, 1, 2, 0, 0 }));
        await stream.SendBytesAsync(new byte[] { 0 });
        await stream.SendBytesAsync(new byte[] { 1, 7, 0, 0 });
        Assert.That(await flow.ReceiveBoundedAsync(), Is.EqualTo(new byte[] { 7 }));
        Assert.That(await flow.ReceiveBoundedAsync(), Is.Empty);
    }

    [Test]
    public async Task Frames_that_overtake_the_answer_are_kept()
    {
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation, takesDatagrams: true);
        Task<ConnetDatagramFlow> dial = paths.Source.DialDatagramsBoundedAsync();
        HandStream stream = await paths.Direct.AcceptAsync();
        await stream.ReceiveAsync(PeerRequest.Parser);
        paths.Direct.SendDatagram((byte)stream.Stream.Id, 1);

        // What was sent before this exchange has arrived after it.
        await paths.Direct.ConnectAsync(new PeerRequest());
        await stream.SendAsync(s_confirmed);
        await using ConnetDatagramFlow flow = await dial;
        Assert.That(await flow.ReceiveBoundedAsync(), Is.EqualTo(new byte[] { 1 }));
    }

    [Test]
    public async Task End_of_the_stream_is_the_end_of_the_flow_on_both_sides([Values] bool isReset)
    {
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation, takesDatagrams: true);
        Task<ConnetDatagramFlow> dial = paths.Source.DialDatagramsBoundedAsync();
        (HandStream stream, _) = await paths.Direct.AcceptConnectAsync(s_confirmed);
        await using ConnetDatagramFlow flow = await dial;
        paths.Direct.SendDatagram((byte)stream.Stream.Id, 1);
        Assert.That(await flow.ReceiveBoundedAsync(), Is.EqualTo(new byte[] { 1 }));
        if (isReset)
        {
            stream.Reset(7);
        }
        else
        {
            stream.Complete();
        }

        await flow.Closed.WaitAsync(ClientUnderTest.Patience);
        Assert.That(await flow.ReceiveBoundedAsync(), Is.Null);
        Assert.That((flow.TrySend([1]), flow.GetStatistics().SendsDropped), Is.EqualTo((false, 1L)));
        await flow.DisposeAsync();
        Assert.That(isReset || await stream.ReceiveToEndAsync() is []);

        // The path serves the next one.
        dial = paths.Source.DialDatagramsBoundedAsync();
        (stream, _) = await paths.Direct.AcceptConnectAsync(s_confirmed);
        await using ConnetDatagramFlow next = await dial;
        Assert.That(next.TrySend([2]));
        Assert.That(await paths.Direct.ReceiveDatagramAsync(), Is.EqualTo(new byte[] { (byte)stream.Stream.Id, 2 }));
    }

    [Test]
    public async Task Disposal_ends_the_stream_after_what_was_sent()
    {
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation, configureClient: BalancedDialTests.Unhurried);
        Task<ConnetDatagramFlow> dial = paths.Source.DialDatagramsBoundedAsync();
        (HandStream stream, _) = await paths.Direct.AcceptConnectAsync(s_confirmed);
        ConnetDatagramFlow flow = await dial;
        flow.TrySend([1]);
        await flow.DisposeAsync();
        Assert.That(await stream.ReceiveToEndAsync(), Is.EqualTo(new byte[] { 0, 1, 1 }));
        Assert.That((flow.Closed.IsCompleted, flow.TrySend([2])), Is.EqualTo((true, false)));
        Assert.That(await flow.ReceiveBoundedAsync(), Is.Null);
    }

    [Test]
    public async Task Answer_without_a_confirmation_fails_the_dial_and_resets_the_stream()
    {
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation, takesDatagrams: true, configureClient: BalancedDialTests.Unhurried);
        Task<ConnetDatagramFlow> dial = paths.Source.DialDatagramsBoundedAsync();
        (HandStream direct, _) = await paths.Direct.AcceptConnectAsync();
        (HandStream relayed, _) = await paths.Relay.AcceptConnectAsync();
        ProtocolException failure = await dial.FailureAsync<ProtocolException>();
        Assert.That(failure.Code, Is.EqualTo(ProtocolErrorCode.DestinationDialFailed));
        Assert.That(failure.Message, Does.Contain("did not confirm a flow of datagrams: its program knows no UDP"));
        Assert.That((await direct.ReceiveFailureAsync())?.ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.DestinationDialFailed));
        Assert.That((await relayed.ReceiveFailureAsync())?.ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.DestinationDialFailed));
    }

    [Test]
    public async Task Answer_that_asks_for_a_header_fails_the_dial()
    {
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation, takesDatagrams: true, configureClient: BalancedDialTests.Unhurried);
        Task<ConnetDatagramFlow> dial = paths.Source.DialDatagramsBoundedAsync();
        PeerResponse answer = new() { Connect = new PeerResponse.Types.Connect { Datagrams = true, ProxyProto = ProxyProtocolVersion.V2 } };
        await paths.Direct.AcceptConnectAsync(answer);
        await paths.Relay.AcceptConnectAsync(answer);
        Assert.That((await dial.FailureAsync<ProtocolException>()).Message, Does.Contain("PROXY protocol"));
    }

    [Test]
    public async Task Reader_that_does_not_read_loses_datagrams_and_keeps_a_bounded_number()
    {
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation, takesDatagrams: true);
        Task<ConnetDatagramFlow> dial = paths.Source.DialDatagramsBoundedAsync();
        (HandStream stream, _) = await paths.Direct.AcceptConnectAsync(s_confirmed);
        await using ConnetDatagramFlow flow = await dial;

        // 20 MB, where 256 KB may wait: the stream is read to its end all the same.
        byte[] piece = new byte[10_002];
        (piece[0], piece[1]) = (0x27, 0x10);
        byte[] pieces = [.. Enumerable.Repeat(piece, 100).SelectMany(each => each)];
        for (int i = 0; i < 20; i++)
        {
            await stream.SendBytesAsync(pieces);
        }

        stream.Complete();
        await flow.Closed.WaitAsync(ClientUnderTest.Patience);
        ConnetDatagramStatistics statistics = flow.GetStatistics();
        Assert.That((statistics.Received, statistics.ReceivesDropped), Is.EqualTo((26L, 1974L)));
        for (int i = 0; i < 26; i++)
        {
            Assert.That((await flow.ReceiveBoundedAsync())?.Length, Is.EqualTo(10_000));
        }

        Assert.That(await flow.ReceiveBoundedAsync(), Is.Null);
    }

    [Test]
    public async Task Sender_whose_other_side_does_not_read_loses_datagrams_and_never_waits()
    {
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation);
        Task<ConnetDatagramFlow> dial = paths.Source.DialDatagramsBoundedAsync();
        (HandStream stream, _) = await paths.Direct.AcceptConnectAsync(s_confirmed);
        ConnetDatagramFlow flow = await dial;
        byte[] datagram = new byte[60_000];
        int dropped = 0;
        for (int i = 0; i < 10_000 && dropped < 100; i++)
        {
            dropped += flow.TrySend(datagram) ? 0 : 1;
        }

        Assert.That((dropped, flow.GetStatistics().SendsDropped), Is.EqualTo((100, 100L)));
        await flow.DisposeAsync().AsTask().WaitAsync(ClientUnderTest.Patience);
        Assert.That(await stream.ReceiveFailureAsync(), Is.Not.Null, "half a datagram is no orderly end");
    }

    [Test]
    public async Task Destination_confirms_a_flow_and_carries_its_frames_both_ways()
    {
        await using Accepting side = await StartDestinationAsync();
        Task<ConnetDatagramFlow> accept = side.Destination.AcceptDatagramsBoundedAsync();
        (HandStream stream, PeerResponse answer) = await side.Connection.ConnectAsync(s_request);
        Assert.That(answer, Is.EqualTo(s_confirmed));
        await using ConnetDatagramFlow flow = await accept;
        byte id = (byte)stream.Stream.Id;
        side.Connection.SendDatagram(id, 1, 2);
        Assert.That(await flow.ReceiveBoundedAsync(), Is.EqualTo(new byte[] { 1, 2 }));
        await stream.SendBytesAsync(new byte[] { 0, 1, 3 });
        Assert.That(await flow.ReceiveBoundedAsync(), Is.EqualTo(new byte[] { 3 }));
        Assert.That(flow.TrySend([4]) && flow.TrySend(new byte[3000]));
        Assert.That(await side.Connection.ReceiveDatagramAsync(), Is.EqualTo(new byte[] { id, 4 }));
        Assert.That(await stream.ReceiveBytesAsync(3002), Is.EqualTo((byte[])[0x0b, 0xb8, .. new byte[3000]]));

        Task<ConnetDatagramFlow> second = side.Destination.AcceptDatagramsBoundedAsync();
        (HandStream other, _) = await side.Connection.ConnectAsync(s_request);
        await using ConnetDatagramFlow secondFlow = await second;
        side.Connection.SendDatagram((byte)other.Stream.Id, 5);
        Assert.That(await secondFlow.ReceiveBoundedAsync(), Is.EqualTo(new byte[] { 5 }));
    }

    [Test]
    public async Task Destination_of_datagrams_refuses_a_plain_connect()
    {
        await using Accepting side = await StartDestinationAsync();
        (HandStream stream, PeerResponse answer) = await side.Connection.ConnectAsync();
        Assert.That(answer.Error.ToCode(), Is.EqualTo(ProtocolErrorCode.DestinationDialFailed));
        Assert.That(answer.Error.Message, Does.Contain("takes datagrams and no byte streams"));
        Assert.That(await stream.ReceiveToEndAsync(), Is.Empty);
    }

    [Test]
    public async Task What_a_destination_accepts_is_what_it_takes()
    {
        await using (Accepting datagrams = await StartDestinationAsync())
        {
            await datagrams.Destination.AcceptBoundedAsync().FailureAsync<InvalidOperationException>();
            Task<(HandStream Stream, PeerResponse Answer)> connect = datagrams.Connection.ConnectAsync(s_request);
            await using ConnetConnectionRequest request = await datagrams.Destination.AcceptRequestAsync();
            Assert.That(request.Traffic, Is.EqualTo(ConnetTraffic.Datagrams));
            await request.AcceptAsync().AsTask().FailureAsync<InvalidOperationException>();
            await (await request.AcceptDatagramsAsync()).DisposeAsync();
            Assert.That((await connect).Answer.Connect.Datagrams);
        }

        await using Accepting connections = await Accepting.StartAsync(_generation);
        InvalidOperationException failure = await connections.Destination.AcceptDatagramsBoundedAsync().FailureAsync<InvalidOperationException>();
        Assert.That(failure.Message, Is.EqualTo("The destination 'web' takes Connections: accept those, or set Traffic to Datagrams."));
    }

    [Test]
    public async Task Flow_ends_with_its_path()
    {
        await using Accepting side = await StartDestinationAsync();
        Task<ConnetDatagramFlow> accept = side.Destination.AcceptDatagramsBoundedAsync();
        await side.Connection.ConnectAsync(s_request);
        await using ConnetDatagramFlow flow = await accept;
        await side.Connection.Connection.CloseAsync(0);
        await flow.Closed.WaitAsync(ClientUnderTest.Patience);
        Assert.That(flow.TrySend([1]), Is.False);
        await side.Client.Log.WaitBoundedAsync("a flow of datagrams over the direct path to peer");
    }

    private Task<Accepting> StartDestinationAsync() => Accepting.StartAsync(_generation, options => options.Traffic = ConnetTraffic.Datagrams);
}
