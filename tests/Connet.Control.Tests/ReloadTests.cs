using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;
using Connet.Protocol.Keys;
using Connet.Quic;
using RelayResponse = Connet.Protocol.ControlRelays.AuthenticateResp;

namespace Connet.Control.Tests;

/// <summary>Options that change while the server runs.</summary>
public sealed class ReloadTests
{
    [TestCase(1)]
    [TestCase(2)]
    public async Task A_removed_token_closes_its_sessions_and_leaves_the_others_alone(int generation)
    {
        using LogLines log = new();
        await using ControlHarness harness = await StartAsync(log, options => options.ClientTokens.Add("other"));
        (HandConnection removed, _) = await harness.ClientAsync((ProtocolGeneration)generation, metadata: "removed");
        (HandConnection kept, _) = await harness.ClientAsync((ProtocolGeneration)generation, token: "other");
        await (await removed.AnnounceAsync("web", Role.Destination, HandIdentity.Peer())).PeersAsync();
        HandStream watched = await kept.AnnounceAsync("web", Role.Source, HandIdentity.Peer());
        Assert.That(await watched.PeersAsync(), Has.Count.EqualTo(1));

        await harness.Server.ReloadAsync(Options(log, options => options.ClientTokens = ["other", "new"]));

        QuicException closed = await removed.ClosedAsync();
        Assert.That((closed.QuicError, closed.ApplicationErrorCode), Is.EqualTo((QuicError.ConnectionAborted, (long?)100)));
        Assert.That(await watched.PeersAsync(), Is.Empty, "what it announced goes at once: it cannot come back");
        Assert.That(harness.Server.GetStatus().ExpiringEndpoints, Is.Zero);
        Assert.That(log.Count("Information 17 Closed the connection of client", "with AuthenticationFailed", "not known here"), Is.EqualTo(1));
        Assert.That((await harness.ClientAsync((ProtocolGeneration)generation, token: "new")).Response.Error, Is.Null);
        Assert.That(kept.Connection.IsClosed, Is.False);
        await AssertServedAsync(kept, "web");
    }

    [Test]
    public async Task What_a_dead_client_of_a_removed_token_left_is_gone()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync(options => options.ClientTokens.Add("other"));
        HandConnection dead = await harness.AcceptedClientAsync();
        await (await dead.AnnounceAsync("web", Role.Destination, HandIdentity.Peer())).PeersAsync();
        await (await dead.AnnounceAsync("db", Role.Destination, HandIdentity.Peer())).PeersAsync();
        await dead.Connection.CloseAsync(0, "");
        await ControlHarness.UntilAsync(() => harness.Server.GetStatus().ExpiringEndpoints == 2);
        await harness.Server.ReloadAsync(Options(null, options => options.ClientTokenRestrictions.Add(new() { NameMatches = "db" })));
        Assert.That(harness.Server.GetStatus().ExpiringEndpoints, Is.EqualTo(1), "the name that its token does not permit any more is gone");
        await harness.Server.ReloadAsync(Options(null, options => options.ClientTokens = ["other"]));
        Assert.That(harness.Server.GetStatus().ExpiringEndpoints, Is.Zero);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_token_denied_at_its_address_closes_its_sessions(int generation)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection client = await harness.AcceptedClientAsync((ProtocolGeneration)generation);
        await harness.Server.ReloadAsync(Options(null, options => options.ClientTokenRestrictions.Add(new() { AllowCidrs = { "192.0.2.0/24" } })));
        Assert.That((await client.ClosedAsync()).ApplicationErrorCode, Is.EqualTo(100));
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task An_address_that_the_ingress_denies_now_is_refused_and_its_sessions_end(int generation)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection client = await harness.AcceptedClientAsync((ProtocolGeneration)generation);
        await harness.Server.ReloadAsync(Options(null, options => options.ClientIngresses[0].DenyCidrs.Add("127.0.0.1")));
        Assert.That((await client.ClosedAsync()).ApplicationErrorCode, Is.EqualTo(100));
        QuicException refused = Assert.ThrowsAsync<QuicException>(() => harness.DialAsync(ConnectionKind.ControlClients, (ProtocolGeneration)generation))!;
        Assert.That(refused.QuicError, Is.EqualTo(QuicError.ConnectionRefused));
        await harness.Server.ReloadAsync(Options());
        Assert.That((await harness.ClientAsync((ProtocolGeneration)generation)).Response.Error, Is.Null);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_relays_token_that_is_removed_takes_the_relay_from_the_lists(int generation)
    {
        using LogLines log = new();
        await using ControlHarness harness = await StartAsync(log);
        (HandConnection relay, RelayResponse response) = await harness.RelayAsync(
            ControlHarness.RelayRequest(X25519KeyPair.Generate(), HandIdentity.Relay()), (ProtocolGeneration)generation);
        Assert.That(response.Error, Is.Null);
        HandConnection client = await harness.AcceptedClientAsync((ProtocolGeneration)generation);
        PeerIdentity identity = HandIdentity.Peer();
        HandStream relays = await client.RequestAsync(Requests.Relay("web", Role.Source, identity.Client.Certificate.Span));
        Assert.That(await relays.RelaysAsync(), Has.Count.EqualTo(1));

        // Its session is through with the start when it refuses a stream: what comes now is the reload alone.
        HandStream refused = await relay.OpenAsync();
        await refused.SendAsync(new Request());
        await refused.ReceiveFailureAsync();
        await harness.Server.ReloadAsync(Options(log, options => options.RelayTokens = ["another relay's token"]));
        Assert.That((await relay.ClosedAsync()).ApplicationErrorCode, Is.EqualTo(100));
        Assert.That(await relays.RelaysAsync(), Is.Empty);
        Assert.That(log.Count("Information 17 Closed the connection of relay", "with AuthenticationFailed"), Is.EqualTo(1));
        Assert.That(client.Connection.IsClosed, Is.False);
    }

