using Connet.Client.Tests;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Peers;
using Connet.Quic;

namespace Connet.Relay.Tests;

/// <summary>Which destination gets a stream, and what the source is told if none does.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class DestinationChoiceTests
{
    /// <summary>How long a connection whose address has another one may be silent.</summary>
    private static readonly TimeSpan s_answer = TimeSpan.FromSeconds(3);

    [TestCase(1)]
    [TestCase(2)]
    public async Task Without_a_destination_the_source_is_told_so_at_once(int generation)
    {
        await using Rig rig = await Rig.StartAsync();
        HandConnection source = await rig.JoinAsync(Role.Source, (ProtocolGeneration)generation);
        await rig.JoinAsync(Role.Destination, endpoint: "another");
        HandStream stream = await AskAsync(source);
        await AssertErrorAsync(stream, ErrorCode.DestinationNotFound);
        await AssertUsableAsync(rig, source);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_destinations_own_error_arrives_as_a_failed_dial_with_its_text(int generation)
    {
        await using Rig rig = await Rig.StartAsync();
        HandConnection source = await rig.JoinAsync(Role.Source, (ProtocolGeneration)generation);
        HandConnection destination = await rig.JoinAsync(Role.Destination, (ProtocolGeneration)generation);
        HandStream near = await AskAsync(source);
        HandStream far = await destination.AcceptAsync();
        await far.ReceiveAsync(Request.Parser);
        await far.SendAsync(new Response { Error = new Error { Code = ErrorCode.DestinationRelayEncryptionError, Message = "no common scheme" } });
        Error error = await AssertErrorAsync(near, ErrorCode.DestinationDialFailed);
        Assert.That(error.Message, Does.Contain("no common scheme"));
        Assert.That(await far.ReceiveFailureAsync(), Is.Not.Null, "the stream to the destination is given up");
    }

    [Test]
    public async Task A_destination_that_answers_nonsense_has_failed()
    {
        await using Rig rig = await Rig.StartAsync();
        HandConnection source = await rig.JoinAsync(Role.Source);
        HandConnection destination = await rig.JoinAsync(Role.Destination);
        foreach (string answer in new[] { "00000000", "ffffffff", "00010001", "00000002ffff", "0000" })
        {
            HandStream near = await AskAsync(source);
            HandStream far = await destination.AcceptAsync();
            await far.ReceiveAsync(Request.Parser);
            await far.SendBytesAsync(Convert.FromHexString(answer), complete: true);
            await AssertErrorAsync(near, ErrorCode.DestinationDialFailed);
        }
    }

    [Test]
    public async Task A_destination_that_resets_the_stream_has_failed_and_the_next_one_is_asked_at_once()
    {
        await using Rig rig = await Rig.StartAsync(options => options.HedgeDelay = TimeSpan.FromSeconds(15));
        HandConnection source = await rig.JoinAsync(Role.Source);
        HandConnection[] destinations = [await rig.JoinAsync(Role.Destination), await rig.JoinAsync(Role.Destination)];
        HandStream near = await AskAsync(source);
        (HandConnection first, HandStream far) = await FirstAskedAsync(destinations);
        far.Reset(5);
        HandStream second = await destinations.Single(each => each != first).AcceptAsync();
        await AnswerAsync(near, second);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task All_have_failed_when_the_last_one_has(int generation)
    {
        await using Rig rig = await Rig.StartAsync();
        HandConnection source = await rig.JoinAsync(Role.Source, (ProtocolGeneration)generation);
        HandConnection[] destinations = new HandConnection[3];
        for (int i = 0; i < destinations.Length; i++)
        {
            destinations[i] = await rig.JoinAsync(Role.Destination, (ProtocolGeneration)generation);
        }

        HandStream near = await AskAsync(source);
        await Task.WhenAll(destinations.Select(async destination => (await destination.AcceptAsync()).Reset(5)));
        await AssertErrorAsync(near, ErrorCode.DestinationDialFailed);
    }

    [Test]
    public async Task A_slow_destination_gets_competition_and_the_loser_is_reset()
    {
        await using Rig rig = await Rig.StartAsync();
        HandConnection source = await rig.JoinAsync(Role.Source);
        HandConnection[] destinations = [await rig.JoinAsync(Role.Destination), await rig.JoinAsync(Role.Destination)];
        HandStream near = await AskAsync(source);
        HandStream[] both = await Task.WhenAll(destinations.Select(each => each.AcceptAsync()));
        Task<QuicException?> lost = both[0].ReceiveFailureAsync();
        await AnswerAsync(near, both[1]);
        QuicException? failure = await lost;
        Assert.That(failure?.QuicError, Is.EqualTo(QuicError.StreamAborted));
        Assert.That(failure!.ApplicationErrorCode, Is.EqualTo(0));
        Assert.That(destinations[0].Connection.IsClosed, Is.False);
    }

    [Test]
    public async Task Slow_destinations_that_live_are_not_all_asked()
    {
        await using Rig rig = await Rig.StartAsync(options =>
        {
            // Far longer than the first packet of a live destination takes: a silent one counts as dead, and the next is asked.
            options.HedgeDelay = TimeSpan.FromSeconds(1);
            options.DestinationTimeout = TimeSpan.FromSeconds(8);
        });
        HandConnection source = await rig.JoinAsync(Role.Source);
        int asked = 0;
        for (int i = 0; i < 6; i++)
        {
            HandConnection destination = await rig.JoinAsync(Role.Destination);
            _ = Task.Run(async () =>
            {
                await destination.AcceptAsync();
                Interlocked.Increment(ref asked);
            });
        }

        await AssertErrorAsync(await AskAsync(source), ErrorCode.DestinationDialFailed);
        Assert.That(asked, Is.InRange(1, 5), "not all six: those that live and are slow dial their services");
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_destination_that_never_answers_is_a_failed_dial_in_time(int generation)
    {
        await using Rig rig = await Rig.StartAsync(options => options.DestinationTimeout = TimeSpan.FromSeconds(3));
        HandConnection source = await rig.JoinAsync(Role.Source, (ProtocolGeneration)generation);
        HandConnection destination = await rig.JoinAsync(Role.Destination, (ProtocolGeneration)generation);
        HandStream near = await AskAsync(source);
        HandStream far = await destination.AcceptAsync();
        Task<QuicException?> ended = far.ReceiveFailureAsync();
        await AssertErrorAsync(near, ErrorCode.DestinationDialFailed);
        Assert.That(await ended, Is.Not.Null);
        await AssertUsableAsync(rig, source);
    }

    [Test]
    public async Task A_dead_destination_holds_up_no_source_and_is_asked_last_from_then_on()
    {
        await using Rig rig = await Rig.StartAsync(options => options.HedgeDelay = TimeSpan.FromSeconds(2));
        HandUdpGate gate = rig.Own(new HandUdpGate(rig.RelayAddress));
        HandConnection source = await rig.JoinAsync(Role.Source);
        HandConnection dead = await rig.JoinAsync(Role.Destination, address: gate.EndPoint);
        gate.IsSilent = true;
        HandStream first = await AskAsync(source);

        // The only one is dead; the one that comes meanwhile answers the stream that waits.
        HandConnection alive = await rig.JoinAsync(Role.Destination);
        await AnswerAsync(first, await alive.AcceptAsync());

        long asked = TimeProvider.System.GetTimestamp();
        for (int i = 0; i < 20; i++)
        {
            HandStream next = await AskAsync(source);
            await AnswerAsync(next, await alive.AcceptAsync());
        }

        // Twenty hedges would take forty seconds at least.
        Assert.That(TimeProvider.System.GetElapsedTime(asked), Is.LessThan(TimeSpan.FromSeconds(20)));
        Assert.That(dead.Connection.IsClosed, Is.False);
    }

    [Test]
    public async Task A_destination_whose_process_was_replaced_is_asked_no_more_and_dropped_before_the_idle_timeout()
    {
        await using Rig rig = await Rig.StartAsync(options => options.HedgeDelay = TimeSpan.FromSeconds(10));
        byte[] resetKey = new byte[32];
        bool isKilled = false;
        (QuicEndpoint killed, HandConnection old) = await JoinFromAsync(rig, FreePorts.Next(), resetKey, () => isKilled);
        HandConnection source = await rig.JoinAsync(Role.Source);

        // The process dies without a word, and another one takes its port and key.
        isKilled = true;
        int port = killed.LocalEndPoint.Port;
        await killed.DisposeAsync();
        (_, HandConnection fresh) = await JoinFromAsync(rig, port, resetKey, () => false);
        long began = TimeProvider.System.GetTimestamp();
        for (int i = 0; i < 5; i++)
        {
            HandStream near = await AskAsync(source);
            await AnswerAsync(near, await fresh.AcceptAsync());
        }

        await rig.UntilAsync(status => status.Endpoints.Single().Destinations == 1);
        Assert.That(TimeProvider.System.GetElapsedTime(began), Is.LessThan(TimeSpan.FromSeconds(10)), "the hedge alone takes ten");
        Assert.That(old.Connection.IsClosed, Is.True);
    }

    [Test]
    public async Task Two_live_destinations_of_one_socket_both_stay()
    {
        ManualTimers clock = new();
        await using Rig rig = await Rig.StartAsync(options => options.TimeProvider = clock);
        HandConnection source = await rig.JoinAsync(Role.Source);
        (QuicEndpoint socket, HandConnection first) = await JoinFromAsync(rig, 0, new byte[32], () => false);
        HandConnection second = await AuthenticateFromAsync(rig, socket);

        // A sign of life after the second one was admitted; destinations open no streams, so it is refused.
        HandStream sign = await first.OpenAsync();
        await sign.SendAsync(new Request { Connect = new Request.Types.Connect() });
        await sign.ReceiveAsync(Response.Parser);
        await clock.FireAsync(s_answer);
        HandStream another = await first.OpenAsync();
        await another.SendAsync(new Request { Connect = new Request.Types.Connect() });
        await another.ReceiveAsync(Response.Parser);
        Assert.That(rig.Relay.GetStatus().Endpoints.Single().Destinations, Is.EqualTo(2));
        Assert.That(first.Connection.IsClosed || second.Connection.IsClosed, Is.False);
        await AskAsync(source);
    }

    [Test]
    public async Task A_source_that_gives_up_ends_the_dial()
    {
        await using Rig rig = await Rig.StartAsync();
        HandConnection source = await rig.JoinAsync(Role.Source);
        HandConnection destination = await rig.JoinAsync(Role.Destination);
        HandStream near = await AskAsync(source);
        HandStream far = await destination.AcceptAsync();
        await far.ReceiveAsync(Request.Parser);
        near.Reset(0);
        Assert.That(await far.ReceiveFailureAsync(), Is.Not.Null);
        await rig.UntilAsync(status => status is { ActiveStreams: 0, ForwardedStreams: 0 });
    }

    [Test]
    public async Task A_source_may_end_its_direction_before_the_answer()
    {
        await using Rig rig = await Rig.StartAsync();
        HandConnection source = await rig.JoinAsync(Role.Source);
        HandConnection destination = await rig.JoinAsync(Role.Destination);
        HandStream near = await AskAsync(source);
        near.Complete();
        HandStream far = await destination.AcceptAsync();
        await AnswerAsync(near, far);
        Assert.That(await far.ReceiveToEndAsync(), Is.Empty);
        await far.SendBytesAsync("answer"u8.ToArray(), complete: true);
        Assert.That(await near.ReceiveToEndAsync(), Is.EqualTo("answer"u8.ToArray()));
    }

    [Test]
    public async Task Endpoints_are_kept_apart()
    {
        await using Rig rig = await Rig.StartAsync();
        HandConnection source = await rig.JoinAsync(Role.Source, endpoint: "one");
        HandConnection one = await rig.JoinAsync(Role.Destination, endpoint: "one");
        HandConnection two = await rig.JoinAsync(Role.Destination, endpoint: "two");
        for (int i = 0; i < 5; i++)
        {
            await Rig.JoinStreamsAsync(source, one);
        }

        await Rig.JoinStreamsAsync(await rig.JoinAsync(Role.Source, endpoint: "two"), two);
    }

    private static async Task<(QuicEndpoint Socket, HandConnection Connection)> JoinFromAsync(Rig rig, int port, byte[] resetKey, Func<bool> isKilled)
    {
        QuicEndpoint socket = rig.Own(QuicEndpoint.Bind(new QuicEndpointOptions
        {
            LocalEndPoint = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, port),
            StatelessResetKey = resetKey,
            OutgoingFilter = _ => isKilled() ? QuicDatagramFate.Drop : QuicDatagramFate.Send,
        }));
        return (socket, await AuthenticateFromAsync(rig, socket));
    }

    private static async Task<HandConnection> AuthenticateFromAsync(Rig rig, QuicEndpoint socket)
    {
        Protocol.Identities.PeerIdentity identity = HandIdentity.Peer();
        HandConnection connection = await HandConnection.DialAsync(
            socket,
            rig.RelayAddress,
            ConnectionKind.RelayClients,
            ProtocolGeneration.Second,
            QuicCertificateValidation.Pinned(rig.Uplink.ServerCertificate),
            clientCertificate: identity.Client.ToQuic());
        HandStream stream = await connection.OpenAsync();
        await stream.SendAsync(new Protocol.Relays.AuthenticateReq
        {
            Authentication = Google.Protobuf.ByteString.CopyFrom(rig.Uplink.Prove("web", Role.Destination, identity)),
        });
        Assert.That((await stream.ReceiveAsync(Protocol.Relays.AuthenticateResp.Parser)).Error, Is.Null);
        return connection;
    }

    private static async Task<HandStream> AskAsync(HandConnection source)
    {
        HandStream stream = await source.OpenAsync();
        await stream.SendAsync(new Request { Connect = new Request.Types.Connect() });
        return stream;
    }

    private static async Task AnswerAsync(HandStream near, HandStream far)
    {
        await far.ReceiveAsync(Request.Parser);
        await far.SendAsync(new Response { Connect = new Response.Types.Connect() });
        Assert.That((await near.ReceiveAsync(Response.Parser)).Connect, Is.Not.Null);
    }

    private static async Task<(HandConnection Connection, HandStream Stream)> FirstAskedAsync(HandConnection[] destinations)
    {
        using CancellationTokenSource patience = new(HandConnection.Patience);
        Task<QuicStream>[] accepting = [.. destinations.Select(each => each.Connection.AcceptInboundStreamAsync(patience.Token).AsTask())];
        Task<QuicStream> first = await Task.WhenAny(accepting);
        HandConnection asked = destinations[Array.IndexOf(accepting, first)];
        HandStream stream = new(await first, asked.Generation);

        // The others listen no longer; a stream that comes later stays for the next call.
        await patience.CancelAsync();
        return (asked, stream);
    }

    private static async Task<Error> AssertErrorAsync(HandStream stream, ErrorCode code)
    {
        Response response = await stream.ReceiveAsync(Response.Parser);
        Assert.That(response.Error?.Code, Is.EqualTo(code));
        Assert.That(await stream.ReceiveToEndAsync(), Is.Empty);
        return response.Error!;
    }

    private static async Task AssertUsableAsync(Rig rig, HandConnection source)
    {
        Assert.That(source.Connection.IsClosed, Is.False);
        await rig.UntilAsync(status => status.ActiveStreams == 0);
    }
}
