using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Control;
using Connet.Protocol.ControlRelays;
using Connet.Protocol.Identities;
using Connet.Protocol.Keys;
using Connet.Protocol.Seals;
using Connet.Quic;
using Google.Protobuf;
using RelayRequest = Connet.Protocol.ControlRelays.AuthenticateReq;
using RelayResponse = Connet.Protocol.ControlRelays.AuthenticateResp;

namespace Connet.Control.Tests;

/// <summary>Relays and what clients are told about them, by hand on both sides (protocol.md sections 4 and 5).</summary>
public sealed class RelayTests
{
    private static readonly GeneratedCertificate s_certificate = HandIdentity.Relay();

    private static readonly (string What, Action<RelayRequest> Change, ErrorCode Code)[] s_refused =
    [
        ("token", request => request.Token = "wrong", ErrorCode.AuthenticationFailed),
        ("no token", request => request.Token = "", ErrorCode.AuthenticationFailed),
        ("token of a client", request => request.Token = ControlHarness.Token, ErrorCode.AuthenticationFailed),
        ("token before form", request => (request.Token, request.ServerCertificate) = ("wrong", ByteString.Empty), ErrorCode.AuthenticationFailed),
        ("no certificate", request => request.ServerCertificate = ByteString.Empty, ErrorCode.RelayInvalidCertificate),
        ("bad certificate", request => request.ServerCertificate = ByteString.CopyFrom(0x30, 0x01, 0x00), ErrorCode.RelayInvalidCertificate),
        ("no key", request => request.RelayAuthenticationKey = ByteString.Empty, ErrorCode.RelayValidationFailed),
        ("short key", request => request.RelayAuthenticationKey = ByteString.CopyFrom(new byte[31]), ErrorCode.RelayValidationFailed),
        ("long key", request => request.RelayAuthenticationKey = ByteString.CopyFrom(new byte[33]), ErrorCode.RelayValidationFailed),
        ("key of low order", request => request.RelayAuthenticationKey = ByteString.CopyFrom(new byte[32]), ErrorCode.RelayValidationFailed),
        ("no addresses", request => request.Addresses.Clear(), ErrorCode.RelayValidationFailed),
        ("no host", request => request.Addresses[0].Host = "", ErrorCode.RelayValidationFailed),
        ("no port", request => request.Addresses[0].Port = 0, ErrorCode.RelayValidationFailed),
        ("large port", request => request.Addresses[0].Port = 65536, ErrorCode.RelayValidationFailed),
        ("host with a port", request => request.Addresses[0].Host = "relay.example:1", ErrorCode.RelayValidationFailed),
        ("too many addresses", request => request.Addresses.AddRange(Enumerable.Repeat(request.Addresses[0], 64)), ErrorCode.RelayValidationFailed),
    ];

