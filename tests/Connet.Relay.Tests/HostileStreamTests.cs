using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Peers;
using Connet.Quic;

namespace Connet.Relay.Tests;

/// <summary>What clients may not do with streams, and what they get for it: that stream ends, the connection and its other streams go on.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class HostileStreamTests
{
    [TestCase(1)]
    [TestCase(2)]
    public async Task A_request_that_is_none_to_connect_is_unknown(int generation)
    {
        await using Rig rig = await Rig.StartAsync();
        HandConnection source = await rig.JoinAsync(Role.Source, (ProtocolGeneration)generation);
        HandStream stream = await source.OpenAsync();
        await stream.SendAsync(new Request());
        await AssertUnknownAsync(stream);
        await AssertWorksAsync(rig, source);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_stream_that_ends_without_a_request_is_answered_as_unknown(int generation)
    {
        await using Rig rig = await Rig.StartAsync();
        HandConnection source = await rig.JoinAsync(Role.Source, (ProtocolGeneration)generation);
        HandStream stream = await source.OpenAsync();
        await stream.SendBytesAsync(ReadOnlyMemory<byte>.Empty, complete: true);
        await AssertUnknownAsync(stream);
        await AssertWorksAsync(rig, source);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_destination_that_opens_a_stream_is_told_that_nothing_is_known_there(int generation)
    {
        await using Rig rig = await Rig.StartAsync();
        HandConnection destination = await rig.JoinAsync(Role.Destination, (ProtocolGeneration)generation);
        HandStream stream = await destination.OpenAsync();
        await stream.SendAsync(new Request { Connect = new Request.Types.Connect() });
        await AssertUnknownAsync(stream);
        await Rig.JoinStreamsAsync(await rig.JoinAsync(Role.Source), destination);
    }

    [TestCase(1, "0000000000010001")]
    [TestCase(2, "00010001")]
    [TestCase(1, "0000000001000001")]
    [TestCase(2, "01000001")]
    [TestCase(1, "0000000100000000")]
    [TestCase(1, "ffffffffffffffff")]
    [TestCase(2, "ffffffff")]
    [TestCase(1, "0000000000000004" + "ffffffff")]
    [TestCase(2, "00000004" + "ffffffff")]
    [TestCase(1, "000000000000000a" + "0a")]
    [TestCase(2, "0000000a" + "0a")]
    [TestCase(1, "00000000000000")]
    [TestCase(2, "000000")]
    public async Task A_message_that_is_too_large_garbled_or_cut_off_ends_its_stream(int generation, string bytes)
    {
        await using Rig rig = await Rig.StartAsync();
        HandConnection source = await rig.JoinAsync(Role.Source, (ProtocolGeneration)generation);
        HandStream stream = await source.OpenAsync();
        await stream.SendBytesAsync(Convert.FromHexString(bytes), complete: true);
        QuicException? failure = await stream.ReceiveFailureAsync();
        Assert.That(failure?.QuicError, Is.EqualTo(QuicError.StreamAborted));
        Assert.That(failure!.ApplicationErrorCode, Is.EqualTo(0));
        await AssertWorksAsync(rig, source);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_stream_that_never_brings_its_request_is_ended_in_time(int generation)
    {
        await using Rig rig = await Rig.StartAsync(options => options.RequestTimeout = TimeSpan.FromSeconds(3));
        HandConnection source = await rig.JoinAsync(Role.Source, (ProtocolGeneration)generation);
        HandStream stream = await source.OpenAsync();
        await stream.SendBytesAsync(new byte[] { 0 });
        Assert.That((await stream.ReceiveFailureAsync())?.QuicError, Is.EqualTo(QuicError.StreamAborted));
        await AssertWorksAsync(rig, source);
    }

    [Test]
    public async Task Thousands_of_streams_without_a_request_leave_the_others_alone()
    {
        await using Rig rig = await Rig.StartAsync(options => options.RequestTimeout = TimeSpan.FromSeconds(2));
        HandConnection hostile = await rig.JoinAsync(Role.Source);
        HandConnection source = await rig.JoinAsync(Role.Source);
        HandConnection destination = await rig.JoinAsync(Role.Destination);
        for (int i = 0; i < 900; i++)
        {
            HandStream stream = await hostile.OpenAsync();
            await stream.SendBytesAsync(new byte[] { 0, 0 });
        }

        await Rig.JoinStreamsAsync(source, destination);
        await rig.UntilAsync(status => status.ActiveStreams <= 1);
        await Rig.JoinStreamsAsync(hostile, destination);
    }

    [Test]
    public async Task Streams_beyond_the_limit_wait_until_others_have_ended()
    {
        await using Rig rig = await Rig.StartAsync(options => options.MaxStreamsPerConnection = 3);
        HandConnection source = await rig.JoinAsync(Role.Source);
        HandConnection destination = await rig.JoinAsync(Role.Destination);
        List<(HandStream Source, HandStream Destination)> open = [];
        for (int i = 0; i < 3; i++)
        {
            open.Add(await Rig.JoinStreamsAsync(source, destination));
        }

        Assert.That(source.Connection.TryOpenOutboundStream(QuicStreamType.Bidirectional), Is.Null);
        open[0].Source.Complete();
        open[0].Destination.Complete();
        await open[0].Source.ReceiveToEndAsync();
        await open[0].Destination.ReceiveToEndAsync();
        await Rig.JoinStreamsAsync(source, destination);
    }

    private static async Task AssertUnknownAsync(HandStream stream)
    {
        Response response = await stream.ReceiveAsync(Response.Parser);
        Assert.That(response.Error?.Code, Is.EqualTo(ErrorCode.RequestUnknown));
        Assert.That(response.Connect, Is.Null);
        Assert.That(await stream.ReceiveToEndAsync(), Is.Empty);
    }

    private static async Task AssertWorksAsync(Rig rig, HandConnection source)
    {
        HandConnection destination = await rig.JoinAsync(Role.Destination);
        await Rig.JoinStreamsAsync(source, destination);
    }
}
