using System.Net;
using Connet.Client.Tests;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Identities;
using Connet.Protocol.Relays;
using Connet.Quic;

namespace Connet.Relay.Tests;

/// <summary>Who becomes a client of the relay, and what the others are told.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class AdmissionTests
{
    [TestCase(1, true)]
    [TestCase(2, true)]
    [TestCase(1, false)]
    [TestCase(2, false)]
    public async Task A_proof_admits_its_owner_in_its_role(int generation, bool isSource)
    {
        Role role = isSource ? Role.Source : Role.Destination;
        await using Rig rig = await Rig.StartAsync();
        PeerIdentity identity = HandIdentity.Peer();
        HandRelayClient client = await rig.DialAsync(identity, (ProtocolGeneration)generation);
        HandStream stream = await client.ProveAsync(rig.Uplink.Prove("web", role, identity));
        Assert.That(await stream.ReceiveToEndAsync(), Is.EqualTo(new byte[HandFraming.HeaderLength(stream.Generation)]), "an empty AuthenticateResp, and the end");
        RelayEndpointStatus endpoint = rig.Relay.GetStatus().Endpoints.Single();
        Assert.That(endpoint, Is.EqualTo(new RelayEndpointStatus
        {
            Name = "web",
            Sources = isSource ? 1 : 0,
            Destinations = isSource ? 0 : 1,
        }));
        await client.Connection.Connection.CloseAsync(0);
        await rig.UntilAsync(status => status is { Clients: 0, Endpoints.Count: 0 });
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_client_may_end_its_side_of_the_authentication_after_the_answer(int generation)
    {
        await using Rig rig = await Rig.StartAsync();
        PeerIdentity identity = HandIdentity.Peer();
        HandRelayClient client = await rig.DialAsync(identity, (ProtocolGeneration)generation);
        HandStream first = await client.ProveAsync(rig.Uplink.Prove("web", Role.Source, identity));
        await first.ReceiveToEndAsync();

        // Whatever the relay has said on the first stream is here before the answer on this one.
        HandStream other = await client.Connection.OpenAsync();
        await other.SendAsync(new Protocol.Peers.Request());
        await other.ReceiveToEndAsync();
        await first.SendBytesAsync(ReadOnlyMemory<byte>.Empty, complete: true);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_proof_of_another_key_is_refused(int generation)
    {
        await using Rig rig = await Rig.StartAsync();
        PeerIdentity identity = HandIdentity.Peer();
        byte[] proof = rig.Uplink.Prove("web", Role.Source, identity);
        proof[^1] ^= 1;
        await AssertRefusedAsync(rig, identity, proof, (ProtocolGeneration)generation);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_proof_shown_again_with_another_certificate_is_refused(int generation)
    {
        await using Rig rig = await Rig.StartAsync();
        PeerIdentity owner = HandIdentity.Peer();
        byte[] proof = rig.Uplink.Prove("web", Role.Source, owner);
        HandRelayClient rightful = await rig.DialAsync(owner, (ProtocolGeneration)generation);
        await rightful.AuthenticateAsync(proof);
        await AssertRefusedAsync(rig, HandIdentity.Peer(), proof, (ProtocolGeneration)generation);
        Assert.That(rig.Relay.GetStatus().Clients, Is.EqualTo(1));
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_proof_that_names_no_role_is_refused(int generation)
    {
        await using Rig rig = await Rig.StartAsync();
        PeerIdentity identity = HandIdentity.Peer();
        await AssertRefusedAsync(rig, identity, rig.Uplink.Prove("web", Role.Unknown, identity), (ProtocolGeneration)generation);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task An_empty_proof_is_refused(int generation)
    {
        await using Rig rig = await Rig.StartAsync();
        await AssertRefusedAsync(rig, HandIdentity.Peer(), [], (ProtocolGeneration)generation);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_refusal_is_a_message_first_and_then_the_close(int generation)
    {
        // The relay waits for the acknowledgement of its answer. It gives that up after a moment of this clock, which stands still.
        await using Rig rig = await Rig.StartAsync(options => options.TimeProvider = new ManualTimers());
        HandRelayClient client = await rig.DialAsync(HandIdentity.Peer(), (ProtocolGeneration)generation);
        HandStream stream = await client.ProveAsync(new byte[100]);
        AuthenticateResp answer = await stream.ReceiveAsync(AuthenticateResp.Parser);
        Assert.That(answer.Error?.Code, Is.EqualTo(ErrorCode.AuthenticationFailed));
        Assert.That(answer.Error!.Message, Is.Not.Empty);
        Assert.That(await stream.ReceiveToEndAsync(), Is.Empty);
        QuicException closed = await client.Connection.ClosedAsync();
        Assert.That((closed.QuicError, closed.ApplicationErrorCode), Is.EqualTo((QuicError.ConnectionAborted, 100)));
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task Nobody_is_admitted_before_the_control_server_was_reached(int generation)
    {
        await using HandRelayControl control = HandRelayControl.Start();
        await using RelayServer relay = await RelayServer.StartAsync(Rig.Options(control));
        HandRelayUplink uplink = await control.AcceptRelayAsync();
        PeerIdentity identity = HandIdentity.Peer();
        await using HandRelayClient client = await HandRelayClient.DialAsync(
            relay.EndPoints[0], uplink.ServerCertificate, identity, (ProtocolGeneration)generation);
        await client.ProveAsync(new byte[100]);
        Assert.That((await client.Connection.ClosedAsync()).ApplicationErrorCode, Is.EqualTo(100));
    }

    [Test]
    public async Task A_connection_without_a_client_certificate_is_refused_in_the_handshake()
    {
        await using Rig rig = await Rig.StartAsync();
        // The server judges the client's certificate after the client is through with its handshake.
        QuicException failure = await DialAndLoseAsync(rig, identity: null);
        Assert.That(failure.QuicError, Is.EqualTo(QuicError.TlsError));
    }

    [Test]
    public async Task An_unknown_protocol_is_refused_in_the_handshake()
    {
        await using Rig rig = await Rig.StartAsync();
        QuicException? failure = Assert.ThrowsAsync<QuicException>(async () =>
        {
            await using QuicEndpoint endpoint = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 0) });
            await HandConnection.DialAsync(
                endpoint, rig.RelayAddress, ConnectionKind.Peer, ProtocolGeneration.Second, QuicCertificateValidation.Pinned(rig.Uplink.ServerCertificate));
        });
        Assert.That(failure!.TransportErrorCode, Is.EqualTo(0x178));
    }

    [Test]
    public async Task An_address_that_the_rules_deny_is_refused_before_the_handshake()
    {
        await using Rig rig = await Rig.StartAsync(options => options.Ingresses.Add(new RelayIngressOptions { Address = "127.0.0.1:0", DenyCidrs = ["127.0.0.0/8"] }));
        QuicException? failure = Assert.ThrowsAsync<QuicException>(
            async () => await HandRelayClient.DialAsync(rig.Relay.EndPoints[1], rig.Uplink.ServerCertificate, HandIdentity.Peer(), ProtocolGeneration.Second));
        Assert.That(failure!.QuicError, Is.EqualTo(QuicError.ConnectionRefused));
        Assert.That(failure.TransportErrorCode, Is.EqualTo(2));
    }

    [Test]
    public async Task Rules_hold_beside_the_filter_of_a_configured_socket()
    {
        await using Rig rig = await Rig.StartAsync(options => options.Ingresses.Add(new RelayIngressOptions
        {
            Address = "127.0.0.1:0",
            DenyCidrs = ["127.0.0.0/8"],
            ConfigureEndpoint = endpoint => endpoint.AdmissionFilter = _ => QuicAdmission.Accept,
        }));
        QuicException? failure = Assert.ThrowsAsync<QuicException>(
            async () => await HandRelayClient.DialAsync(rig.Relay.EndPoints[1], rig.Uplink.ServerCertificate, HandIdentity.Peer(), ProtocolGeneration.Second));
        Assert.That(failure!.QuicError, Is.EqualTo(QuicError.ConnectionRefused));
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_client_that_says_nothing_is_closed_in_time(int generation)
    {
        await using Rig rig = await Rig.StartAsync(options => options.AuthenticationTimeout = TimeSpan.FromSeconds(3));
        HandRelayClient client = await rig.DialAsync(HandIdentity.Peer(), (ProtocolGeneration)generation);
        Assert.That((await client.Connection.ClosedAsync()).ApplicationErrorCode, Is.EqualTo(100));
        await rig.UntilAsync(status => status.UnauthenticatedConnections == 0);
    }

    [Test]
    public async Task A_client_that_says_half_a_message_is_closed_in_time()
    {
        await using Rig rig = await Rig.StartAsync(options => options.AuthenticationTimeout = TimeSpan.FromSeconds(3));
        HandRelayClient client = await rig.DialAsync(HandIdentity.Peer());
        HandStream stream = await client.Connection.OpenAsync();
        await stream.SendBytesAsync(new byte[] { 0, 0, 0, 50, 1, 2, 3 });
        Assert.That((await client.Connection.ClosedAsync()).ApplicationErrorCode, Is.EqualTo(100));
    }

    private static readonly object[] s_hostile =
    [
        new object[] { 2, "0001000100" },
        new object[] { 2, "ffffffff" },
        new object[] { 1, "ffffffffffffffff" },
        new object[] { 1, "0000000000010001" },
        new object[] { 2, "00000004ffffffff" },
        new object[] { 1, "0000000000000003" + "0aff01" },
    ];

    [TestCaseSource(nameof(s_hostile))]
    public async Task Too_large_and_garbled_messages_are_refused(int generation, string bytes)
    {
        await using Rig rig = await Rig.StartAsync();
        HandRelayClient client = await rig.DialAsync(HandIdentity.Peer(), (ProtocolGeneration)generation);
        HandStream stream = await client.Connection.OpenAsync();
        await stream.SendBytesAsync(Convert.FromHexString(bytes), complete: true);
        Assert.That((await client.Connection.ClosedAsync()).ApplicationErrorCode, Is.EqualTo(100));
        await rig.UntilAsync(status => status is { UnauthenticatedConnections: 0, Clients: 0 });
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_first_stream_that_is_reset_ends_the_connection(int generation)
    {
        await using Rig rig = await Rig.StartAsync();
        HandRelayClient client = await rig.DialAsync(HandIdentity.Peer(), (ProtocolGeneration)generation);
        HandStream stream = await client.Connection.OpenAsync();
        await stream.SendBytesAsync(new byte[] { 0 });
        stream.Reset(9);
        Assert.That((await client.Connection.ClosedAsync()).ApplicationErrorCode, Is.EqualTo(100));
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task Streams_before_admission_end_the_connection(int generation)
    {
        await using Rig rig = await Rig.StartAsync();
        HandRelayClient client = await rig.DialAsync(HandIdentity.Peer(), (ProtocolGeneration)generation);
        for (int i = 0; i < 2; i++)
        {
            HandStream stream = await client.Connection.OpenAsync();
            await stream.SendBytesAsync(new byte[] { 0 });
        }

        Assert.That((await client.Connection.ClosedAsync()).ApplicationErrorCode, Is.EqualTo(100));
    }

    [Test]
    public async Task Connections_beyond_the_limit_of_those_that_wait_are_closed_and_the_place_becomes_free_again()
    {
        await using Rig rig = await Rig.StartAsync(options => options.MaxUnauthenticatedConnections = 2);
        HandRelayClient first = await rig.DialAsync(HandIdentity.Peer());
        await rig.DialAsync(HandIdentity.Peer());
        await rig.UntilAsync(status => status.UnauthenticatedConnections == 2);
        QuicException third = await DialAndLoseAsync(rig, HandIdentity.Peer());
        Assert.That((third.QuicError, third.ApplicationErrorCode), Is.EqualTo((QuicError.ConnectionAborted, 0)));
        await first.Connection.Connection.CloseAsync(0);
        await rig.UntilAsync(status => status.UnauthenticatedConnections == 1);
        await rig.JoinAsync(Role.Source);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task Connections_beyond_the_limit_of_an_endpoint_are_refused_and_other_endpoints_are_not(int generation)
    {
        // The clock stands still, so the relay closes when its answer has arrived.
        await using Rig rig = await Rig.StartAsync(options => (options.MaxConnectionsPerEndpoint, options.TimeProvider) = (1, new ManualTimers()));
        PeerIdentity first = HandIdentity.Peer();
        await rig.JoinAsync(Role.Source, identity: first);
        PeerIdentity second = HandIdentity.Peer();
        HandRelayClient client = await rig.DialAsync(second, (ProtocolGeneration)generation);
        HandStream stream = await client.ProveAsync(rig.Uplink.Prove("web", Role.Destination, second));
        Error? error = (await stream.ReceiveAsync(AuthenticateResp.Parser)).Error;
        Assert.That(error?.Code, Is.EqualTo(ErrorCode.Unknown));
        Assert.That(error!.Message, Does.Contain("too many connections"));
        Assert.That((await client.Connection.ClosedAsync()).ApplicationErrorCode, Is.EqualTo(0));
        await rig.JoinAsync(Role.Source, endpoint: "other");

        // The same client again is no further connection.
        await rig.JoinAsync(Role.Source, identity: first);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_new_connection_of_a_certificate_replaces_an_idle_one_at_once(int generation)
    {
        await using Rig rig = await Rig.StartAsync();
        PeerIdentity identity = HandIdentity.Peer();
        HandConnection old = await rig.JoinAsync(Role.Destination, (ProtocolGeneration)generation, identity: identity);
        HandConnection fresh = await rig.JoinAsync(Role.Destination, (ProtocolGeneration)generation, identity: identity);
        Assert.That((await old.ClosedAsync()).ApplicationErrorCode, Is.EqualTo(0));
        await rig.UntilAsync(status => status.Clients == 1);
        await Rig.JoinStreamsAsync(await rig.JoinAsync(Role.Source, (ProtocolGeneration)generation), fresh);
    }

    [Test]
    public async Task A_replaced_connection_keeps_its_streams_and_is_closed_with_the_last()
    {
        await using Rig rig = await Rig.StartAsync();
        PeerIdentity identity = HandIdentity.Peer();
        HandConnection source = await rig.JoinAsync(Role.Source);
        HandConnection old = await rig.JoinAsync(Role.Destination, identity: identity);
        (HandStream near, HandStream far) = await Rig.JoinStreamsAsync(source, old);
        HandConnection fresh = await rig.JoinAsync(Role.Destination, identity: identity);
        await Rig.JoinStreamsAsync(source, fresh);
        await near.SendBytesAsync("end"u8.ToArray(), complete: true);
        Assert.That(await far.ReceiveToEndAsync(), Is.EqualTo("end"u8.ToArray()));
        Assert.That(old.Connection.IsClosed, Is.False);
        far.Complete();
        Assert.That((await old.ClosedAsync()).ApplicationErrorCode, Is.EqualTo(0));
    }

    /// <summary>A connection that the relay ends as soon as it is there: where its client is slow, its dial fails already.</summary>
    private static async Task<QuicException> DialAndLoseAsync(Rig rig, PeerIdentity? identity)
    {
        try
        {
            await using HandRelayClient client = await HandRelayClient.DialAsync(
                rig.RelayAddress, rig.Uplink.ServerCertificate, identity, ProtocolGeneration.Second);
            return await client.Connection.ClosedAsync();
        }
        catch (QuicException exception)
        {
            return exception;
        }
    }

    private static async Task AssertRefusedAsync(Rig rig, PeerIdentity identity, byte[] proof, ProtocolGeneration generation)
    {
        HandRelayClient client = await rig.DialAsync(identity, generation);
        HandStream stream = await client.ProveAsync(proof);
        if (await ReadAnswerAsync(stream) is { } answer)
        {
            Assert.That(answer.Error?.Code, Is.EqualTo(ErrorCode.AuthenticationFailed));
            Assert.That(answer.Error!.Message, Is.Not.Empty);
        }

        QuicException closed = await client.Connection.ClosedAsync();
        Assert.That(closed.QuicError, Is.EqualTo(QuicError.ConnectionAborted));
        Assert.That(closed.ApplicationErrorCode, Is.EqualTo(100));
    }

    /// <summary>The answer, or nothing where the close that follows it at once overtook its reader (protocol.md, section 4.7).</summary>
    private static async Task<AuthenticateResp?> ReadAnswerAsync(HandStream stream)
    {
        try
        {
            return await stream.ReceiveAsync(AuthenticateResp.Parser);
        }
        catch (QuicException exception) when (exception.QuicError == QuicError.ConnectionAborted)
        {
            return null;
        }
    }
}