    private static IEnumerable<TestCaseData> Refused =>
        from i in Enumerable.Range(0, s_refused.Length)
        from generation in new[] { 1, 2 }
        select new TestCaseData(i, generation).SetArgDisplayNames(s_refused[i].What, $"generation {generation}");

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_relay_is_answered_with_id_token_and_key(int generation)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        (HandConnection relay, RelayResponse response) = await harness.RelayAsync(
            ControlHarness.RelayRequest(X25519KeyPair.Generate(), s_certificate, "the relay"), (ProtocolGeneration)generation);
        Assert.That(response.Error, Is.Null);
        Assert.That(response.ControlId, Is.EqualTo(harness.Server.Id));
        Assert.That(response.ControlId, Does.Match("^[0-9a-v]{52}\\.relay\\.control\\.invalid$"));
        Assert.That(response.ReconnectToken, Has.Length.EqualTo(24 + 16 + 52));
        Assert.That(response.ControlAuthenticationKey, Has.Length.EqualTo(32));
        ControlRelayStatus status = await harness.SingleRelayAsync();
        Assert.That(status.Addresses, Is.EqualTo(new[] { "relay.example:19191" }));
        Assert.That((status.Metadata, status.BuildVersion), Is.EqualTo(("the relay", "hand")));
        Assert.That(relay.Connection.IsClosed, Is.False);
    }

    [TestCaseSource(nameof(Refused))]
    public async Task A_relay_that_is_not_in_order_is_refused_by_message_and_by_close(int index, int generation)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        (_, Action<RelayRequest> change, ErrorCode code) = s_refused[index];
        RelayRequest request = ControlHarness.RelayRequest(X25519KeyPair.Generate(), s_certificate);
        change(request);
        await AssertRefusedAsync(harness, request, code, (ProtocolGeneration)generation);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_relay_token_is_refused_where_it_may_not_be_used(int generation)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync(options =>
            options.RelayTokenRestrictions.Add(new TokenRestrictionOptions { AllowCidrs = { "192.0.2.0/24" } }));
        RelayRequest request = ControlHarness.RelayRequest(X25519KeyPair.Generate(), s_certificate);
        await AssertRefusedAsync(harness, request, ErrorCode.AuthenticationFailed, (ProtocolGeneration)generation);
    }

    [TestCase(1, 2)]
    [TestCase(2, 1)]
    [TestCase(2, 2)]
    public async Task A_client_is_told_all_relays_with_a_proof_for_each(int relayGeneration, int clientGeneration)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        PeerIdentity identity = HandIdentity.Peer();
        HandConnection client = await harness.AcceptedClientAsync((ProtocolGeneration)clientGeneration);
        HandStream stream = await client.RequestAsync(Requests.Relay("web", Role.Source, identity.Client.Certificate.Span));
        byte[] frame = await stream.ReceiveBytesAsync(HandFraming.HeaderLength((ProtocolGeneration)clientGeneration) + 2);
        Assert.That(frame[^2..], Is.EqualTo(new byte[] { 0x1a, 0x00 }), "Response.relay, empty");

        X25519KeyPair key = X25519KeyPair.Generate();
        RelayRequest request = ControlHarness.RelayRequest(key, s_certificate, "the relay");
        request.Addresses.Add(new HostPort { Host = "[2001:db8::1]", Port = 1 });
        request.Addresses.Add(new HostPort { Host = "2001:db8::2", Port = 2 });
        (HandConnection relay, RelayResponse response) = await harness.RelayAsync(request, (ProtocolGeneration)relayGeneration);
        Relay told = (await stream.RelaysAsync()).Single();
        Assert.That(told.Addresses.Select(address => (address.Host, address.Port)), Is.EqualTo(new[] { ("relay.example", 19191u), ("2001:db8::1", 1u), ("2001:db8::2", 2u) }));
        Assert.That(told.ServerCertificate, Is.EqualTo(request.ServerCertificate));
        Assert.That(told.Metadata, Is.EqualTo("the relay"));
        Assert.That(told.Id, Has.Length.EqualTo(52));
        byte[] boxKey = Key(key, response);
        Assert.That(ClientProof.TryOpen(boxKey, told.Authentication.Span, identity.Client.Certificate.Span, out ClientAuthentication? proof), Is.True);
        Assert.That((proof!.Endpoint.Name, proof.Role, proof.CertificateKey), Is.EqualTo(("web", Role.Source, identity.Client.Key)));

        // The second relay does not change what the first one gave.
        (HandConnection second, _) = await harness.RelayAsync(ControlHarness.RelayRequest(X25519KeyPair.Generate(), HandIdentity.Relay(), "second"));
        IReadOnlyList<Relay> both = await stream.RelaysAsync();
        Assert.That(both.Select(each => each.Metadata), Is.EquivalentTo(new[] { "the relay", "second" }));
        Assert.That(both.Single(each => each.Id == told.Id), Is.EqualTo(told));

        await relay.Connection.CloseAsync(0, "");
        Assert.That((await stream.RelaysAsync()).Single().Metadata, Is.EqualTo("second"));
        await second.Connection.CloseAsync(302, "");
        Assert.That(await stream.RelaysAsync(), Is.Empty, "the stream stays open with an empty list");
        await harness.RelayAsync(ControlHarness.RelayRequest(X25519KeyPair.Generate(), s_certificate, "third"));
        Assert.That((await stream.RelaysAsync()).Single().Metadata, Is.EqualTo("third"));
        stream.Complete();
        Assert.That(await stream.ReceiveToEndAsync(), Is.Empty);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_relay_that_comes_back_keeps_its_id_and_has_a_new_key(int generation)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        PeerIdentity identity = HandIdentity.Peer();
        HandConnection client = await harness.AcceptedClientAsync();
        HandStream stream = await client.RequestAsync(Requests.Relay("web", Role.Destination, identity.Client.Certificate.Span));
        Assert.That(await stream.RelaysAsync(), Is.Empty);
        X25519KeyPair key = X25519KeyPair.Generate();
        (HandConnection first, RelayResponse response) = await harness.RelayAsync(ControlHarness.RelayRequest(key, s_certificate), (ProtocolGeneration)generation);
        Relay before = (await stream.RelaysAsync()).Single();

        // The newer connection of the relay, with the same certificate, replaces the older one in one step.
        X25519KeyPair newKey = X25519KeyPair.Generate();
        RelayRequest again = ControlHarness.RelayRequest(newKey, s_certificate);
        again.ReconnectToken = response.ReconnectToken;
        (HandConnection second, RelayResponse newResponse) = await harness.RelayAsync(again, (ProtocolGeneration)generation);
        Relay after = (await stream.RelaysAsync()).Single();
        Assert.That(after.Id, Is.EqualTo(before.Id));
        Assert.That(after.Authentication, Is.Not.EqualTo(before.Authentication));
        Assert.That(newResponse.ControlAuthenticationKey, Is.Not.EqualTo(response.ControlAuthenticationKey));
        Assert.That(ClientProof.TryOpen(Key(newKey, newResponse), after.Authentication.Span, identity.Client.Certificate.Span, out _), Is.True);
        Assert.That(ClientProof.TryOpen(Key(key, response), after.Authentication.Span, identity.Client.Certificate.Span, out _), Is.False);

        // The end of the older one changes nothing: the next list is that of a third relay, with the newer one still in it.
        await first.Connection.CloseAsync(0, "");
        await ControlHarness.UntilAsync(() => harness.Server.GetStatus().Relays.Count == 1);
        await harness.RelayAsync(ControlHarness.RelayRequest(X25519KeyPair.Generate(), HandIdentity.Relay()));
        IReadOnlyList<Relay> both = await stream.RelaysAsync();
        Assert.That(both, Has.Count.EqualTo(2));
        Assert.That(both, Has.Member(after));
        Assert.That(second.Connection.IsClosed, Is.False);
    }

    [Test]
    public async Task Another_certificate_of_a_relay_comes_after_a_list_without_it()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        HandConnection client = await harness.AcceptedClientAsync();
        HandStream stream = await client.RequestAsync(Requests.Relay("web", Role.Destination, HandIdentity.Peer().Client.Certificate.Span));
        Assert.That(await stream.RelaysAsync(), Is.Empty);
        (_, RelayResponse response) = await harness.RelayAsync(ControlHarness.RelayRequest(X25519KeyPair.Generate(), s_certificate));
        Relay before = (await stream.RelaysAsync()).Single();
        RelayRequest again = ControlHarness.RelayRequest(X25519KeyPair.Generate(), HandIdentity.Relay());
        again.ReconnectToken = response.ReconnectToken;
        await harness.RelayAsync(again);
        Assert.That(await stream.RelaysAsync(), Is.Empty);
        Relay after = (await stream.RelaysAsync()).Single();
        Assert.That(after.Id, Is.EqualTo(before.Id));
        Assert.That(after.ServerCertificate, Is.EqualTo(again.ServerCertificate));
    }

    [Test]
    public async Task A_relay_keeps_its_id_over_a_restart_of_the_server()
    {
        InMemoryControlStore store = new();
        string id;
        RelayResponse response;
        ByteString clientToken;
        await using (ControlHarness first = await ControlHarness.StartAsync(options => options.Store = store))
        {
            (_, response) = await first.RelayAsync(ControlHarness.RelayRequest(X25519KeyPair.Generate(), s_certificate));
            id = (await first.SingleRelayAsync()).Id;
            clientToken = (await first.ClientAsync()).Response.ReconnectToken;
        }

        await using ControlHarness second = await ControlHarness.StartAsync(options => options.Store = store);
        RelayRequest again = ControlHarness.RelayRequest(X25519KeyPair.Generate(), HandIdentity.Relay());
        again.ReconnectToken = response.ReconnectToken;
        (_, RelayResponse newResponse) = await second.RelayAsync(again);
        Assert.That(newResponse.ControlId, Is.EqualTo(response.ControlId));
        Assert.That((await second.SingleRelayAsync()).Id, Is.EqualTo(id));

        // The token of a client is none for a relay.
        again.ReconnectToken = clientToken;
        await second.RelayAsync(again);
        await ControlHarness.UntilAsync(() => second.Server.GetStatus().Relays.Select(relay => relay.Id).Distinct().Count() == 2);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task Further_streams_of_a_relay_are_refused_and_its_connection_goes_on(int generation)
    {
        await using ControlHarness harness = await ControlHarness.StartAsync();
        (HandConnection relay, _) = await harness.RelayAsync(ControlHarness.RelayRequest(X25519KeyPair.Generate(), s_certificate), (ProtocolGeneration)generation);
        for (int i = 0; i < 3; i++)
        {
            HandStream stream = await relay.OpenAsync();
            await stream.SendAsync(new Request());
            Assert.That((await stream.ReceiveFailureAsync())?.ApplicationErrorCode, Is.EqualTo(1));
        }

        Assert.That(harness.Server.GetStatus().Relays, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Without_relay_tokens_no_relay_connects()
    {
        await using ControlHarness harness = await ControlHarness.StartAsync(options => options.RelayTokens.Clear());
        RelayRequest request = ControlHarness.RelayRequest(X25519KeyPair.Generate(), s_certificate);
        await AssertRefusedAsync(harness, request, ErrorCode.AuthenticationFailed, ProtocolGeneration.Second);
        request.Token = "";
        await AssertRefusedAsync(harness, request, ErrorCode.AuthenticationFailed, ProtocolGeneration.Second);
    }

    private static byte[] Key(X25519KeyPair own, RelayResponse response)
    {
        Assert.That(BoxKey.TryCompute(own, response.ControlAuthenticationKey.Span, out byte[]? key), Is.True);
        return key!;
    }

    private static async Task AssertRefusedAsync(ControlHarness harness, RelayRequest request, ErrorCode code, ProtocolGeneration generation)
    {
        // The message leaves before the close, loopback keeps the order, and what had arrived before a close can still be read.
        (HandConnection connection, RelayResponse response) = await harness.RelayAsync(request, generation);
        Assert.That(response.Error?.Code, Is.EqualTo(code));
        Assert.That(response.Error!.Message, Is.Not.Empty);
        Assert.That((response.ControlId, response.ReconnectToken, response.ControlAuthenticationKey), Is.EqualTo(("", ByteString.Empty, ByteString.Empty)));
        QuicException closed = await connection.ClosedAsync();
        Assert.That(closed.ApplicationErrorCode, Is.EqualTo((long)code));
        Assert.That(closed.Message, Does.Contain($"code {(long)code}:"), "the close has a reason");
        Assert.That(harness.Server.GetStatus().Relays, Is.Empty);
    }
}
