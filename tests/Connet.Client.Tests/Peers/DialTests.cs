using Connet.Client.Peers;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Quic;
using PeerRequest = Connet.Protocol.Peers.Request;
using PeerResponse = Connet.Protocol.Peers.Response;

namespace Connet.Client.Tests.Peers;

/// <summary>Which paths a dial tries, and when, with peers and relays played by hand.</summary>
[TestFixture(1)]
[TestFixture(2)]
[Parallelizable(ParallelScope.All)]
public sealed class DialTests(int generation)
{
    private readonly ProtocolGeneration _generation = (ProtocolGeneration)generation;

    [Test]
    public async Task Direct_path_is_preferred_to_a_relay()
    {
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation);
        Task<ConnetConnection> dial = paths.Source.DialBoundedAsync();
        await paths.Direct.AcceptConnectAsync();
        await using ConnetConnection proxied = await dial;
        Assert.That(proxied.PathKind, Is.EqualTo(ConnetPathKind.Direct));
    }

    [Test]
    public async Task Path_without_an_answer_is_hedged_and_the_loser_is_reset()
    {
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation);
        Task<ConnetConnection> dial = paths.Source.DialBoundedAsync();
        HandStream unanswered = await paths.Direct.AcceptAsync();
        await unanswered.ReceiveAsync(PeerRequest.Parser);
        await paths.Relay.AcceptConnectAsync();
        await using ConnetConnection proxied = await dial;
        Assert.That(proxied.PathKind, Is.EqualTo(ConnetPathKind.Relay));
        QuicException? reset = await unanswered.ReceiveFailureAsync();
        Assert.That(reset?.QuicError, Is.EqualTo(QuicError.StreamAborted));
    }

    [Test]
    public async Task First_path_may_still_win_after_the_second_was_tried()
    {
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation);
        Task<ConnetConnection> dial = paths.Source.DialBoundedAsync();
        HandStream slow = await paths.Direct.AcceptAsync();
        await slow.ReceiveAsync(PeerRequest.Parser);
        HandStream hedge = await paths.Relay.AcceptAsync();
        await slow.SendAsync(new PeerResponse { Connect = new PeerResponse.Types.Connect() });
        await using ConnetConnection proxied = await dial;
        Assert.That(proxied.PathKind, Is.EqualTo(ConnetPathKind.Direct));
        Assert.That((await hedge.ReceiveFailureAsync())?.QuicError, Is.EqualTo(QuicError.StreamAborted));
    }

    [Test]
    public async Task Refusal_on_one_path_tries_the_next()
    {
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation, configureClient: BalancedDialTests.Unhurried);
        Task<ConnetConnection> dial = paths.Source.DialBoundedAsync();
        await paths.Direct.AcceptConnectAsync(Refusal(ProtocolErrorCode.DestinationDialFailed, "not here"));
        await paths.Relay.AcceptConnectAsync();
        await using ConnetConnection proxied = await dial;
        Assert.That(proxied.PathKind, Is.EqualTo(ConnetPathKind.Relay));
    }

    [Test]
    public async Task Refusals_on_all_paths_fail_the_dial_with_what_each_said()
    {
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation, configureClient: BalancedDialTests.Unhurried);
        Task<ConnetConnection> dial = paths.Source.DialBoundedAsync();
        await paths.Direct.AcceptConnectAsync(Refusal(ProtocolErrorCode.DestinationDialFailed, "nobody listens"));
        await paths.Relay.AcceptConnectAsync(Refusal(ProtocolErrorCode.DestinationNotFound, "none here"));
        ProtocolException failure = await dial.FailureAsync<ProtocolException>();
        Assert.That(failure.Code, Is.EqualTo(ProtocolErrorCode.DestinationDialFailed));
        Assert.That(failure.Message, Does.Contain("'web'").And.Contain("nobody listens").And.Contain("none here"));
    }

    [Test]
    public async Task Request_that_is_unknown_on_all_paths_fails_the_dial_with_that_code()
    {
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation, configureClient: BalancedDialTests.Unhurried);
        Task<ConnetConnection> dial = paths.Source.DialBoundedAsync();
        await paths.Direct.AcceptConnectAsync(Refusal(ProtocolErrorCode.RequestUnknown, "no such request here"));
        await paths.Relay.AcceptConnectAsync(Refusal(ProtocolErrorCode.RequestUnknown, "nor there"));
        ProtocolException failure = await dial.FailureAsync<ProtocolException>();
        Assert.That(failure.Code, Is.EqualTo(ProtocolErrorCode.RequestUnknown));
        Assert.That(failure.Message, Does.Contain("no such request here").And.Contain("nor there"));
    }

    [Test]
    public async Task Path_out_of_streams_makes_way_for_the_next()
    {
        // The stream of the check counts as long as the peer has not read its end, which this one never does.
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation, maxStreams: 2, configureClient: BalancedDialTests.Unhurried);
        List<ConnetConnection> open = [];
        for (int i = 0; i < 2; i++)
        {
            Task<ConnetConnection> dial = paths.Source.DialBoundedAsync();
            await (i < 1 ? paths.Direct : paths.Relay).AcceptConnectAsync();
            open.Add(await dial);
        }

        Assert.That(open.Select(proxied => proxied.PathKind), Is.EqualTo(new[] { ConnetPathKind.Direct, ConnetPathKind.Relay }));
        open.ForEach(proxied => proxied.Dispose());
    }

    [Test]
    public async Task Dead_peer_does_not_hold_the_dial_up_and_comes_last_at_the_next()
    {
        bool isDead = false;
        ManualTimers clock = new();
        await using TwoPaths paths = await TwoPaths.OpenAsync(
            _generation,
            options => options.OutgoingFilter = _ => Volatile.Read(ref isDead) ? QuicDatagramFate.Drop : QuicDatagramFate.Send,
            configureClient: options => (options.TimeProvider, options.ShutdownTimeout) = (clock, TimeSpan.Zero));
        Volatile.Write(ref isDead, true);
        await paths.Peer.DisposeAsync();

        // What the peer has sent before is read before this request, and is no sign of life to the dial.
        await paths.Relay.ConnectAsync();

        Task<ConnetConnection> dial = paths.Source.DialBoundedAsync();
        await BalancedDialTests.FireHedgeAsync(clock);
        await paths.Relay.AcceptConnectAsync();
        await using ConnetConnection first = await dial;
        Assert.That(clock.GetElapsedTime(0), Is.LessThan(Dial.Silence));

        // No timer is fired: were the silent path tried first again, the relay would not be asked.
        int hedges = paths.Client.Log.Count(2046);
        dial = paths.Source.DialBoundedAsync();
        await paths.Relay.AcceptConnectAsync();
        await using ConnetConnection second = await dial;
        Assert.That(paths.Client.Log.All, Does.Contain("through relay relay"));
        Assert.That(paths.Client.Log.Count(2046), Is.EqualTo(hedges), "the silent path was not tried first again");
    }

    [Test]
    public async Task Relay_without_the_destination_is_asked_again_while_a_peer_is_known()
    {
        await using HandRelay relay = new(_generation, "relay");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetRelays([relay.Listed()], isFirst: true);
        (HandConnection connection, _) = await relay.AcceptAuthenticatedAsync();
        source.Controlled.SetPeers([new HandPeerEntry("peer", "relay").Listed], isFirst: true);
        Task<ConnetConnection> dial = source.DialBoundedAsync();
        await connection.AcceptConnectAsync(Refusal(ProtocolErrorCode.DestinationNotFound, "not yet"));
        await connection.AcceptConnectAsync(Refusal(ProtocolErrorCode.DestinationNotFound, "not yet"));
        await connection.AcceptConnectAsync();
        await using ConnetConnection proxied = await dial;
        Assert.That(proxied.PathKind, Is.EqualTo(ConnetPathKind.Relay));
    }

    [Test]
    public async Task Restart_of_the_destination_is_bridged()
    {
        await using HandClient old = new(_generation, "old");
        await using HandClient restarted = new(_generation, "new");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetPeers([old.Listed()], isFirst: true);
        await old.AcceptCheckedAsync();
        await source.WaitBoundedAsync(ConnetPathKind.Direct);
        source.Controlled.SetPeers([], isFirst: false);

        Task<ConnetConnection> dial = source.DialBoundedAsync();
        source.Controlled.SetPeers([restarted.Listed()], isFirst: false);
        await using HandConnection connection = await restarted.AcceptCheckedAsync();
        await connection.AcceptConnectAsync();
        await using ConnetConnection proxied = await dial;
        Assert.That(proxied.PeerId, Is.EqualTo("new"));
    }

    [Test]
    public async Task Dial_under_way_goes_over_to_a_restarted_destination()
    {
        await using HandClient old = new(_generation, "peer");
        await using HandClient restarted = new(_generation, "peer");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetPeers([old.Listed()], isFirst: true);
        HandConnection dead = await old.AcceptCheckedAsync();
        Task<ConnetConnection> dial = source.DialBoundedAsync();
        await (await dead.AcceptAsync()).ReceiveAsync(PeerRequest.Parser);

        source.Controlled.SetPeers([restarted.Listed()], isFirst: false);
        await using HandConnection connection = await restarted.AcceptCheckedAsync();
        await connection.AcceptConnectAsync();
        await using ConnetConnection proxied = await dial;
    }

    [Test]
    public async Task Cancelled_dial_keeps_its_token_and_resets_its_stream()
    {
        await using HandClient peer = new(_generation, "peer");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetPeers([peer.Listed()], isFirst: true);
        await using HandConnection connection = await peer.AcceptCheckedAsync();
        using CancellationTokenSource cancel = new();
        Task<ConnetConnection> dial = source.DialAsync(cancel.Token).AsTask();
        HandStream stream = await connection.AcceptAsync();
        await stream.ReceiveAsync(PeerRequest.Parser);
        await cancel.CancelAsync();
        OperationCanceledException cancelled = await dial.FailureAsync<OperationCanceledException>();
        Assert.That(cancelled.CancellationToken, Is.EqualTo(cancel.Token));
        Assert.That((await stream.ReceiveFailureAsync())?.QuicError, Is.EqualTo(QuicError.StreamAborted));
    }

    [Test]
    public async Task Connection_that_closes_during_the_dial_leaves_at_once()
    {
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation);
        Task<ConnetConnection> dial = paths.Source.DialBoundedAsync();
        await (await paths.Direct.AcceptAsync()).ReceiveAsync(PeerRequest.Parser);
        await paths.Direct.Connection.CloseAsync(0, "bye");
        await paths.Relay.AcceptConnectAsync();
        await using ConnetConnection proxied = await dial;
        Assert.That(proxied.PathKind, Is.EqualTo(ConnetPathKind.Relay));
    }

    [Test]
    public async Task Source_takes_no_connections()
    {
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation);
        foreach (HandConnection connection in new[] { paths.Direct, paths.Relay })
        {
            (_, PeerResponse answer) = await connection.ConnectAsync();
            Assert.That(answer.Error.ToCode(), Is.EqualTo(ProtocolErrorCode.RequestUnknown));
        }
    }

    [TestCase(0)]
    [TestCase(300)]
    [TestCase(900)]
    public async Task Name_that_no_destination_ever_had_fails_soon(int readingMilliseconds)
    {
        HastyClock clock = new(TimeSpan.FromMilliseconds(readingMilliseconds));
        await using ClientUnderTest client = new(options => options.TimeProvider = clock);
        ConnetSource source = client.AddSource();
        source.Controlled.SetPeers([], isFirst: true);
        TimeSpan before = clock.Elapsed;
        ProtocolException failure = await source.DialBoundedAsync().FailureAsync<ProtocolException>();
        Assert.That(failure.Code, Is.EqualTo(ProtocolErrorCode.DestinationNotFound));
        Assert.That(failure.Message, Does.Contain("No destination of 'web' is connected"));
        Assert.That(clock.Elapsed - before, Is.GreaterThan(TimeSpan.FromSeconds(2)).And.LessThan(TimeSpan.FromSeconds(10)));
    }

    [Test]
    public async Task First_list_that_comes_late_is_given_its_time()
    {
        ManualTimers clock = new();
        await using ClientUnderTest client = new(options => options.TimeProvider = clock);
        ConnetSource source = client.AddSource();
        Task<ProtocolException> failing = source.DialBoundedAsync().FailureAsync<ProtocolException>();
        await clock.FireAsync(TimeSpan.FromSeconds(3));
        clock.Pass(TimeSpan.FromSeconds(4));
        source.Controlled.SetPeers([], isFirst: true);
        await clock.FireAsync(TimeSpan.FromSeconds(3));
        Assert.That((await failing).Message, Does.Contain("No destination of 'web' is connected"));
    }

    [Test]
    public async Task Known_destination_without_a_path_fails_at_the_timeout()
    {
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource(configure: options => options.DialTimeout = TimeSpan.FromMilliseconds(300));
        source.Controlled.SetPeers([new HandPeerEntry("peer").Listed], isFirst: true);
        ProtocolException failure = await source.DialBoundedAsync().FailureAsync<ProtocolException>();
        Assert.That(failure.Message, Does.Contain("1 known, but there is no path"));
    }

    [Test]
    public async Task Refusal_of_the_endpoint_fails_the_dial_with_its_code()
    {
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetRefused(new ProtocolException(ProtocolErrorCode.EndpointNotAllowed, "not this name"));
        ProtocolException failure = await source.DialBoundedAsync().FailureAsync<ProtocolException>();
        Assert.That(failure.Code, Is.EqualTo(ProtocolErrorCode.EndpointNotAllowed));
    }

    [Test]
    public async Task Stop_ends_dials_and_waits()
    {
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        Task<ConnetConnection> dial = source.DialBoundedAsync();
        Task wait = source.WaitBoundedAsync(ConnetPathKind.Direct);
        await source.DisposeAsync();
        await dial.FailureAsync<ObjectDisposedException>();
        await wait.FailureAsync<ObjectDisposedException>();
    }

    private static PeerResponse Refusal(ProtocolErrorCode code, string message) => new() { Error = ProtocolErrors.ToError(code, message) };
}
