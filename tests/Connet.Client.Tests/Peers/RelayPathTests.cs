using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Addressing;
using Connet.Quic;
using AuthenticateReq = Connet.Protocol.Relays.AuthenticateReq;
using AuthenticateResp = Connet.Protocol.Relays.AuthenticateResp;
using PeerRequest = Connet.Protocol.Peers.Request;
using PeerResponse = Connet.Protocol.Peers.Response;

namespace Connet.Client.Tests.Peers;

/// <summary>Connections with relays, played by hand from the relay's side (protocol.md sections 5 and 6).</summary>
[TestFixture(1)]
[TestFixture(2)]
[Parallelizable(ParallelScope.All)]
public sealed class RelayPathTests(int generation)
{
    private readonly ProtocolGeneration _generation = (ProtocolGeneration)generation;

    [Test]
    public async Task Relay_is_announced_while_this_client_is_authenticated_there()
    {
        await using HandRelay relay = new(_generation, "relay");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        int changes = 0;
        TaskCompletionSource third = new(TaskCreationOptions.RunContinuationsAsynchronously);
        source.Controlled.AnnouncementChanged += () =>
        {
            if (Interlocked.Increment(ref changes) == 3)
            {
                third.SetResult();
            }
        };
        source.Controlled.SetRelays([relay.Listed("my proof")], isFirst: true);

        HandConnection connection = await relay.AcceptAsync();
        Assert.That(connection.Connection.TargetHostName, Is.EqualTo(relay.Certificate.ServerName));
        Assert.That(connection.Connection.RemoteCertificateChain[0].ToArray(), Is.EqualTo(source.Controlled.Identity.Client.Certificate.ToArray()));
        Assert.That(source.Controlled.RelayIds, Is.Empty, "not before it has accepted");
        AuthenticateReq request = await HandRelay.AuthenticateAsync(connection, new AuthenticateResp());
        Assert.That((request.Authentication.ToStringUtf8(), request.Metadata), Is.EqualTo(("my proof", "under test")));
        Assert.That(request.BuildVersion, Is.Not.Empty);
        await source.UntilAsync(() => source.Controlled.RelayIds.SequenceEqual(["relay"]));

        await connection.Connection.CloseAsync(0, "bye");
        await source.UntilAsync(() => source.Controlled.RelayIds.Count == 0);
        (HandConnection second, _) = await relay.AcceptAuthenticatedAsync();
        await source.UntilAsync(() => source.Controlled.RelayIds.SequenceEqual(["relay"]));
        await third.Task.WaitAsync(ClientUnderTest.Patience);
        Assert.That(changes, Is.EqualTo(3));
        await second.DisposeAsync();
    }

