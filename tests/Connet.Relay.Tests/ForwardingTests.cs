using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Peers;
using Connet.Quic;
using Google.Protobuf;

namespace Connet.Relay.Tests;

/// <summary>Streams from sources to destinations, both driven by hand.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ForwardingTests
{
    private static readonly object[] s_generations =
    [
        new object[] { 2, 2 },
        new object[] { 1, 1 },
        new object[] { 1, 2 },
        new object[] { 2, 1 },
    ];

    [TestCaseSource(nameof(s_generations))]
    public async Task Request_response_and_bytes_cross_in_each_sides_framing(int sourceGeneration, int destinationGeneration)
    {
        await using Rig rig = await Rig.StartAsync();
        HandConnection source = await rig.JoinAsync(Role.Source, (ProtocolGeneration)sourceGeneration);
        HandConnection destination = await rig.JoinAsync(Role.Destination, (ProtocolGeneration)destinationGeneration);
        Request request = new()
        {
            Connect = new Request.Types.Connect
            {
                SourceEncryption = { RelayEncryption.Dhxcp, RelayEncryption.None },
                SourceDhX25519 = new EcdhConfiguration { ClientName = "name", KeyTime = ByteString.CopyFrom(1, 2, 3), Signature = ByteString.CopyFrom(4) },
            },
        };
        HandStream near = await source.OpenAsync();
        await near.SendAsync(request);
        HandStream far = await destination.AcceptAsync();
        Assert.That(await far.ReceiveAsync(Request.Parser), Is.EqualTo(request));
        Response response = new() { Connect = new Response.Types.Connect { ProxyProto = ProxyProtocolVersion.V2, DestinationEncryption = RelayEncryption.Dhxcp } };
        await far.SendAsync(response);
        Assert.That(await near.ReceiveAsync(Response.Parser), Is.EqualTo(response));
        await near.SendBytesAsync("ping"u8.ToArray());
        Assert.That(await far.ReceiveBytesAsync(4), Is.EqualTo("ping"u8.ToArray()));
        await far.SendBytesAsync("pong"u8.ToArray(), complete: true);
        Assert.That(await near.ReceiveToEndAsync(), Is.EqualTo("pong"u8.ToArray()));
        near.Complete();
        Assert.That(await far.ReceiveToEndAsync(), Is.Empty);
        await rig.UntilAsync(status => status is { ActiveStreams: 0, ForwardedStreams: 1, ForwardedBytes: 8 });
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task Unknown_fields_are_forwarded(int generation)
    {
        await using Rig rig = await Rig.StartAsync();
        HandConnection source = await rig.JoinAsync(Role.Source, (ProtocolGeneration)generation);
        HandConnection destination = await rig.JoinAsync(Role.Destination);

        // Field 1 with an unknown field 900 (varint 5) inside, then an unknown field 901 beside it.
        byte[] encoded = [0x0a, 0x03, 0xa0, 0x38, 0x05, 0xa8, 0x38, 0x07];
        HandStream near = await source.OpenAsync();
        await near.SendBytesAsync((byte[])[.. HandFraming.Length((ulong)encoded.Length, source.Generation), .. encoded]);
        HandStream far = await destination.AcceptAsync();
        Assert.That((await far.ReceiveAsync(Request.Parser)).ToByteArray(), Is.EqualTo(encoded));
        byte[] answer = [0x12, 0x03, 0xa0, 0x38, 0x05, 0xa8, 0x38, 0x07];
        await far.SendBytesAsync((byte[])[.. HandFraming.Length((ulong)answer.Length, destination.Generation), .. answer]);
        Assert.That((await near.ReceiveAsync(Response.Parser)).ToByteArray(), Is.EqualTo(answer));
    }

    [Test]
    public async Task The_end_of_one_direction_leaves_the_other_open([Values(1, 2)] int generation, [Values] bool sourceEndsFirst)
    {
        await using Rig rig = await Rig.StartAsync();
        (HandStream source, HandStream destination) = await JoinAsync(rig, generation);
        (HandStream first, HandStream second) = sourceEndsFirst ? (source, destination) : (destination, source);
        await first.SendBytesAsync("last words"u8.ToArray(), complete: true);
        Assert.That(await second.ReceiveToEndAsync(), Is.EqualTo("last words"u8.ToArray()));
        for (int i = 0; i < 10; i++)
        {
            await second.SendBytesAsync("answer"u8.ToArray());
            Assert.That(await first.ReceiveBytesAsync(6), Is.EqualTo("answer"u8.ToArray()));
        }

        second.Complete();
        Assert.That(await first.ReceiveToEndAsync(), Is.Empty);
        await rig.UntilAsync(status => status.ActiveStreams == 0);
    }

    [Test]
    public async Task A_reset_arrives_as_a_reset_with_its_code_and_the_other_direction_goes_on(
        [Values(1, 2)] int generation, [Values] bool sourceResets, [Values(0, 77)] long code)
    {
        await using Rig rig = await Rig.StartAsync();
        (HandStream source, HandStream destination) = await JoinAsync(rig, generation);
        (HandStream first, HandStream second) = sourceResets ? (source, destination) : (destination, source);
        first.Reset(code, QuicAbortDirection.Write);
        QuicException? failure = await second.ReceiveFailureAsync();
        Assert.That(failure, Is.Not.Null);
        Assert.That(failure!.QuicError, Is.EqualTo(QuicError.StreamAborted));
        Assert.That(failure.ApplicationErrorCode, Is.EqualTo(code));
        await second.SendBytesAsync("still here"u8.ToArray(), complete: true);
        Assert.That(await first.ReceiveToEndAsync(), Is.EqualTo("still here"u8.ToArray()));
        await rig.UntilAsync(status => status.ActiveStreams == 0);
    }

    [Test]
    public async Task A_reader_that_stops_stops_its_sender_with_the_code_even_if_that_is_idle([Values(1, 2)] int generation, [Values] bool sourceStops)
    {
        await using Rig rig = await Rig.StartAsync();
        (HandStream source, HandStream destination) = await JoinAsync(rig, generation);
        (HandStream first, HandStream second) = sourceStops ? (source, destination) : (destination, source);
        first.Reset(88, QuicAbortDirection.Read);
        await second.Stream.WritesClosed.WaitAsync(HandConnection.Patience);
        QuicException? failure = Assert.ThrowsAsync<QuicException>(async () => await second.SendBytesAsync(new byte[1]));
        Assert.That(failure!.ApplicationErrorCode, Is.EqualTo(88));
        await first.SendBytesAsync("still here"u8.ToArray(), complete: true);
        Assert.That(await second.ReceiveToEndAsync(), Is.EqualTo("still here"u8.ToArray()));
        await rig.UntilAsync(status => status.ActiveStreams == 0);
    }

    /// <summary>
    /// Older programs end both directions as soon as they see the end of either (protocol.md section 6). What such a side has said before is not lost
    /// by it, and what it does not want to hear is nobody's failure.
    /// </summary>
    [Test]
    public async Task A_side_that_ends_its_stream_and_stops_reading_is_heard_to_the_end(
        [Values(1, 2)] int generation, [Values] bool sourceEnds, [Values] bool otherHasEnded)
    {
        // More rounds than a connection may have streams: each gives its place back.
        const int Places = 2;
        const int Rounds = 3 * Places;
        await using Rig rig = await Rig.StartAsync(options => options.MaxStreamsPerConnection = Places);
        HandConnection source = await rig.JoinAsync(Role.Source, (ProtocolGeneration)generation);
        HandConnection destination = await rig.JoinAsync(Role.Destination, (ProtocolGeneration)generation);
        byte[] said = new byte[100_000];
        new Random(generation).NextBytes(said);
        for (int i = 0; i < Rounds; i++)
        {
            (HandStream near, HandStream far) = await Rig.JoinStreamsAsync(source, destination);
            (HandStream older, HandStream other) = sourceEnds ? (near, far) : (far, near);
            await other.SendBytesAsync("question"u8.ToArray(), complete: otherHasEnded);
            Assert.That(otherHasEnded ? await older.ReceiveToEndAsync() : await older.ReceiveBytesAsync(8), Is.EqualTo("question"u8.ToArray()));
            Task saying = older.SendBytesAsync(said);
            Task<byte[]> hearing = other.ReceiveToEndAsync();
            await saying;
            older.Complete();
            older.Reset(0, QuicAbortDirection.Read);
            Assert.That(await hearing, Is.EqualTo(said), "and an orderly end");
            await other.Stream.WritesClosed.WaitAsync(HandConnection.Patience);
            if (!otherHasEnded)
            {
                QuicException? stopped = Assert.ThrowsAsync<QuicException>(async () => await other.SendBytesAsync(new byte[1]));
                Assert.That((stopped!.QuicError, stopped.ApplicationErrorCode), Is.EqualTo((QuicError.StreamAborted, 0)));
            }
        }

        await rig.UntilAsync(status => status is { ActiveStreams: 0, ForwardedStreams: Rounds, Clients: 2 });
        Assert.That(source.Connection.IsClosed || destination.Connection.IsClosed, Is.False);
    }

    [Test]
    public async Task The_end_of_one_connection_ends_its_streams_on_the_other([Values(1, 2)] int generation, [Values] bool sourceLeaves)
    {
        await using Rig rig = await Rig.StartAsync();
        HandConnection source = await rig.JoinAsync(Role.Source, (ProtocolGeneration)generation);
        HandConnection destination = await rig.JoinAsync(Role.Destination, (ProtocolGeneration)generation);
        (HandStream near, HandStream far) = await Rig.JoinStreamsAsync(source, destination);
        await (sourceLeaves ? source : destination).Connection.CloseAsync(302);
        HandStream left = sourceLeaves ? far : near;
        QuicException? failure = await left.ReceiveFailureAsync();
        Assert.That(failure?.QuicError, Is.EqualTo(QuicError.StreamAborted));
        Assert.That(failure!.ApplicationErrorCode, Is.EqualTo(0));
        await left.Stream.WritesClosed.WaitAsync(HandConnection.Patience);
        await rig.UntilAsync(status => status is { ActiveStreams: 0, Clients: 1 });
    }

    [Test]
    public async Task Two_hundred_streams_at_once_carry_what_is_theirs()
    {
        // Half of them wait for a place at the destination, which takes a hundred at a time.
        await using Rig rig = await Rig.StartAsync(options => options.DestinationTimeout = TimeSpan.FromSeconds(60));
        HandConnection source = await rig.JoinAsync(Role.Source);
        HandConnection destination = await rig.JoinAsync(Role.Destination, ProtocolGeneration.First);
        const int Streams = 200;
        const int Bytes = 50_000;
        Task serving = Task.WhenAll(Enumerable.Range(0, Streams).Select(async _ =>
        {
            HandStream far = await destination.AcceptAsync();
            await far.ReceiveAsync(Request.Parser);
            await far.SendAsync(new Response { Connect = new Response.Types.Connect() });
            byte[] received = await far.ReceiveToEndAsync();
            await far.SendBytesAsync(received, complete: true);
        }));
        await Task.WhenAll(Enumerable.Range(0, Streams).Select(async number =>
        {
            byte[] sent = new byte[Bytes];
            new Random(number).NextBytes(sent);
            HandStream near = await source.OpenAsync();
            await near.SendAsync(new Request { Connect = new Request.Types.Connect() });
            Assert.That((await near.ReceiveAsync(Response.Parser)).Connect, Is.Not.Null);
            Task sending = near.SendBytesAsync(sent, complete: true);
            byte[] returned = await near.ReceiveToEndAsync();
            await sending;
            Assert.That(returned.AsSpan().SequenceEqual(sent), Is.True, $"stream {number}");
        }));
        await serving;
        await rig.UntilAsync(status => status is { ActiveStreams: 0, ForwardedStreams: Streams, ForwardedBytes: 2L * Streams * Bytes });
    }

    private static async Task<(HandStream Source, HandStream Destination)> JoinAsync(Rig rig, int generation)
    {
        HandConnection source = await rig.JoinAsync(Role.Source, (ProtocolGeneration)generation);
        HandConnection destination = await rig.JoinAsync(Role.Destination, (ProtocolGeneration)generation);
        return await Rig.JoinStreamsAsync(source, destination);
    }
}