    [TestCase(1, "^db$", "", 101)]
    [TestCase(2, "^db$", "", 101)]
    [TestCase(1, "", "source", 102)]
    [TestCase(2, "", "source", 102)]
    [TestCase(2, "^db$", "source", 101)]
    public async Task A_stream_that_is_not_permitted_any_more_ends_and_the_others_go_on(int generation, string names, string role, int code)
    {
        using LogLines log = new();
        await using ControlHarness harness = await StartAsync(log);
        HandConnection client = await harness.AcceptedClientAsync((ProtocolGeneration)generation);
        HandConnection other = await harness.AcceptedClientAsync((ProtocolGeneration)generation);
        PeerIdentity identity = HandIdentity.Peer();
        HandStream announced = await client.AnnounceAsync("web", Role.Destination, identity);
        Assert.That(await announced.PeersAsync(), Is.Empty);
        HandStream relays = await client.RequestAsync(Requests.Relay("web", Role.Destination, identity.Client.Certificate.Span));
        Assert.That(await relays.RelaysAsync(), Is.Empty);
        HandStream kept = await other.AnnounceAsync("db", Role.Source, HandIdentity.Peer());
        Assert.That(await kept.PeersAsync(), Is.Empty);

        await harness.Server.ReloadAsync(Options(
            log, options => options.ClientTokenRestrictions.Add(new() { NameMatches = names, RoleMatches = role.Length > 0 ? [role] : [] })));

        Assert.That((int)(await announced.ErrorAsync()).Code, Is.EqualTo(code));
        Assert.That((int)(await relays.ErrorAsync()).Code, Is.EqualTo(code));
        Assert.That(client.Connection.IsClosed, Is.False);
        Assert.That(log.Count("Information 8 Ended a stream of client", $"with {(ProtocolErrorCode)code}"), Is.EqualTo(2));
        await ControlHarness.UntilAsync(() => harness.Server.GetStatus().Clients.Sum(each => each.Endpoints.Count) == 1);
        await kept.SendAsync(Requests.Announce("db", Role.Source, HandIdentity.Peer().ToPeer("192.0.2.1:1")));
        await ControlHarness.UntilAsync(() => harness.Server.GetStatus().Clients.Any(each => each.Endpoints.Any(endpoint => endpoint.DirectAddresses == 1)));
        Assert.That((int)(await (await client.AnnounceAsync("web", Role.Destination, identity)).ErrorAsync()).Code, Is.EqualTo(code), "nor is a new one");
    }

