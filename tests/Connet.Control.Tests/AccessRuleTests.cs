using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.Identities;
using Connet.Protocol.Keys;
using Connet.Quic;
using Google.Protobuf;
using RelayRequest = Connet.Protocol.ControlRelays.AuthenticateReq;
using RelayResponse = Connet.Protocol.ControlRelays.AuthenticateResp;

namespace Connet.Control.Tests;

/// <summary>
/// Every access rule (protocol.md section 4.3): in what order they are asked, the code that a refused peer gets, and the line that the
/// operator gets.
/// </summary>
public sealed class AccessRuleTests
{
    private const string NotKnown = "The token is not known here.";
    private const string NotFromHere = "The token may not be used from this address.";

    private static readonly PeerIdentity s_identity = HandIdentity.Peer();

    private static readonly (string What, string[] Allow, string[] Deny, bool IsAllowed)[] s_addresses =
    [
        ("no rules", [], [], true),
        ("a prefix that allows", ["127.0.0.0/8"], [], true),
        ("a plain address that allows", ["127.0.0.1"], [], true),
        ("one of several that allows", ["192.0.2.0/24", "127.0.0.1/32"], [], true),
        ("an IPv4-mapped address that allows", ["::ffff:127.0.0.1"], [], true),
        ("an IPv4-mapped prefix that allows", ["::ffff:127.0.0.0/104"], [], true),
        ("bits beyond the prefix", ["127.255.255.255/8"], [], true),
        ("a plain address that allows another", ["127.0.0.2"], [], false),
        ("a prefix of the other family", ["::/0"], [], false),
        ("an address that is denied", [], ["127.0.0.1"], false),
        ("an IPv4-mapped address that is denied", [], ["::ffff:127.0.0.1"], false),
        ("denied and allowed", ["127.0.0.1"], ["127.0.0.0/8"], false),
        ("another that is denied", [], ["127.0.0.2", "10.0.0.0/8"], true),
        ("everything denied", ["0.0.0.0/0"], ["0.0.0.0/0"], false),
    ];

    private static readonly (string What, string Names, string[] Roles, Request Request, ErrorCode? Code)[] s_streams =
    [
        ("no rules", "", [], Announce("web"), null),
        ("a name that matches somewhere", "web", [], Announce("my-web-2"), null),
        ("a name in another case", "web", [], Announce("WEB"), ErrorCode.EndpointNotAllowed),
        ("a name that is anchored", "^web$", [], Announce("web"), null),
        ("a name anchored at its start", "^web", [], Announce("my-web"), ErrorCode.EndpointNotAllowed),
        ("a name anchored at its end", "web$", [], Announce("web-2"), ErrorCode.EndpointNotAllowed),
        ("an end is the end, not the last line", "^web$", [], Announce("web\n"), ErrorCode.EndpointNotAllowed),
        ("one of two names", "^(web|db)$", [], Announce("db"), null),
        ("a role", "", ["destination"], Announce("web"), null),
        ("both roles", "", ["source", "destination"], Announce("web"), null),
        ("the other role", "", ["source"], Announce("web"), ErrorCode.RoleNotAllowed),
        ("no role", "", [], Announce("web", Role.Unknown), ErrorCode.RoleNotAllowed),
        ("the name before the role", "^db$", ["source"], Announce("web"), ErrorCode.EndpointNotAllowed),
        ("the role before the certificates", "", ["source"], Announce("web", Role.Destination, server: false, client: false), ErrorCode.RoleNotAllowed),
        ("the client's certificate first", "", [], Announce("web", Role.Destination, server: false, client: false), ErrorCode.AnnounceInvalidClientCertificate),
        ("the server's certificate", "", [], Announce("web", Role.Destination, server: false), ErrorCode.AnnounceInvalidServerCertificate),
        ("relays of a name", "^web$", ["destination"], Relay("web", Role.Destination), null),
        ("relays of another name", "^db$", ["destination"], Relay("web", Role.Destination), ErrorCode.EndpointNotAllowed),
        ("relays for the other role", "", ["source"], Relay("web", Role.Destination), ErrorCode.RoleNotAllowed),
        ("relays: the name before the role", "^db$", ["source"], Relay("web", Role.Destination), ErrorCode.EndpointNotAllowed),
        ("relays: the role before the certificate", "", ["source"], Relay("web", Role.Destination, client: false), ErrorCode.RoleNotAllowed),
        ("relays without a certificate", "", [], Relay("web", Role.Destination, client: false), ErrorCode.RelayInvalidCertificate),
    ];

    private static IEnumerable<TestCaseData> Addresses =>
        from each in s_addresses
        from generation in new[] { 1, 2 }
        from kind in new[] { ConnectionKind.ControlClients, ConnectionKind.ControlRelays }
        select new TestCaseData(kind, generation, each.Allow, each.Deny, each.IsAllowed).SetArgDisplayNames(each.What, kind.ToString(), $"generation {generation}");

