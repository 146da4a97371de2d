using System.Net;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Quic;
using Google.Protobuf;

namespace Connet.Control.Tests;

/// <summary>The first stream of a client's connection, by hand (protocol.md section 4).</summary>
public sealed class AuthenticationTests
{
    private const long AuthenticationFailed = 100;
    private const long RequestUnknown = 1;

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_known_token_is_answered_with_address_and_reconnect_token(int generation)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        (HandConnection connection, AuthenticateResp response) = await harness.ClientAsync((ProtocolGeneration)generation);
        Assert.That(response.Error, Is.Null);
        Assert.That(response.Public.Addr.V4.ToByteArray(), Is.EqualTo(new byte[] { 127, 0, 0, 1 }));
        Assert.That(response.Public.Addr.V6, Is.Empty);
        Assert.That(response.Public.Port, Is.EqualTo(harness.Endpoint.LocalEndPoint.Port));
        Assert.That(response.ReconnectToken, Has.Length.EqualTo(24 + 16 + 52));
        Assert.That(connection.Connection.IsClosed, Is.False);
    }

    [Test]
    public async Task An_ipv4_client_of_a_socket_for_both_families_is_told_an_ipv4_address()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync(options => options.ClientIngresses[0].Address = ":0");
        await using QuicEndpoint endpoint = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 0) });
        HandConnection connection = await HandConnection.DialAsync(
            endpoint, new IPEndPoint(IPAddress.Loopback, harness.Server.ClientEndPoints[0].Port), ConnectionKind.ControlClients, ProtocolGeneration.Second, ControlHarness.Validation);
        HandStream stream = await connection.OpenAsync();
        await stream.SendAsync(new AuthenticateReq { Token = ControlHarness.Token });
        AuthenticateResp response = await stream.ReceiveAsync(AuthenticateResp.Parser);
        Assert.That(response.Public.Addr.V4.ToByteArray(), Is.EqualTo(new byte[] { 127, 0, 0, 1 }));
        Assert.That((await harness.SingleClientAsync()).RemoteEndPoint.Address, Is.EqualTo(IPAddress.Loopback));
    }

    [TestCase(1, "")]
    [TestCase(2, "")]
    [TestCase(1, "wrong")]
    [TestCase(2, "wrong")]
    [TestCase(2, "a client's tokem")]
    [TestCase(2, ControlHarness.RelayToken)]
    public async Task An_unknown_token_is_refused_by_message_and_by_close(int generation, string token)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection connection = await harness.DialAsync(ConnectionKind.ControlClients, (ProtocolGeneration)generation);
        HandStream stream = await connection.OpenAsync();
        await stream.SendAsync(new AuthenticateReq { Token = token });
        await AssertRefusedAsync(connection, stream, AuthenticationFailed);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_token_is_refused_where_it_may_not_be_used(int generation)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync(options =>
            options.ClientTokenRestrictions.Add(new TokenRestrictionOptions { DenyCidrs = { "127.0.0.0/8" } }));
        HandConnection connection = await harness.DialAsync(ConnectionKind.ControlClients, (ProtocolGeneration)generation);
        HandStream stream = await connection.OpenAsync();
        await stream.SendAsync(new AuthenticateReq { Token = ControlHarness.Token });
        await AssertRefusedAsync(connection, stream, AuthenticationFailed);
    }

    [Test]
    public async Task Of_a_token_listed_twice_the_last_restriction_holds()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync(options =>
        {
            options.ClientTokens.Add("another");
            options.ClientTokens.Add(ControlHarness.Token);
            options.ClientTokenRestrictions = [new() { DenyCidrs = { "0.0.0.0/0" } }, new() { DenyCidrs = { "0.0.0.0/0" } }, new() { NameMatches = "^b$" }];
        });
        HandConnection client = await harness.AcceptedClientAsync();
        Assert.That((await (await client.AnnounceAsync("a", Role.Source, HandIdentity.Peer())).ErrorAsync()).Code, Is.EqualTo(ErrorCode.EndpointNotAllowed));
        Assert.That(await (await client.AnnounceAsync("b", Role.Source, HandIdentity.Peer())).PeersAsync(), Is.Empty);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task An_address_that_the_ingress_denies_is_refused_before_tls(int generation)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync(options =>
        {
            options.ClientIngresses[0].DenyCidrs.Add("127.0.0.1");
            options.RelayIngresses[0].AllowCidrs.Add("192.0.2.0/24");
        });
        foreach (ConnectionKind kind in new[] { ConnectionKind.ControlClients, ConnectionKind.ControlRelays })
        {
            QuicException? refused = Assert.ThrowsAsync<QuicException>(() => harness.DialAsync(kind, (ProtocolGeneration)generation));
            Assert.That(refused!.QuicError, Is.EqualTo(QuicError.ConnectionRefused));
            Assert.That(refused.TransportErrorCode, Is.EqualTo(2));
        }
    }

    [TestCase(null)]
    [TestCase("some.name.example")]
    public async Task A_client_with_any_name_or_none_is_served(string? serverName)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection connection = await harness.DialAsync(ConnectionKind.ControlClients, ProtocolGeneration.Second, serverName);
        Assert.That(connection.Connection.TargetHostName, Is.EqualTo(serverName).Or.Null);
        HandStream stream = await connection.OpenAsync();
        await stream.SendAsync(new AuthenticateReq { Token = ControlHarness.Token });
        Assert.That((await stream.ReceiveAsync(AuthenticateResp.Parser)).Error, Is.Null);
    }

    [TestCase(ConnectionKind.ControlClients, "connet-client/0.3", "connet-control/0.4", "connet-control/0.4")]
    [TestCase(ConnectionKind.ControlClients, "connet-client/0.3", null, "connet-client/0.3")]
    [TestCase(ConnectionKind.ControlRelays, "connet-relay/0.3", "connet-control-relays/0.4", "connet-control-relays/0.4")]
    [TestCase(ConnectionKind.ControlRelays, "connet-relay/0.3", null, "connet-relay/0.3")]
    public async Task The_newest_common_generation_is_chosen(ConnectionKind kind, string first, string? second, string expected)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        await using QuicConnection connection = await DialAsync(harness, kind, second is null ? [first] : [first, second]);
        Assert.That(connection.NegotiatedApplicationProtocol, Is.EqualTo(expected));
    }

    [TestCase(ConnectionKind.ControlClients, "connet-relay/0.3")]
    [TestCase(ConnectionKind.ControlRelays, "connet-control/0.4")]
    public async Task No_common_protocol_fails_the_handshake(ConnectionKind kind, string protocol)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        QuicException? refused = Assert.ThrowsAsync<QuicException>(() => DialAsync(harness, kind, [protocol]));
        Assert.That(refused!.TransportErrorCode, Is.EqualTo(0x178));
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task What_is_no_request_is_refused(int generation)
    {
        ProtocolGeneration framing = (ProtocolGeneration)generation;
        await using ControlHarness harness = await ControlHarness.StartAsync();
        byte[] whole = HandFraming.Encode(new AuthenticateReq { Token = ControlHarness.Token }, framing);
        foreach (ConnectionKind kind in new[] { ConnectionKind.ControlClients, ConnectionKind.ControlRelays })
        {
            foreach ((byte[] bytes, bool complete) in new (byte[], bool)[]
            {
                ([.. HandFraming.Length(3, framing), 0xff, 0xff, 0xff], false),
                (HandFraming.Length(64 * 1024 + 1, framing), false),
                (HandFraming.Length(framing == ProtocolGeneration.First ? ulong.MaxValue : uint.MaxValue, framing), false),
                (whole[..^3], true),
                (whole[..3], true),
                ([], true),
            })
            {
                HandConnection connection = await harness.DialAsync(kind, framing);
                HandStream stream = await connection.OpenAsync();
                await stream.SendBytesAsync(bytes, complete);
                await AssertRefusedAsync(connection, stream, RequestUnknown);
            }
        }
    }

    [TestCase(ConnectionKind.ControlClients, 1)]
    [TestCase(ConnectionKind.ControlClients, 2)]
    [TestCase(ConnectionKind.ControlRelays, 1)]
    [TestCase(ConnectionKind.ControlRelays, 2)]
    public async Task The_message_that_refuses_what_is_no_request_is_read_before_the_close(ConnectionKind kind, int generation)
    {
        ProtocolGeneration framing = (ProtocolGeneration)generation;
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection connection = await harness.DialAsync(kind, framing);
        HandStream stream = await connection.OpenAsync();
        await stream.SendBytesAsync((byte[])[.. HandFraming.Length(3, framing), 0xff, 0xff, 0xff]);

        // The message leaves before the close, loopback keeps the order, and what had arrived before a close can still be read.
        Error error = (await stream.ReceiveAsync(AuthenticateResp.Parser)).Error;
        Assert.That((long)error.Code, Is.EqualTo(RequestUnknown));
        Assert.That(error.Message, Is.Not.Empty);
        Assert.That(await stream.ReceiveToEndAsync(), Is.Empty);
        Assert.That((await connection.ClosedAsync()).ApplicationErrorCode, Is.EqualTo(RequestUnknown));
    }

    [TestCase(ConnectionKind.ControlClients, 1)]
    [TestCase(ConnectionKind.ControlClients, 2)]
    [TestCase(ConnectionKind.ControlRelays, 1)]
    [TestCase(ConnectionKind.ControlRelays, 2)]
    public async Task Whoever_says_nothing_is_closed(ConnectionKind kind, int generation)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection without = await harness.DialAsync(kind, (ProtocolGeneration)generation);
        HandConnection half = await harness.DialAsync(kind, (ProtocolGeneration)generation);
        HandStream stream = await half.OpenAsync();
        await stream.SendBytesAsync(new byte[] { 0 });

        // The clock is the test's: it moves again and again, because both connections have to wait on it first.
        Task<QuicException> first = without.ClosedAsync();
        Task<QuicException> second = half.ClosedAsync();
        await ControlHarness.UntilAsync(() =>
        {
            harness.Clock.Advance(TimeSpan.FromSeconds(6));
            return first.IsCompleted && second.IsCompleted;
        });
        foreach (QuicException closed in new[] { await first, await second })
        {
            Assert.That(closed.QuicError, Is.EqualTo(QuicError.ConnectionAborted));
            Assert.That(closed.ApplicationErrorCode, Is.EqualTo(AuthenticationFailed));
        }
    }

    [TestCase(ConnectionKind.ControlClients)]
    [TestCase(ConnectionKind.ControlRelays)]
    public async Task Whoever_has_not_authenticated_sends_little_on_all_streams_together(ConnectionKind kind)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection stranger = await harness.DialAsync(kind, ProtocolGeneration.Second);

        // The first stream is read, and its first bytes promise a message that does not come. Four streams are within the limit.
        byte[] piece = new byte[4096];
        byte[] begun = [.. HandFraming.Length(60_000, ProtocolGeneration.Second), .. piece];
        for (int i = 0; i < 4; i++)
        {
            HandStream stream = await stranger.OpenAsync();
            await stream.SendBytesAsync(i == 0 ? begun.AsMemory(0, piece.Length) : piece);
        }

        // Of these, at most one finds the room that reading the first has made; which, is a matter of whose turn it is.
        List<Task> beyond = [];
        for (int i = 0; i < 12; i++)
        {
            beyond.Add((await stranger.OpenAsync()).SendBytesAsync(piece));
        }

        Task<QuicException> closed = stranger.ClosedAsync();
        await ControlHarness.UntilAsync(() =>
        {
            harness.Clock.Advance(TimeSpan.FromSeconds(6));
            return closed.IsCompleted;
        });
        Assert.That((await closed).ApplicationErrorCode, Is.EqualTo(AuthenticationFailed));
        await Task.WhenAll(beyond).WaitAsync(HandConnection.Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Exception?[] failures = [.. beyond.Where(each => !each.IsCompletedSuccessfully).Select(each => each.Exception?.InnerException)];
        Assert.That(failures, Has.Length.GreaterThanOrEqualTo(11).And.All.InstanceOf<QuicException>(), "they have waited until the end");
    }

    [Test]
    public async Task Of_too_many_that_do_not_authenticate_the_one_that_waits_longest_is_closed()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync(options => options.Limits.MaxPendingConnections = 2);
        HandConnection first = await harness.DialAsync(ConnectionKind.ControlClients, ProtocolGeneration.Second);
        await ControlHarness.UntilAsync(() => harness.Server.ClientIngresses[0].Pending == 1);
        HandConnection second = await harness.DialAsync(ConnectionKind.ControlClients, ProtocolGeneration.Second);
        await ControlHarness.UntilAsync(() => harness.Server.ClientIngresses[0].Pending == 2);

        // Whoever authenticates is served, however many wait.
        Assert.That((await harness.ClientAsync()).Response.Error, Is.Null);
        QuicException closed = await first.ClosedAsync();
        Assert.That((closed.QuicError, closed.ApplicationErrorCode), Is.EqualTo((QuicError.ConnectionAborted, 0)));
        HandStream stream = await second.OpenAsync();
        await stream.SendAsync(new AuthenticateReq { Token = ControlHarness.Token });
        Assert.That((await stream.ReceiveAsync(AuthenticateResp.Parser)).Error, Is.Null);
        await ControlHarness.UntilAsync(() => harness.Server.GetStatus().Clients.Count == 2);

        // Those that have authenticated count no longer.
        HandConnection[] waiting = [await harness.DialAsync(ConnectionKind.ControlClients, ProtocolGeneration.First), await harness.DialAsync(ConnectionKind.ControlClients, ProtocolGeneration.First)];
        Assert.That(waiting.Append(second).Any(connection => connection.Connection.IsClosed), Is.False);
    }

    [Test]
    public async Task Connections_beyond_the_limit_are_closed()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync(options => options.Limits.MaxConnections = 1);
        await harness.AcceptedClientAsync();
        await harness.SingleClientAsync();
        HandConnection second = await harness.DialAsync(ConnectionKind.ControlClients, ProtocolGeneration.Second);
        HandStream stream = await second.OpenAsync();
        await stream.SendAsync(new AuthenticateReq { Token = ControlHarness.Token });
        Assert.That((await second.ClosedAsync()).ApplicationErrorCode, Is.Zero);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task Unknown_fields_of_a_request_are_ignored(int generation)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection connection = await harness.DialAsync(ConnectionKind.ControlClients, (ProtocolGeneration)generation);
        byte[] future = [.. new AuthenticateReq { Token = ControlHarness.Token }.ToByteArray(), 0xa0, 0x06, 0x01, 0x92, 0x4d, 0x01, 0x00];
        HandStream stream = await connection.OpenAsync();
        await stream.SendAsync(AuthenticateReq.Parser.ParseFrom(future));
        Assert.That((await stream.ReceiveAsync(AuthenticateResp.Parser)).Error, Is.Null);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_reconnect_token_gives_the_same_id_and_a_bad_one_a_new_id(int generation)
    {
        ProtocolGeneration framing = (ProtocolGeneration)generation;
        await using ControlHarness harness = await ControlHarness.StartAsync();
        (_, AuthenticateResp response) = await harness.ClientAsync(framing);
        string id = (await harness.SingleClientAsync()).Id;
        Assert.That(Protocol.Naming.Base32Hex.TryDecode(id, out byte[] random) && random.Length == 32, Is.True, id);
        (_, AuthenticateResp again) = await harness.ClientAsync(framing, reconnect: response.ReconnectToken);
        await ControlHarness.UntilAsync(() => harness.Server.GetStatus().Clients.Count(client => client.Id == id) == 2);
        Assert.That(again.ReconnectToken, Is.Not.EqualTo(response.ReconnectToken), "sealed with a nonce of its own");

        byte[] spoilt = response.ReconnectToken.ToByteArray();
        spoilt[^1] ^= 1;
        foreach (byte[] bad in new byte[][] { [], [1, 2, 3], spoilt, new byte[4000] })
        {
            HandConnection other = await harness.AcceptedClientAsync(framing, reconnect: ByteString.CopyFrom(bad));
            Assert.That(other.Connection.IsClosed, Is.False);
        }

        await ControlHarness.UntilAsync(() => harness.Server.GetStatus().Clients.Count == 6);
        Assert.That(harness.Server.GetStatus().Clients.Select(client => client.Id).Distinct().Count(), Is.EqualTo(5));
    }

    [Test]
    public async Task A_reconnect_token_is_good_after_a_restart_with_the_same_store()
    {
        InMemoryControlStore store = new();
        string id;
        string controlId;
        ByteString token;
        await using (ControlHarness first = await ControlHarness.StartAsync(options => options.Store = store))
        {
            token = (await first.ClientAsync()).Response.ReconnectToken;
            id = (await first.SingleClientAsync()).Id;
            controlId = first.Server.Id;
        }

        await using ControlHarness second = await ControlHarness.StartAsync(options => options.Store = store);
        await second.AcceptedClientAsync(reconnect: token);
        Assert.That((await second.SingleClientAsync()).Id, Is.EqualTo(id));
        Assert.That(second.Server.Id, Is.EqualTo(controlId));

        await using ControlHarness other = await ControlHarness.StartAsync();
        await other.AcceptedClientAsync(reconnect: token);
        Assert.That((await other.SingleClientAsync()).Id, Is.Not.EqualTo(id));
        Assert.That(other.Server.Id, Is.Not.EqualTo(controlId));
    }

    [Test]
    public async Task Metadata_is_cut_to_its_limit_between_characters()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        await harness.AcceptedClientAsync(metadata: new string('m', 4095) + "\U0001F600 and more");
        Assert.That((await harness.SingleClientAsync()).Metadata, Is.EqualTo(new string('m', 4095)));
    }

    private static async Task<QuicConnection> DialAsync(ControlHarness harness, ConnectionKind kind, string[] protocols)
    {
        using CancellationTokenSource patience = new(HandConnection.Patience);
        return await harness.Endpoint.ConnectAsync(
            new QuicClientConnectionOptions
            {
                RemoteEndPoint = kind == ConnectionKind.ControlClients ? harness.Server.ClientEndPoints[0] : harness.Server.RelayEndPoints[0],
                ApplicationProtocols = protocols,
                CertificateValidation = ControlHarness.Validation,
            },
            patience.Token);
    }

    /// <summary>The error of both kinds of response has the same field: the client's parser reads it.</summary>
    private static async Task AssertRefusedAsync(HandConnection connection, HandStream stream, long code)
    {
        try
        {
            AuthenticateResp response = await stream.ReceiveAsync(AuthenticateResp.Parser);
            Assert.That((long)response.Error.Code, Is.EqualTo(code));
            Assert.That(response.Error.Message, Is.Not.Empty);
            Assert.That(response.Public, Is.Null);
            Assert.That(response.ReconnectToken, Is.Empty);
        }
        catch (Exception exception) when (exception is QuicException or EndOfStreamException)
        {
            // The response may be lost to the close, which says the same.
        }

        QuicException closed = await connection.ClosedAsync();
        Assert.That(closed.QuicError, Is.EqualTo(QuicError.ConnectionAborted));
        Assert.That(closed.ApplicationErrorCode, Is.EqualTo(code));
        Assert.That(closed.Message, Does.Contain("code " + code + ":"), "the close has a reason");
    }
}