    [Test]
    public async Task New_handshakes_meet_the_new_certificate_and_sessions_go_on()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection before = await harness.AcceptedClientAsync();
        QuicCertificate renewed = HandIdentity.Relay().ToQuic();
        await harness.Server.ReloadAsync(Options(null, options => options.Certificate = renewed));
        Assert.ThrowsAsync<QuicException>(() => harness.DialAsync(ConnectionKind.ControlClients, ProtocolGeneration.Second));
        HandConnection after = await HandConnection.DialAsync(
            harness.Endpoint,
            harness.Server.ClientEndPoints[0],
            ConnectionKind.ControlClients,
            ProtocolGeneration.Second,
            QuicCertificateValidation.Pinned(renewed.RawLeaf));
        HandStream stream = await after.OpenAsync();
        await stream.SendAsync(new AuthenticateReq { Token = ControlHarness.Token });
        Assert.That((await stream.ReceiveAsync(AuthenticateResp.Parser)).Error, Is.Null);
        await AssertServedAsync(before, "web");
    }

    private static IEnumerable<TestCaseData> Refused()
    {
        yield return Case("another address", options => options.ClientIngresses[0].Address = "127.0.0.1:1", "The list of addresses of ClientIngresses was '127.0.0.1:0'");
        yield return Case("one more ingress", options => options.RelayIngresses.Add(new() { Address = "127.0.0.1:0" }), "The number of RelayIngresses was 1");
        yield return Case("no relays", options => options.RelayIngresses.Clear(), "The number of RelayIngresses was 1");
        yield return Case("another expiry", options => options.EndpointExpiry = TimeSpan.Zero, "EndpointExpiry was 00:00:30");
        yield return Case("another limit", options => options.Limits.MaxNameLength = 7, "Limits.MaxNameLength was 256 and cannot become 7");
        yield return Case("a rule that is none", options => options.ClientTokenRestrictions.Add(new() { NameMatches = "(" }), "ClientTokenRestrictions[0]");
        yield return Case("too few rules", options => (options.ClientTokens, options.ClientTokenRestrictions) = (["a", "b"], [new()]), "ClientTokenRestrictions has 1 entries");
        yield return Case("a prefix that is none", options => options.ClientIngresses[0].DenyCidrs.Add("10.0.0.0/33"), "10.0.0.0/33");
        yield return Case("no file", options => (options.Certificate, options.CertificateFile, options.KeyFile) = (null, "/nowhere/a.pem", "/nowhere/a.key"), "/nowhere/a.pem");

        static TestCaseData Case(string what, Action<ControlServerOptions> change, string says) => new TestCaseData(change, says).SetArgDisplayNames(what);
    }

    [TestCaseSource(nameof(Refused))]
    public async Task What_cannot_change_or_is_not_valid_changes_nothing(Action<ControlServerOptions> change, string says)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection client = await harness.AcceptedClientAsync();
        ControlServerOptions options = Options(null, options => options.ClientTokens = ["new"]);
        change(options);
        ControlServerException failure = Assert.ThrowsAsync<ControlServerException>(async () => await harness.Server.ReloadAsync(options))!;
        Assert.That(failure.Message, Does.Contain(says).And.Contain("keeps its options").Or.Contain(says).And.Contain("cannot be read"));
        Assert.That(failure.Message, Does.Not.Contain("\n"));
        await AssertServedAsync(client, "web");
        Assert.That((await harness.ClientAsync()).Response.Error, Is.Null, "the old token");
        Assert.That((await harness.ClientAsync(token: "new")).Response.Error?.Code, Is.EqualTo(ErrorCode.AuthenticationFailed));
    }

    [Test]
    public async Task A_stopped_server_takes_no_options()
    {
        ControlHarness harness = await ControlHarness.StartAsync();
        await harness.DisposeAsync();
        Assert.ThrowsAsync<ControlServerException>(async () => await harness.Server.ReloadAsync(Options()));
    }

    [Test]
    public async Task Sessions_that_come_and_go_during_changes_end_up_under_the_last_rules()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync(options => options.ClientTokens.Add("other"));
        List<Task<(HandConnection Connection, AuthenticateResp Response)>> dials = [];
        for (int i = 0; i < 40; i++)
        {
            dials.Add(harness.ClientAsync((ProtocolGeneration)((i % 2) + 1), token: i % 3 == 0 ? "other" : ControlHarness.Token));
            if (i % 4 == 3)
            {
                await harness.Server.ReloadAsync(Options(null, options => options.ClientTokens = i % 8 == 7 ? ["other"] : ["other", ControlHarness.Token]));
            }
        }

        await harness.Server.ReloadAsync(Options(null, options => options.ClientTokens = ["other"]));
        foreach (Task<(HandConnection, AuthenticateResp)> dial in dials)
        {
            // Refused ones may be closed before they have read why.
            await dial.ContinueWith(_ => { }, TaskScheduler.Default);
        }

        HandConnection[] open = [.. dials.Where(dial => dial.IsCompletedSuccessfully && dial.Result.Response.Error is null).Select(dial => dial.Result.Connection)];
        await ControlHarness.UntilAsync(() => open.Count(each => !each.Connection.IsClosed) == 14);
        await ControlHarness.UntilAsync(() => harness.Server.GetStatus().Clients.Count == 14);
    }

    private static ControlServerOptions Options(LogLines? log = null, Action<ControlServerOptions>? configure = null)
    {
        ControlServerOptions options = ControlHarness.Options();
        options.LoggerFactory = log;
        configure?.Invoke(options);
        return options;
    }

    private static Task<ControlHarness> StartAsync(LogLines log, Action<ControlServerOptions>? configure = null) => ControlHarness.StartAsync(options =>
    {
        options.LoggerFactory = log;
        configure?.Invoke(options);
    });

    private static async Task AssertServedAsync(HandConnection client, string name)
    {
        HandStream stream = await client.AnnounceAsync(name, Role.Source, HandIdentity.Peer());
        Assert.That(await stream.PeersAsync(), Is.Empty);
    }
}