    private static IEnumerable<TestCaseData> Streams =>
        from each in s_streams
        from generation in new[] { 1, 2 }
        select new TestCaseData(generation, each.Names, each.Roles, each.Request.ToByteArray(), (int?)each.Code)
            .SetArgDisplayNames(each.What, each.Code?.ToString() ?? "permitted", $"generation {generation}");

    [TestCaseSource(nameof(Addresses))]
    public async Task The_rules_of_an_ingress_come_before_the_handshake(ConnectionKind kind, int generation, string[] allow, string[] deny, bool isAllowed)
    {
        using LogLines log = new();
        await using ControlHarness harness = await StartAsync(log, options =>
        {
            foreach (ControlIngressOptions ingress in options.ClientIngresses.Concat(options.RelayIngresses))
            {
                (ingress.AllowCidrs, ingress.DenyCidrs) = ([.. allow], [.. deny]);
            }
        });
        if (isAllowed)
        {
            Assert.That(await AuthenticateAsync(harness, kind, generation, TokenOf(kind)), Is.Null);
            return;
        }

        // With a token that nobody knows: it is not even asked for.
        QuicException refused = Assert.ThrowsAsync<QuicException>(() => AuthenticateAsync(harness, kind, generation, "unknown"))!;
        Assert.That((refused.QuicError, refused.TransportErrorCode), Is.EqualTo((QuicError.ConnectionRefused, (long?)2)));
        string side = kind == ConnectionKind.ControlClients ? "clients" : "relays";
        await ControlHarness.UntilAsync(() => log.Count($"Information 18 Refused {harness.Endpoint.LocalEndPoint} before its handshake", $"the ingress for {side} at 127.0.0.1:0") > 0);
    }

    [TestCaseSource(nameof(Addresses))]
    public async Task The_rules_of_a_token_for_addresses_come_after_the_token(ConnectionKind kind, int generation, string[] allow, string[] deny, bool isAllowed)
    {
        using LogLines log = new();
        await using ControlHarness harness = await StartAsync(log, options =>
        {
            // A relay's token says nothing about names and roles.
            TokenRestrictionOptions rule = new() { AllowCidrs = [.. allow], DenyCidrs = [.. deny], NameMatches = "^nothing$", RoleMatches = ["source"] };
            (options.ClientTokenRestrictions, options.RelayTokenRestrictions) = ([rule], [rule]);
        });
        Assert.That(await AuthenticateAsync(harness, kind, generation, "unknown"), Is.EqualTo(NotKnown));
        Assert.That(await AuthenticateAsync(harness, kind, generation, TokenOf(kind)), Is.EqualTo(isAllowed ? null : NotFromHere));
        await ControlHarness.UntilAsync(() => log.Count($"Information 4 Refused {harness.Endpoint.LocalEndPoint} with AuthenticationFailed: {NotKnown}") == 1);
        await ControlHarness.UntilAsync(() => log.Count($"Information 4 Refused {harness.Endpoint.LocalEndPoint} with AuthenticationFailed: {NotFromHere}") == (isAllowed ? 0 : 1));
        Assert.That(log.Lines, Has.None.Contains("unknown").And.None.Contains(TokenOf(kind)), "no token is logged, a wrong one neither");
    }

    [TestCaseSource(nameof(Streams))]
    public async Task A_stream_is_checked_by_name_then_role_then_certificates(int generation, string names, string[] roles, byte[] request, int? code)
    {
        using LogLines log = new();
        await using ControlHarness harness = await StartAsync(log, options =>
            options.ClientTokenRestrictions.Add(new TokenRestrictionOptions { NameMatches = names, RoleMatches = [.. roles] }));
        HandConnection client = await harness.AcceptedClientAsync((ProtocolGeneration)generation);
        HandStream stream = await client.RequestAsync(Request.Parser.ParseFrom(request));
        if (code is not { } expected)
        {
            Assert.That((await stream.ReceiveAsync(Response.Parser)).Error, Is.Null);
            return;
        }

        Error error = await stream.ErrorAsync();
        Assert.That((int)error.Code, Is.EqualTo(expected));
        string id = (await harness.SingleClientAsync()).Id;
        string line = $"Information 8 Ended a stream of client {id} from {harness.Endpoint.LocalEndPoint} with {(ProtocolErrorCode)expected}: {error.Message}";
        Assert.That(log.Count(line), Is.EqualTo(1));
        Assert.That(client.Connection.IsClosed, Is.False, "the other streams go on");
    }

