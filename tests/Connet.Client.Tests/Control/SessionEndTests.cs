using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Quic;

namespace Connet.Client.Tests.Control;

[TestFixture(ProtocolGeneration.Second)]
[TestFixture(ProtocolGeneration.First)]
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class SessionEndTests(ProtocolGeneration generation)
{
    private static readonly TimeSpan s_withdrawalTime = TimeSpan.FromMilliseconds(500);

    private static readonly AuthenticateResp s_noSuchToken = new() { Error = new Error { Code = ErrorCode.AuthenticationFailed, Message = "no such token" } };

    [Test]
    public async Task Withdrawn_endpoint_ends_its_streams_and_the_others_stay()
    {
        FakeEndpoint going = new() { Name = "going" };
        FakeEndpoint staying = new() { Name = "staying", Route = ConnetRoute.Direct };
        await using HandControlServer server = HandControlServer.Start(generation);
        await using TestLink link = TestLink.Start(server, going, staying);
        await using HandConnection connection = await server.AuthenticateAsync();
        HandStreams streams = new(connection);
        (HandStream announce, _) = await streams.NextAnnounceAsync("going");
        (HandStream stays, _) = await streams.NextAnnounceAsync("staying");
        (HandStream relay, _) = await streams.NextRelayAsync();
        Task withdrawn = link.Link.Remove(going)!.WithdrawAsync();
        Assert.That(await announce.ReceiveToEndAsync(), Is.Empty, "ended in order, without a message");
        Assert.That(await relay.ReceiveToEndAsync(), Is.Empty);
        announce.Complete();
        relay.Complete();
        await withdrawn.WaitAsync(HandConnection.Patience);
        staying.SetRelayIds();
        await stays.SendAsync(new Response { Announce = new Response.Types.Announce() });
        await staying.NextPeersAsync();
        Assert.That(stays.Stream.ReadsClosed.IsCompleted, Is.False);
    }

    [Test]
    public async Task Stop_withdraws_and_lets_the_server_see_it_before_the_connection_closes()
    {
        FakeEndpoint one = new() { Name = "one" };
        FakeEndpoint two = new() { Name = "two", Route = ConnetRoute.Direct };
        await using HandControlServer server = HandControlServer.Start(generation);

        // Its clock stands still, so it waits for the server's ends however long they take.
        TestLink link = TestLink.Start(server, options => options.TimeProvider = new ManualTimers(), null, one, two);
        await using HandConnection connection = await server.AuthenticateAsync();
        HandStreams streams = new(connection);
        HandStream[] open = [(await streams.NextAnnounceAsync("one")).Stream, (await streams.NextAnnounceAsync("two")).Stream, (await streams.NextRelayAsync()).Stream];
        Task stopped = link.DisposeAsync().AsTask();
        foreach (HandStream stream in open)
        {
            Assert.That(await stream.ReceiveToEndAsync(), Is.Empty);
            Assert.That(connection.Connection.IsClosed, Is.False, "the server has not ended its side yet");
        }

        foreach (HandStream stream in open)
        {
            stream.Complete();
        }

        await stopped.WaitAsync(HandConnection.Patience);
        Assert.That((await connection.ClosedAsync()).ApplicationErrorCode, Is.Zero);
        Assert.That(link.Link.State, Is.EqualTo(ConnetClientState.Disconnected));
        Assert.That(link.Link.Completion.IsCompletedSuccessfully);
    }

    [Test]
    public async Task Server_that_does_not_end_its_side_holds_a_stop_up_for_half_a_second()
    {
        ManualTimers clock = new();
        await using HandControlServer server = HandControlServer.Start(generation);
        TestLink link = TestLink.Start(server, options => options.TimeProvider = clock, null, new FakeEndpoint());
        await using HandConnection connection = await server.AuthenticateAsync();
        (HandStream announce, _) = await new HandStreams(connection).NextAnnounceAsync();
        Task stopped = link.DisposeAsync().AsTask();
        Assert.That(await announce.ReceiveToEndAsync(), Is.Empty);
        await clock.FireAsync(s_withdrawalTime);
        await stopped.WaitAsync(HandConnection.Patience);
        Assert.That((await connection.ClosedAsync()).ApplicationErrorCode, Is.Zero);
    }

    [Test]
    public async Task Closed_connection_is_made_again_with_the_token_and_everything_is_announced_again()
    {
        ManualTimers clock = new();
        FakeEndpoint endpoint = new();
        await using HandControlServer server = HandControlServer.Start(generation);
        await using TestLink link = TestLink.Start(server, options => options.TimeProvider = clock, null, endpoint);
        HandConnection first = await server.AuthenticateAsync("token-1");
        (HandStream announce, Request.Types.Announce before) = await new HandStreams(first).NextAnnounceAsync();
        await announce.SendAsync(new Response { Announce = new Response.Types.Announce() });
        Assert.That((await endpoint.NextPeersAsync()).IsFirst);
        await first.Connection.CloseAsync(0, "restart");

        // It lived for no time at all, so there is a pause.
        await clock.FireAsync(TimeSpan.FromMilliseconds(80), TimeSpan.FromMilliseconds(100));
        (HandConnection second, HandStream stream, AuthenticateReq request) = await server.AcceptRequestAsync();
        Assert.That(request.ReconnectToken.ToStringUtf8(), Is.EqualTo("token-1"));
        Assert.That(link.Link.State, Is.EqualTo(ConnetClientState.Reconnecting));
        await HandControlServer.AnswerAsync(second, stream, "token-2");
        (announce, Request.Types.Announce after) = await new HandStreams(second).NextAnnounceAsync();
        Assert.That(after, Is.EqualTo(before), "the identity is kept");
        await announce.SendAsync(new Response { Announce = new Response.Types.Announce() });
        Assert.That((await endpoint.NextPeersAsync()).IsFirst, "a new connection");
        await second.Connection.CloseAsync(0, "restart");
        await clock.FireAsync(TimeSpan.FromMilliseconds(160), TimeSpan.FromMilliseconds(200));
        Assert.That((await server.AcceptRequestAsync()).Request.ReconnectToken.ToStringUtf8(), Is.EqualTo("token-2"));
    }

    [Test]
    public async Task Refused_token_at_a_reconnect_is_shown_again_each_half_minute()
    {
        ManualTimers clock = new();
        LogLines log = new();
        await using HandControlServer server = HandControlServer.Start(generation);
        await using TestLink link = TestLink.Start(server, options => options.TimeProvider = clock, log);
        HandConnection first = await server.AuthenticateAsync();
        await link.AuthenticatedAsync();
        await first.Connection.CloseAsync(100, "the token was removed");
        await clock.FireAsync(TimeSpan.FromMilliseconds(80), TimeSpan.FromMilliseconds(100));
        for (int i = 0; i < 3; i++)
        {
            (_, HandStream refused, _) = await server.AcceptRequestAsync();
            await refused.SendAsync(s_noSuchToken);
            await clock.FireAsync(TimeSpan.FromSeconds(30));
        }

        Assert.That(log.Count(1001), Is.EqualTo(2), "at once, and after a minute");
        Assert.That(log.All, Does.Contain("no such token"));
        await using HandConnection again = await server.AuthenticateAsync();
        await link.LoggedAsync(log, "Connected to the control server", times: 2);
    }

    [Test]
    public async Task Refused_token_at_a_reconnect_ends_a_client_that_fails_fast()
    {
        await using HandControlServer server = HandControlServer.Start(generation);
        await using TestLink link = TestLink.Start(server, options => options.FailFast = true);
        HandConnection first = await server.AuthenticateAsync();
        await link.AuthenticatedAsync();
        await first.Connection.CloseAsync(100, "the token was removed");
        (_, HandStream stream, _) = await server.AcceptRequestAsync();
        await stream.SendAsync(s_noSuchToken);
        Assert.That(link.Failure().Message, Does.Contain("no such token"));
    }

    [Test]
    public async Task Other_errors_and_a_wrong_certificate_at_a_reconnect_are_waited_out()
    {
        // On a clock that runs, a slow machine would make the client try a second time beside, and the next step would get that one.
        ManualTimers clock = new();
        LogLines log = new();
        HandControlServer server = HandControlServer.Start(generation, FreePorts.Next());
        await using TestLink link = TestLink.Start(server, options => options.TimeProvider = clock, log);
        HandConnection connection = await server.AuthenticateAsync();
        await link.AuthenticatedAsync();
        await connection.Connection.CloseAsync(0, "restart");
        await clock.FireAsync(TimeSpan.FromMilliseconds(80), TimeSpan.FromMilliseconds(100));
        (_, HandStream stream, _) = await server.AcceptRequestAsync();
        await stream.SendAsync(new AuthenticateResp { Error = new Error { Code = ErrorCode.Unknown, Message = "not now" } });
        await clock.FireAsync(TimeSpan.FromMilliseconds(80), TimeSpan.FromMilliseconds(100));
        connection = await server.AuthenticateAsync();
        await server.DisposeAsync();

        // The certificate is being replaced: for a moment it is one that the client does not trust.
        using (var other = HandControlServer.NewCertificate())
        {
            HandControlServer wrong = HandControlServer.Start(generation, server.EndPoint.Port, other);
            Task<HandConnection> refused = wrong.AcceptAsync();
            await clock.FireAsync(TimeSpan.FromMilliseconds(160), TimeSpan.FromMilliseconds(200));
            await link.LoggedAsync(log, "is not trusted");
            await wrong.DisposeAsync();
            Assert.ThrowsAsync<QuicException>(() => refused);
        }

        await using HandControlServer right = HandControlServer.Start(generation, server.EndPoint.Port, server.Certificate);
        await clock.FireAsync(TimeSpan.FromMilliseconds(80), TimeSpan.FromMilliseconds(100));
        await using HandConnection last = await right.AuthenticateAsync();
        Assert.That(link.Link.Completion.IsCompleted, Is.False);
    }

    [Test]
    public async Task Restarted_server_is_noticed_by_its_stateless_reset()
    {
        HandControlServer server = HandControlServer.Start(generation, FreePorts.Next());
        await using TestLink link = TestLink.Start(
            server,
            options => (options.LivenessInterval, options.LivenessTimeout) = (TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(15)));
        HandConnection first = await server.AuthenticateAsync("token-1");
        await link.AuthenticatedAsync();
        await server.KillAsync();
        await using HandControlServer again = HandControlServer.Start(generation, server.EndPoint.Port, server.Certificate, server.ResetKey);
        (HandConnection second, HandStream stream, AuthenticateReq request) = await again.AcceptRequestAsync();
        Assert.That(request.ReconnectToken.ToStringUtf8(), Is.EqualTo("token-1"));
        await HandControlServer.AnswerAsync(second, stream);
    }

    [Test]
    public async Task Silent_server_is_replaced_by_the_one_that_answers_a_second_connection()
    {
        FakeEndpoint endpoint = new() { Route = ConnetRoute.Direct };
        HandControlServer server = HandControlServer.Start(generation, FreePorts.Next());
        await using TestLink link = TestLink.Start(server, Impatient, null, endpoint);
        HandConnection first = await server.AuthenticateAsync("token-1");
        await new HandStreams(first).NextAnnounceAsync();
        await server.KillAsync();

        // It has another reset key, so it cannot say that the old connection is gone.
        await using HandControlServer again = HandControlServer.Start(generation, server.EndPoint.Port, server.Certificate);
        (HandConnection second, HandStream stream, AuthenticateReq request) = await again.AcceptRequestAsync();
        Assert.That(request.ReconnectToken.ToStringUtf8(), Is.EqualTo("token-1"));
        Assert.That(link.Link.State, Is.EqualTo(ConnetClientState.Connected), "the old connection may still come back");
        await HandControlServer.AnswerAsync(second, stream);
        await new HandStreams(second).NextAnnounceAsync();
    }

    [Test]
    public async Task Silent_server_that_speaks_again_first_is_kept()
    {
        LogLines log = new();
        FakeEndpoint endpoint = new() { Route = ConnetRoute.Direct };
        await using HandControlServer server = HandControlServer.Start(generation);
        await using TestLink link = TestLink.Start(server, Impatient, log, endpoint);
        HandConnection first = await server.AuthenticateAsync();
        (HandStream announce, _) = await new HandStreams(first).NextAnnounceAsync();
        server.IsMute = true;
        await link.LoggedAsync(log, "a second connection is tried beside");
        server.IsMute = false;
        await link.LoggedAsync(log, "answers again on the old connection");
        await announce.SendAsync(new Response { Announce = new Response.Types.Announce() });
        await endpoint.NextPeersAsync();
        Assert.That(log.Count(1000), Is.EqualTo(1), "connected once");
    }

    [Test]
    public async Task Silent_server_whose_connection_ends_meanwhile_is_not_waited_for()
    {
        LogLines log = new();
        HandControlServer server = HandControlServer.Start(generation, FreePorts.Next());
        await using TestLink link = TestLink.Start(server, Impatient, log);
        await server.AuthenticateAsync("token-1");
        await link.AuthenticatedAsync();
        await server.KillAsync();
        await link.LoggedAsync(log, "a second connection is tried beside");

        // This one can say that the old connection is gone.
        await using HandControlServer again = HandControlServer.Start(generation, server.EndPoint.Port, server.Certificate, server.ResetKey);
        (HandConnection second, HandStream stream, AuthenticateReq request) = await again.AcceptRequestAsync();
        Assert.That(request.ReconnectToken.ToStringUtf8(), Is.EqualTo("token-1"));
        await HandControlServer.AnswerAsync(second, stream);
        await link.LoggedAsync(log, "Connected to the control server", times: 2);
    }

    private static void Impatient(ConnetClientOptions options) =>
        (options.LivenessInterval, options.LivenessTimeout) = (TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100));
}