    [Test]
    public async Task Refused_proof_is_logged_and_a_new_proof_is_tried_at_once()
    {
        await using HandRelay relay = new(_generation, "relay");
        await using ClientUnderTest client = new(options => options.ReconnectBackoffInitial = options.ReconnectBackoffMax = TimeSpan.FromMinutes(1));
        ConnetSource source = client.AddSource();
        source.Controlled.SetRelays([relay.Listed("old proof")], isFirst: true);

        HandConnection refused = await relay.AcceptAsync();
        await HandRelay.AuthenticateAsync(
            refused, new AuthenticateResp { Error = ProtocolErrors.ToError(ProtocolErrorCode.AuthenticationFailed, "an old seal") });
        Assert.That((await refused.ClosedAsync()).ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.RelayKeepaliveClosed));
        source.Controlled.SetRelays([relay.Listed("new proof")], isFirst: false);
        (HandConnection second, AuthenticateReq request) = await relay.AcceptAuthenticatedAsync();
        Assert.That(request.Authentication.ToStringUtf8(), Is.EqualTo("new proof"));
        Assert.That(client.Log.All, Does.Contain("refused this client").And.Contain("an old seal"));
        await second.DisposeAsync();
    }

    [Test]
    public async Task Close_with_AuthenticationFailed_is_a_refusal_too()
    {
        await using HandRelay relay = new(_generation, "relay");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetRelays([relay.Listed()], isFirst: true);

        // What is closed before the client asks is a dial that has failed.
        HandConnection refused = await relay.AcceptAsync();
        await (await refused.AcceptAsync()).ReceiveAsync(AuthenticateReq.Parser);
        await refused.Connection.CloseAsync((long)ProtocolErrorCode.AuthenticationFailed, "an old seal");
        (HandConnection second, _) = await relay.AcceptAuthenticatedAsync();
        Assert.That(client.Log.Count(2026), Is.EqualTo(1), client.Log.All);
        await second.DisposeAsync();
    }

    [TestCase(ProtocolErrorCode.Unknown)]
    [TestCase(ProtocolErrorCode.RelayKeepaliveClosed)]
    public async Task Connection_that_the_relay_closes_with_any_code_is_dialled_again(ProtocolErrorCode code)
    {
        await using HandRelay relay = new(_generation, "relay");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetRelays([relay.Listed()], isFirst: true);
        (HandConnection first, _) = await relay.AcceptAuthenticatedAsync();
        await source.UntilAsync(() => source.Controlled.RelayIds.Count == 1);
        await first.Connection.CloseAsync((long)code, "gone");
        (HandConnection second, _) = await relay.AcceptAuthenticatedAsync();
        await source.UntilAsync(() => source.Controlled.RelayIds.Count == 1);
        await second.DisposeAsync();
    }

    [Test]
    public async Task New_proof_counts_from_the_next_dial_on()
    {
        await using HandRelay relay = new(_generation, "relay");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetRelays([relay.Listed("old")], isFirst: true);
        (HandConnection first, _) = await relay.AcceptAuthenticatedAsync();
        await source.UntilAsync(() => source.Controlled.RelayIds.Count == 1);
        source.Controlled.SetRelays([relay.Listed("new")], isFirst: false);
        Assert.That(source.Controlled.RelayIds, Has.Count.EqualTo(1));
        Assert.That(first.Connection.IsClosed, Is.False);

        await first.Connection.CloseAsync(0, "bye");
        (HandConnection second, AuthenticateReq request) = await relay.AcceptAuthenticatedAsync();
        Assert.That(request.Authentication.ToStringUtf8(), Is.EqualTo("new"));
        await second.DisposeAsync();
    }

    [Test]
    public async Task Another_certificate_is_another_instance()
    {
        await using HandRelay old = new(_generation, "relay");
        await using HandRelay restarted = new(_generation, "relay");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetRelays([old.Listed()], isFirst: true);
        (HandConnection first, _) = await old.AcceptAuthenticatedAsync();
        await source.UntilAsync(() => source.Controlled.RelayIds.Count == 1);

        source.Controlled.SetRelays([restarted.Listed()], isFirst: false);
        Assert.That((await first.ClosedAsync()).ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.RelayKeepaliveClosed));
        (HandConnection second, _) = await restarted.AcceptAuthenticatedAsync();
        await source.UntilAsync(() => source.Controlled.RelayIds.SequenceEqual(["relay"]));
        await second.DisposeAsync();
    }

    [Test]
    public async Task Missing_relay_stays_for_the_grace_period_and_is_closed_with_RelayKeepaliveClosed()
    {
        ManualTimers clock = new();
        TimeSpan grace = TimeSpan.FromSeconds(20);
        await using HandRelay relay = new(_generation, "relay");
        await using ClientUnderTest client = new(
            options => (options.TimeProvider, options.ShutdownTimeout, options.RelayGracePeriod) = (clock, TimeSpan.Zero, grace));
        ConnetSource source = client.AddSource();
        source.Controlled.SetRelays([relay.Listed()], isFirst: true);
        (HandConnection connection, _) = await relay.AcceptAuthenticatedAsync();
        await source.UntilAsync(() => source.Controlled.RelayIds.Count == 1);

        source.Controlled.SetRelays([], isFirst: true);
        Assert.That(source.Controlled.RelayIds, Has.Count.EqualTo(1));
        await clock.FireAsync(grace);
        Assert.That((await connection.ClosedAsync()).ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.RelayKeepaliveClosed));
        await source.UntilAsync(() => source.Controlled.RelayIds.Count == 0);
    }

    [Test]
    public async Task Relay_that_comes_back_within_the_grace_period_keeps_its_connection()
    {
        await using HandRelay relay = new(_generation, "relay");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetRelays([relay.Listed()], isFirst: true);
        (HandConnection connection, _) = await relay.AcceptAuthenticatedAsync();
        await source.UntilAsync(() => source.Controlled.RelayIds.Count == 1);

        source.Controlled.SetRelays([], isFirst: false);
        source.Controlled.SetRelays([relay.Listed("other")], isFirst: false);
        source.Controlled.SetPeers([new HandPeerEntry("peer", "relay").Listed], isFirst: true);
        Task<ConnetConnection> dial = source.DialBoundedAsync();
        await connection.AcceptConnectAsync();
        await using ConnetConnection proxied = await dial;
        Assert.That(client.Log.Count(2020), Is.EqualTo(1), "one connection");
    }

    [Test]
    public async Task Source_dials_through_a_relay_that_a_peer_names_and_half_closes()
    {
        await using HandRelay relay = new(_generation, "relay");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetRelays([relay.Listed()], isFirst: true);
        (HandConnection connection, _) = await relay.AcceptAuthenticatedAsync();
        source.Controlled.SetPeers([new HandPeerEntry("peer", "relay").Listed], isFirst: true);
        await source.WaitBoundedAsync(ConnetPathKind.Relay);

        Task<ConnetConnection> dial = source.DialBoundedAsync();
        (HandStream stream, _) = await connection.AcceptConnectAsync();
        await using ConnetConnection proxied = await dial;
        Assert.That((proxied.PathKind, proxied.IsEncrypted), Is.EqualTo((ConnetPathKind.Relay, false)));
        Assert.That(client.Log.All, Does.Contain("not end-to-end encrypted"));
        await proxied.WriteTextAsync("question");
        proxied.CompleteWrites();
        Assert.That((await stream.ReceiveToEndAsync()).Text(), Is.EqualTo("question"));
        await stream.SendBytesAsync("answer".Bytes(), complete: true);
        Assert.That(await proxied.ReadTextToEndAsync(), Is.EqualTo("answer"));
    }

    [Test]
    public async Task Destination_accepts_relay_streams_only_while_a_source_names_the_relay()
    {
        await using HandRelay relay = new(_generation, "relay");
        await using ClientUnderTest client = new(options => options.HandshakeIdleTimeout = TimeSpan.FromSeconds(3));
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetRelays([relay.Listed()], isFirst: true);
        (HandConnection connection, _) = await relay.AcceptAuthenticatedAsync();
        destination.Controlled.SetPeers([new HandPeerEntry("peer").Listed], isFirst: true);

        (HandStream refused, PeerResponse refusal) = await connection.ConnectAsync();
        Assert.That(refusal.Error.ToCode(), Is.EqualTo(ProtocolErrorCode.DestinationDialFailed));
        Assert.That(await refused.ReceiveToEndAsync(), Is.Empty);

        // The news of a source may come later than its first request.
        Task<(HandStream Stream, PeerResponse Answer)> early = connection.ConnectAsync();
        Task<ConnetConnection> accept = destination.AcceptBoundedAsync();
        destination.Controlled.SetPeers([new HandPeerEntry("other", "relay").Listed], isFirst: false);
        await using ConnetConnection proxied = await accept;
        (HandStream stream, PeerResponse answer) = await early;
        Assert.That(answer.Connect, Is.Not.Null);
        await stream.SendBytesAsync("ping".Bytes(), complete: true);
        Assert.That(await proxied.ReadTextToEndAsync(), Is.EqualTo("ping"));
    }

    [Test]
    public async Task Check_through_a_relay_is_an_unknown_request()
    {
        await using HandRelay relay = new(_generation, "relay");
        await using ClientUnderTest client = new();
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetRelays([relay.Listed()], isFirst: true);
        (HandConnection connection, _) = await relay.AcceptAuthenticatedAsync();

        (_, PeerResponse answer) = await connection.ConnectAsync(new PeerRequest());
        Assert.That(answer.Error.ToCode(), Is.EqualTo(ProtocolErrorCode.RequestUnknown));
    }

    [Test]
    public async Task Addresses_are_tried_beside_each_other()
    {
        await using HandRelay silent = new(_generation, "silent", options => options.AdmissionFilter = _ => QuicAdmission.Ignore);
        await using HandRelay relay = new(_generation, "relay");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetRelays(
            [relay.Listed("proof", AddressMessages.ToHostPort("127.0.0.1", silent.Endpoint.LocalEndPoint.Port), AddressMessages.ToHostPort("localhost", relay.Endpoint.LocalEndPoint.Port))],
            isFirst: true);
        (HandConnection connection, _) = await relay.AcceptAuthenticatedAsync();
        await source.UntilAsync(() => source.Controlled.RelayIds.Count == 1);
        await connection.DisposeAsync();
    }

    [Test]
    public async Task Shutdown_closes_with_0()
    {
        await using HandRelay relay = new(_generation, "relay");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetRelays([relay.Listed()], isFirst: true);
        (HandConnection connection, _) = await relay.AcceptAuthenticatedAsync();
        await source.UntilAsync(() => source.Controlled.RelayIds.Count == 1);
        await source.DisposeAsync().AsTask().WaitAsync(ClientUnderTest.Patience);
        Assert.That((await connection.ClosedAsync()).ApplicationErrorCode, Is.Zero);
    }

    [Test]
    public async Task Direct_route_uses_no_relay()
    {
        await using HandRelay relay = new(_generation, "relay");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource(configure: options => options.Route = ConnetRoute.Direct);
        source.Controlled.SetRelays([relay.Listed()], isFirst: true);
        Assert.That(client.Log.Count(2022), Is.Zero);
        Assert.That(source.GetStatus().Paths, Is.Empty);
    }

    [Test]
    public async Task Relay_that_died_silently_is_dialled_again_within_the_liveness_limits()
    {
        bool isDead = false;
        System.Net.IPEndPoint address = new(System.Net.IPAddress.Loopback, FreePorts.Next());
        byte[] resetKey = new byte[32];
        void Configure(QuicEndpointOptions options)
        {
            options.LocalEndPoint = address;
            options.StatelessResetKey = resetKey;
            options.OutgoingFilter = _ => Volatile.Read(ref isDead) ? QuicDatagramFate.Drop : QuicDatagramFate.Send;
        }

        HandRelay relay = new(_generation, "relay", Configure);
        await using ClientUnderTest client = new(options => (options.LivenessInterval, options.LivenessTimeout) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)));
        ConnetSource source = client.AddSource();
        source.Controlled.SetRelays([relay.Listed()], isFirst: true);
        (HandConnection first, _) = await relay.AcceptAuthenticatedAsync();
        await source.UntilAsync(() => source.Controlled.RelayIds.Count == 1);

        // As SIGKILL: no packet says that it goes.
        Volatile.Write(ref isDead, true);
        await relay.DisposeAsync();
        await using HandRelay again = new(_generation, "relay", options => (options.LocalEndPoint, options.StatelessResetKey) = (address, resetKey), relay.Certificate);
        (HandConnection second, _) = await again.AcceptAuthenticatedAsync();
        await source.UntilAsync(() => source.Controlled.RelayIds.Count == 1 && source.GetStatus().Paths.Count == 1);
        await second.DisposeAsync();
        await first.DisposeAsync();
    }

    [Test]
    public async Task Connection_that_was_silent_for_a_while_and_answers_again_stays()
    {
        bool isMute = false;
        bool isAlone = false;
        await using HandRelay relay = new(_generation, "relay", options =>
        {
            options.OutgoingFilter = _ => Volatile.Read(ref isMute) ? QuicDatagramFate.Drop : QuicDatagramFate.Send;

            // A fresh connection that stands before the old one has answered would take its place.
            options.AdmissionFilter = _ => Volatile.Read(ref isAlone) ? QuicAdmission.Ignore : QuicAdmission.Accept;
        });
        await using ClientUnderTest client = new(options => (options.LivenessInterval, options.LivenessTimeout) = (TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(300)));
        ConnetSource source = client.AddSource();
        source.Controlled.SetRelays([relay.Listed()], isFirst: true);
        (HandConnection connection, _) = await relay.AcceptAuthenticatedAsync();
        source.Controlled.SetPeers([new HandPeerEntry("peer", "relay").Listed], isFirst: true);
        await source.WaitBoundedAsync(ConnetPathKind.Relay);

        Volatile.Write(ref isAlone, true);
        Volatile.Write(ref isMute, true);
        await source.UntilAsync(() => client.Log.Count(2027) > 0);
        Volatile.Write(ref isMute, false);
        Task<ConnetConnection> dial = source.DialBoundedAsync();
        await connection.AcceptConnectAsync();
        await using ConnetConnection proxied = await dial;
        Assert.That(client.Log.Count(2020), Is.EqualTo(1), "still the one connection");
        Assert.That(connection.Connection.IsClosed, Is.False);
    }
}
