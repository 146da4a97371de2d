using System.Net;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Quic;

namespace Connet.Client.Tests.Control;

[Parallelizable(ParallelScope.All)]
internal sealed class ConnectorTests
{
    private const int ServerNotReached = 1001;

    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    [TestCase("connet-control/0.4", "connet-client/0.3")]
    [TestCase("connet-client/0.3", "connet-control/0.4")]
    public async Task Both_generations_are_offered_and_the_server_chooses(params string[] preference)
    {
        await using QuicEndpoint endpoint = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 0) });
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        QuicListener listener = endpoint.Listen(
            new QuicListenerOptions
            {
                ApplicationProtocols = preference,
                ServerOptions = new QuicServerConnectionOptions { ServerCertificate = QuicCertificate.FromX509Certificate(server.Certificate) },
            });
        await using TestLink link = TestLink.Start(server, options => options.ServerAddress = endpoint.LocalEndPoint.ToString());
        HandConnection connection = await HandConnection.AcceptAsync(listener, ConnectionKind.ControlClients);
        Assert.That(connection.Connection.NegotiatedApplicationProtocol, Is.EqualTo(preference[0]));
    }

    [Test]
    public async Task One_generation_can_be_forced()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.First);
        await using TestLink link = TestLink.Start(server, options => options.Generation = ProtocolGeneration.First);
        await using HandConnection connection = await server.AuthenticateAsync();
        await link.AuthenticatedAsync();
        Assert.That(link.Link.Connection!.Generation, Is.EqualTo(ProtocolGeneration.First));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task While_nobody_answers_a_fresh_attempt_begins_each_second_and_the_first_answer_wins(bool lateAnswerWins)
    {
        ManualTimers clock = new();
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        await using TestLink link = TestLink.Start(server, options => options.TimeProvider = clock);
        var first = await server.AcceptRequestAsync();
        await clock.FireAsync(s_second);
        var second = await server.AcceptRequestAsync();
        await clock.FireAsync(s_second);
        var third = await server.AcceptRequestAsync();

        var winner = lateAnswerWins ? first : third;
        await HandControlServer.AnswerAsync(winner.Connection, winner.Stream);
        await link.AuthenticatedAsync();
        Assert.That((await second.Connection.ClosedAsync()).ApplicationErrorCode, Is.Zero);
        Assert.That((await (lateAnswerWins ? third : first).Connection.ClosedAsync()).ApplicationErrorCode, Is.Zero);
        Assert.That(winner.Connection.Connection.IsClosed, Is.False);
    }

    [Test]
    public async Task Attempts_under_way_are_bounded()
    {
        ManualTimers clock = new();
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        await using TestLink link = TestLink.Start(server, options => options.TimeProvider = clock);
        List<HandConnection> silent = [];
        for (int i = 0; i < 16; i++)
        {
            silent.Add((await server.AcceptRequestAsync()).Connection);
            await clock.FireAsync(s_second);
        }

        // Rounds pass without an attempt, until one of the old ones ends and makes room.
        Task<HandConnection> next = server.AuthenticateAsync();
        await clock.FireAsync(s_second);
        await clock.FireAsync(s_second);
        Assert.That(next.IsCompleted, Is.False);
        await silent[3].Connection.CloseAsync(0, "busy");
        await clock.FireUntilAsync(next, s_second);
        await link.AuthenticatedAsync();
    }

    [Test]
    public async Task Attempts_that_fail_are_repeated_after_pauses_that_double_and_logged_once_a_minute()
    {
        ManualTimers clock = new();
        LogLines log = new();
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second, alpn: "something-else/1");
        await using TestLink link = TestLink.Start(server, options => options.TimeProvider = clock, log);
        List<TimeSpan> pauses = [];
        while (log.Count(ServerNotReached) < 2 && pauses.Count < 200)
        {
            // Not the timer of the fresh round, which is there only while an attempt is under way: it is a second to the tick.
            pauses.Add(await clock.FireAsync(due => due >= TimeSpan.FromMilliseconds(80) && due <= s_second * 2 && due != s_second));
        }

        Assert.That(clock.GetElapsedTime(0).TotalSeconds, Is.InRange(60, 70));
        Assert.That(log.Count(ServerNotReached), Is.EqualTo(2));
        Assert.That(log.All, Does.Contain("no control server that this client can talk to"));
        double[] expected = [100, 200, 400, 800, 1600, 2000, 2000];
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.That(pauses[i].TotalMilliseconds, Is.InRange(expected[i] * 0.8, expected[i]), $"pause {i}");
        }
    }

    [Test]
    public async Task Server_that_appears_later_is_found()
    {
        HandControlServer gone = HandControlServer.Start(ProtocolGeneration.Second, FreePorts.Next());
        await gone.DisposeAsync();
        await using TestLink link = TestLink.Start(gone);
        using (PeriodicTimer look = new(TimeSpan.FromMilliseconds(1)))
        using (CancellationTokenSource patience = new(HandConnection.Patience))
        {
            while (link.Context.Endpoint.GetStatistics().Connections == 0)
            {
                await look.WaitForNextTickAsync(patience.Token);
            }
        }

        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second, gone.EndPoint.Port, gone.Certificate);
        await using HandConnection connection = await server.AuthenticateAsync();
        await link.AuthenticatedAsync();
    }

    [Test]
    public async Task Socket_that_fails_ends_the_link()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        await using TestLink link = TestLink.Start(server);
        await server.AuthenticateAsync();
        await link.AuthenticatedAsync();
        await link.Context.Endpoint.DisposeAsync();
        ConnetClientException failure = link.Failure();
        Assert.That(failure.Error, Is.EqualTo(ConnetClientError.SocketFailed));
        Assert.That(failure.Message, Does.Contain(link.LocalEndPoint.ToString()));
    }

    [Test]
    public async Task Fail_fast_turns_no_answer_into_an_error()
    {
        HandControlServer gone = HandControlServer.Start(ProtocolGeneration.Second, FreePorts.Next());
        await gone.DisposeAsync();
        await using TestLink link = TestLink.Start(
            gone, options => (options.FailFast, options.HandshakeIdleTimeout) = (true, TimeSpan.FromMilliseconds(200)));
        ConnetClientException failure = link.Failure();
        Assert.That(failure.Error, Is.EqualTo(ConnetClientError.ServerUnreachable));
        Assert.That(failure.Message, Does.Contain(gone.EndPoint.ToString()).And.EndWith("."));
    }

    [Test]
    public async Task Fail_fast_gives_a_slow_server_its_time()
    {
        ManualTimers clock = new();
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        await using TestLink link = TestLink.Start(server, options => (options.FailFast, options.TimeProvider) = (true, clock));
        var first = await server.AcceptRequestAsync();
        await clock.FireAsync(s_second);
        await HandControlServer.AnswerAsync(first.Connection, first.Stream);
        await link.AuthenticatedAsync();
    }

    [Test]
    public async Task Fail_fast_reports_a_name_that_does_not_exist()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        await using TestLink link = TestLink.Start(server, options => (options.FailFast, options.ServerAddress) = (true, "no-such-host.invalid"));
        Assert.That(link.Failure().Message, Does.Contain("no-such-host.invalid"));
    }

    [Test]
    public async Task All_addresses_of_a_name_are_tried()
    {
        // Most systems know localhost by an address of each family; the server listens on one of them.
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        await using TestLink link = TestLink.Start(server, options => options.ServerAddress = $"localhost:{server.EndPoint.Port}");
        (HandConnection connection, HandStream stream, _) = await server.AcceptRequestAsync();
        Assert.That(connection.Connection.TargetHostName, Is.EqualTo("localhost"));
        await HandControlServer.AnswerAsync(connection, stream);
        await link.AuthenticatedAsync();
    }

    [Test]
    public async Task Refusal_while_other_attempts_are_under_way_is_final()
    {
        ManualTimers clock = new();
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        await using TestLink link = TestLink.Start(server, options => options.TimeProvider = clock);
        var first = await server.AcceptRequestAsync();
        await clock.FireAsync(s_second);
        var second = await server.AcceptRequestAsync();
        await second.Stream.SendAsync(new AuthenticateResp { Error = new Error { Code = ErrorCode.AuthenticationFailed, Message = "no" } });
        Assert.That(link.Failure().Error, Is.EqualTo(ConnetClientError.AuthenticationRefused));
        await first.Connection.ClosedAsync();
    }

    [Test]
    public async Task Stopping_while_nobody_answers_ends_the_attempts()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        TestLink link = TestLink.Start(server);
        var first = await server.AcceptRequestAsync();
        await link.DisposeAsync();
        await first.Connection.ClosedAsync();
        Assert.That(link.Link.Completion.IsCompletedSuccessfully);
        Assert.That(link.Link.Authenticated.IsCanceled);
    }
}