    [Test]
    public async Task Each_token_has_its_own_rules_in_the_order_of_the_list()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync(options =>
        {
            options.ClientTokens = ["first", "second", "third"];
            options.ClientTokenRestrictions = [new() { NameMatches = "^a$" }, new() { DenyCidrs = { "127.0.0.1" } }, new() { RoleMatches = { "source" } }];
        });
        (HandConnection first, _) = await harness.ClientAsync(token: "first");
        Assert.That((await (await first.RequestAsync(Announce("b"))).ErrorAsync()).Code, Is.EqualTo(ErrorCode.EndpointNotAllowed));
        Assert.That(await (await first.RequestAsync(Announce("a"))).PeersAsync(), Is.Empty);
        Assert.That(await AuthenticateAsync(harness, ConnectionKind.ControlClients, 2, "second"), Is.EqualTo(NotFromHere));
        (HandConnection third, _) = await harness.ClientAsync(token: "third");
        Assert.That((await (await third.RequestAsync(Announce("b"))).ErrorAsync()).Code, Is.EqualTo(ErrorCode.RoleNotAllowed));
    }

    [TestCase(":0", "127.0.0.1")]
    [TestCase(":0", "::ffff:127.0.0.0/104")]
    public async Task On_a_socket_for_both_families_an_ipv4_client_is_matched_as_one(string address, string denied)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync(options =>
        {
            options.ClientIngresses[0].Address = address;
            options.ClientIngresses[0].DenyCidrs.Add(denied);
        });
        IPEndPoint remote = new(IPAddress.Loopback, harness.Server.ClientEndPoints[0].Port);
        QuicException refused = Assert.ThrowsAsync<QuicException>(() => HandConnection.DialAsync(
            harness.Endpoint, remote, ConnectionKind.ControlClients, ProtocolGeneration.Second, ControlHarness.Validation))!;
        Assert.That(refused.QuicError, Is.EqualTo(QuicError.ConnectionRefused));
    }

    [Test]
    public async Task Refused_addresses_do_not_flood_the_log()
    {
        using LogLines log = new();
        await using ControlHarness harness = await StartAsync(log, options => options.ClientIngresses[0].DenyCidrs.Add("127.0.0.1"));
        for (int i = 0; i < 15; i++)
        {
            Assert.ThrowsAsync<QuicException>(() => harness.DialAsync(ConnectionKind.ControlClients, ProtocolGeneration.Second));
        }

        Assert.That(log.Count("Information 18"), Is.EqualTo(10));
        harness.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.ThrowsAsync<QuicException>(() => harness.DialAsync(ConnectionKind.ControlClients, ProtocolGeneration.Second));
        await ControlHarness.UntilAsync(() => log.Count("Information 18") > 10);
        int suppressed = int.Parse(Regex.Match(log.Lines.Where(line => line.Contains("Information 18", StringComparison.Ordinal)).ElementAt(10), @"\((\d+) more were refused").Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.That(suppressed, Is.GreaterThanOrEqualTo(5), "the rest is counted");
    }

    private static Task<ControlHarness> StartAsync(LogLines log, Action<ControlServerOptions> configure) => ControlHarness.StartAsync(options =>
    {
        options.LoggerFactory = log;
        configure(options);
    });

    private static string TokenOf(ConnectionKind kind) => kind == ConnectionKind.ControlClients ? ControlHarness.Token : ControlHarness.RelayToken;

    /// <summary>Authenticates by hand.</summary>
    /// <returns>Why it was refused, by message and by close; null if it was not.</returns>
    private static async Task<string?> AuthenticateAsync(ControlHarness harness, ConnectionKind kind, int generation, string token)
    {
        HandConnection connection = await harness.DialAsync(kind, (ProtocolGeneration)generation);
        HandStream stream = await connection.OpenAsync();
        Error? error;
        if (kind == ConnectionKind.ControlClients)
        {
            await stream.SendAsync(new AuthenticateReq { Token = token });
            error = (await stream.ReceiveAsync(AuthenticateResp.Parser)).Error;
        }
        else
        {
            RelayRequest request = ControlHarness.RelayRequest(X25519KeyPair.Generate(), HandIdentity.Relay());
            request.Token = token;
            await stream.SendAsync(request);
            error = (await stream.ReceiveAsync(RelayResponse.Parser)).Error;
        }

        if (error is null)
        {
            return null;
        }

        Assert.That(error.Code, Is.EqualTo(ErrorCode.AuthenticationFailed));
        QuicException closed = await connection.ClosedAsync();
        Assert.That((closed.QuicError, closed.ApplicationErrorCode), Is.EqualTo((QuicError.ConnectionAborted, (long?)100)));
        return error.Message;
    }

    private static Request Announce(string name, Role role = Role.Destination, bool server = true, bool client = true)
    {
        Peer peer = s_identity.ToPeer();
        peer.ServerCertificate = server ? peer.ServerCertificate : ByteString.Empty;
        peer.ClientCertificate = client ? peer.ClientCertificate : ByteString.CopyFrom(0x30, 1);
        return Requests.Announce(name, role, peer);
    }

    private static Request Relay(string name, Role role, bool client = true) =>
        Requests.Relay(name, role, client ? s_identity.Client.Certificate.Span : []);
}
