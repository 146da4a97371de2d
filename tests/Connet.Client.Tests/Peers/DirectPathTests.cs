using Connet.Client.Peers;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Quic;
using PeerRequest = Connet.Protocol.Peers.Request;
using PeerResponse = Connet.Protocol.Peers.Response;

namespace Connet.Client.Tests.Peers;

/// <summary>Direct connections, played by hand from the other side (protocol.md section 6).</summary>
[TestFixture(1)]
[TestFixture(2)]
[Parallelizable(ParallelScope.All)]
public sealed class DirectPathTests(int generation)
{
    private readonly ProtocolGeneration _generation = (ProtocolGeneration)generation;

    [Test]
    public async Task Dialler_checks_the_connection_and_dials_over_it_half_closed()
    {
        await using HandClient peer = new(_generation, "peer");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetPeers([peer.Listed()], isFirst: true);

        await using HandConnection connection = await peer.AcceptAsync();
        Assert.That(connection.Connection.TargetHostName, Is.EqualTo(peer.Identity.Server.ServerName));
        Assert.That(connection.Connection.RemoteCertificateChain[0].ToArray(), Is.EqualTo(source.Controlled.Identity.Client.Certificate.ToArray()));
        HandStream check = await connection.AcceptAsync();
        PeerRequest request = await check.ReceiveAsync(PeerRequest.Parser);
        Assert.That(request.CalculateSize(), Is.Zero);
        Assert.That(await check.ReceiveToEndAsync(), Is.Empty, "the check is the whole stream");
        Assert.That(source.GetStatus().Paths, Is.Empty, "not used before the answer");
        await check.SendAsync(new PeerResponse());
        check.Complete();

        Task<ConnetConnection> dial = source.DialBoundedAsync();
        (HandStream stream, PeerRequest connect) = await connection.AcceptConnectAsync();
        Assert.That(connect.Connect, Is.Not.Null);
        Assert.That(connect.Connect.SourceEncryption, Is.Empty, "a direct path is encrypted anyway");
        await using ConnetConnection proxied = await dial;
        Assert.That((proxied.PathKind, proxied.IsEncrypted, proxied.PeerId), Is.EqualTo((ConnetPathKind.Direct, true, "peer")));
        Assert.That(proxied.RemoteEndPoint, Is.EqualTo(peer.Endpoint.LocalEndPoint));

        await proxied.WriteTextAsync("question");
        proxied.CompleteWrites();
        Assert.That((await stream.ReceiveToEndAsync()).Text(), Is.EqualTo("question"));
        await stream.SendBytesAsync("answer".Bytes(), complete: true);
        Assert.That(await proxied.ReadTextToEndAsync(), Is.EqualTo("answer"));
    }

    [Test]
    public async Task Acceptor_answers_the_check_and_dials_over_a_connection_that_the_peer_dialled()
    {
        await using HandClient peer = new(_generation, "peer", listens: false);
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);

        await using HandConnection connection = await peer.DialCheckedAsync(client.Address, source.Server());
        Task<ConnetConnection> dial = source.DialBoundedAsync();
        (HandStream stream, _) = await connection.AcceptConnectAsync();
        await using ConnetConnection proxied = await dial;
        await stream.SendBytesAsync("hello".Bytes());
        Assert.That(await proxied.ReadTextAsync(5), Is.EqualTo("hello"));
    }

    [Test]
    public async Task Destination_accepts_over_both_directions()
    {
        await using HandClient peer = new(_generation, "peer");
        await using ClientUnderTest client = new();
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetPeers([peer.Listed()], isFirst: true);

        await using HandConnection theirs = await peer.DialCheckedAsync(client.Address, destination.Server());
        await using HandConnection ours = await peer.AcceptCheckedAsync();
        foreach (HandConnection connection in new[] { theirs, ours })
        {
            Task<ConnetConnection> accept = destination.AcceptBoundedAsync();
            (HandStream stream, PeerResponse answer) = await connection.ConnectAsync();
            Assert.That(answer.Connect, Is.Not.Null);
            Assert.That(answer.Error, Is.Null);
            await using ConnetConnection proxied = await accept;
            Assert.That(proxied.PeerId, Is.EqualTo("peer"));
            await stream.SendBytesAsync("ping".Bytes(), complete: true);
            Assert.That(await proxied.ReadTextToEndAsync(), Is.EqualTo("ping"));
            await proxied.WriteTextAsync("pong");
            proxied.CompleteWrites();
            Assert.That((await stream.ReceiveToEndAsync()).Text(), Is.EqualTo("pong"));
        }

        Assert.That(destination.GetStatus().Peers[0].DirectPaths, Is.EqualTo(2));
    }

    [Test]
    public async Task Check_that_is_answered_with_an_error_closes_with_ConnectionCheckFailed_and_is_dialled_again()
    {
        await using HandClient peer = new(_generation, "peer");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetPeers([peer.Listed()], isFirst: true);

        HandConnection connection = await peer.AcceptAsync();
        HandStream check = await connection.AcceptAsync();
        await check.ReceiveAsync(PeerRequest.Parser);
        await check.SendAsync(new PeerResponse { Error = ProtocolErrors.ToError(ProtocolErrorCode.Unknown, "no") });
        QuicException closed = await connection.ClosedAsync();
        Assert.That((closed.QuicError, closed.ApplicationErrorCode), Is.EqualTo((QuicError.ConnectionAborted, (long)ProtocolErrorCode.ConnectionCheckFailed)));

        await using HandConnection second = await peer.AcceptCheckedAsync();
        await source.WaitBoundedAsync(ConnetPathKind.Direct);
    }

    [Test]
    public async Task First_stream_that_is_no_check_closes_with_ConnectionCheckFailed()
    {
        await using HandClient peer = new(_generation, "peer", listens: false);
        await using ClientUnderTest client = new();
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);

        HandConnection connection = await peer.DialAsync(client.Address, destination.Server());
        HandStream stream = await connection.OpenAsync();
        await stream.SendAsync(new PeerRequest { Connect = new PeerRequest.Types.Connect() });
        QuicException closed = await connection.ClosedAsync();
        Assert.That(closed.ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.ConnectionCheckFailed));
    }

    [Test]
    public async Task Connection_without_a_check_closes_with_ConnectionCheckFailed_in_time()
    {
        await using HandClient peer = new(_generation, "peer", listens: false);
        await using ClientUnderTest client = new(options => options.HandshakeIdleTimeout = TimeSpan.FromSeconds(3));
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);

        HandConnection connection = await peer.DialAsync(client.Address, destination.Server());
        Assert.That((await connection.ClosedAsync()).ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.ConnectionCheckFailed));
    }

    [Test]
    public async Task Newer_connection_of_the_same_certificate_replaces_the_older_with_DirectKeepaliveClosed()
    {
        await using HandClient peer = new(_generation, "peer", listens: false);
        await using ClientUnderTest client = new();
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);

        HandConnection first = await peer.DialCheckedAsync(client.Address, destination.Server());
        await using HandConnection second = await peer.DialCheckedAsync(client.Address, destination.Server());
        Assert.That((await first.ClosedAsync()).ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.DirectKeepaliveClosed));
        Task<ConnetConnection> accept = destination.AcceptBoundedAsync();
        (_, PeerResponse answer) = await second.ConnectAsync();
        Assert.That(answer.Connect, Is.Not.Null);
        await (await accept).DisposeAsync();
    }

    [Test]
    public async Task Replaced_connection_finishes_its_streams()
    {
        await using HandClient peer = new(_generation, "peer", listens: false);
        await using ClientUnderTest client = new();
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);

        HandConnection first = await peer.DialCheckedAsync(client.Address, destination.Server());
        Task<ConnetConnection> accept = destination.AcceptBoundedAsync();
        (HandStream stream, _) = await first.ConnectAsync();
        ConnetConnection proxied = await accept;
        await using HandConnection second = await peer.DialCheckedAsync(client.Address, destination.Server());
        await destination.UntilAsync(() => destination.GetStatus().Paths.Count == 1);
        await stream.SendBytesAsync("late".Bytes(), complete: true);
        Assert.That(await proxied.ReadTextToEndAsync(), Is.EqualTo("late"));
        await proxied.WriteTextAsync("later");
        await proxied.DisposeAsync();
        Assert.That((await stream.ReceiveToEndAsync()).Text(), Is.EqualTo("later"));
        Assert.That((await first.ClosedAsync()).ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.DirectKeepaliveClosed));
    }

    [Test]
    public async Task Unknown_client_certificate_is_refused_in_the_handshake()
    {
        await using HandClient peer = new(_generation, "peer", listens: false);
        await using ClientUnderTest client = new();
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);

        QuicException refused = await RefusalAsync(() => peer.DialAsync(client.Address, destination.Server(), HandIdentity.Peer().Client));
        Assert.That(refused.QuicError, Is.EqualTo(QuicError.TlsError));
    }

    [Test]
    public async Task Unknown_server_name_is_refused_in_the_handshake()
    {
        await using HandClient peer = new(_generation, "peer", listens: false);
        await using ClientUnderTest client = new();
        client.AddDestination().Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);

        QuicException refused = await RefusalAsync(() => peer.DialAsync(client.Address, HandIdentity.Peer().Server));
        Assert.That(refused.QuicError, Is.EqualTo(QuicError.TlsError));
    }

    [Test]
    public async Task Listener_that_closes_with_AuthenticationFailed_after_the_handshake_is_dialled_again()
    {
        await using HandClient peer = new(_generation, "peer");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetPeers([peer.Listed()], isFirst: true);

        HandConnection refused = await peer.AcceptAsync();
        await refused.Connection.CloseAsync((long)ProtocolErrorCode.AuthenticationFailed, "armed for another");
        await using HandConnection second = await peer.AcceptCheckedAsync();
        await source.WaitBoundedAsync(ConnetPathKind.Direct);
    }

    [Test]
    public async Task Listener_that_closes_with_ConnectionCheckFailed_during_the_check_is_dialled_again()
    {
        await using HandClient peer = new(_generation, "peer");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetPeers([peer.Listed()], isFirst: true);

        HandConnection failed = await peer.AcceptAsync();
        await (await failed.AcceptAsync()).ReceiveAsync(PeerRequest.Parser);
        await failed.Connection.CloseAsync((long)ProtocolErrorCode.ConnectionCheckFailed, "the check failed");
        await using HandConnection second = await peer.AcceptCheckedAsync();
        await source.WaitBoundedAsync(ConnetPathKind.Direct);
        Assert.That(source.GetStatus().Paths, Has.Count.EqualTo(1), "the one that failed is none");
    }

    [Test]
    public async Task Dialler_that_closes_with_ConnectionCheckFailed_during_the_check_may_dial_again()
    {
        await using HandClient peer = new(_generation, "peer", listens: false);
        await using ClientUnderTest client = new();
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);
        using CancellationTokenSource patience = new(ClientUnderTest.Patience);

        // More often than connections of one peer may be in their check: each gives its place back.
        for (int i = 1; i <= 6; i++)
        {
            HandConnection failed = await peer.DialAsync(client.Address, destination.Server());
            HandStream check = await failed.OpenAsync();
            await check.SendBytesAsync(HandFraming.Length(0, _generation).AsMemory(1));

            // What comes over a stream is acknowledged when both sides are through with the handshake, and not before.
            HandStream acknowledged = await failed.OpenAsync();
            acknowledged.Complete();
            await acknowledged.Stream.WritesClosed.WaitAsync(ClientUnderTest.Patience);
            await failed.Connection.CloseAsync((long)ProtocolErrorCode.ConnectionCheckFailed, "the check failed");
            await client.Log.WaitForAsync("did not pass the check", i, patience.Token);
        }

        Assert.That(destination.GetStatus().Paths, Is.Empty);
        await using HandConnection connection = await peer.DialCheckedAsync(client.Address, destination.Server());
        Task<ConnetConnection> accept = destination.AcceptBoundedAsync();
        await connection.ConnectAsync();
        await using ConnetConnection proxied = await accept;
    }

    [Test]
    public async Task Listener_that_refuses_the_certificate_is_dialled_again()
    {
        await using HandClient peer = new(_generation, "peer");
        int refusals = 0;
        peer.Admit = _ => Interlocked.Increment(ref refusals) > 1;
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetPeers([peer.Listed()], isFirst: true);

        await using HandConnection second = await peer.AcceptCheckedAsync();
        await source.WaitBoundedAsync(ConnetPathKind.Direct);
        Assert.That(refusals, Is.EqualTo(2));
    }

    [Test]
    public async Task Parallel_dials_leave_one_checked_connection()
    {
        await using HandClient peer = new(_generation, "peer");
        await using HandClient silent = new(_generation, "silent", options => options.AdmissionFilter = _ => QuicAdmission.Ignore);
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        Connet.Protocol.Control.RemotePeer listed = peer.Listed(withAddress: false);
        listed.Peer.Directs.Add(Protocol.Addressing.AddressMessages.ToAddrPort(silent.Endpoint.LocalEndPoint));
        listed.Peer.Directs.Add(Protocol.Addressing.AddressMessages.ToAddrPort(peer.Endpoint.LocalEndPoint));
        source.Controlled.SetPeers([listed], isFirst: true);

        await using HandConnection connection = await peer.AcceptCheckedAsync();
        await source.WaitBoundedAsync(ConnetPathKind.Direct);
        Assert.That(source.GetStatus().Paths, Has.Count.EqualTo(1));
        Assert.That(source.GetStatus().Paths[0].RemoteEndPoint, Is.EqualTo(peer.Endpoint.LocalEndPoint));
    }

    [Test]
    public async Task Connection_that_lost_the_race_is_closed_without_a_check()
    {
        await using HandClient first = new(_generation, "peer");
        await using HandClient second = new(_generation, "peer") { Identity = first.Identity };
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        Connet.Protocol.Control.RemotePeer listed = first.Listed();
        listed.Peer.Directs.Add(Protocol.Addressing.AddressMessages.ToAddrPort(second.Endpoint.LocalEndPoint));
        source.Controlled.SetPeers([listed], isFirst: true);

        HandConnection[] connections = await Task.WhenAll(first.AcceptAsync(), second.AcceptAsync());
        await using HandConnection one = connections[0];
        await using HandConnection other = connections[1];
        Task<HandStream> checkOne = one.AcceptAsync();
        Task<HandStream> checkOther = other.AcceptAsync();
        Task<HandStream> chosen = await Task.WhenAny(checkOne, checkOther);
        HandStream check = await chosen;
        await check.ReceiveAsync(PeerRequest.Parser);
        await check.SendAsync(new PeerResponse());
        check.Complete();

        bool isOne = chosen == checkOne;
        QuicException closed = await (isOne ? other : one).ClosedAsync();

        // Or a plain close: the listener may be through with the handshake while the dial that is given up is not.
        Assert.That(closed.ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.DirectKeepaliveClosed).Or.EqualTo((long)ProtocolErrorCode.Unknown));
        Assert.That(async () => await (isOne ? checkOther : checkOne), Throws.InstanceOf<QuicException>(), "a check would make its listener drop the winner");
        await source.WaitBoundedAsync(ConnetPathKind.Direct);
    }

    [TestCase(ProtocolErrorCode.Unknown)]
    [TestCase(ProtocolErrorCode.ConnectionCheckFailed)]
    [TestCase(ProtocolErrorCode.DirectConnectionClosed)]
    [TestCase(ProtocolErrorCode.DirectKeepaliveClosed)]
    public async Task Connection_that_the_peer_closes_with_any_code_is_dialled_again(ProtocolErrorCode code)
    {
        await using HandClient peer = new(_generation, "peer");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource();
        source.Controlled.SetPeers([peer.Listed()], isFirst: true);

        HandConnection first = await peer.AcceptCheckedAsync();
        await source.WaitBoundedAsync(ConnetPathKind.Direct);
        await first.Connection.CloseAsync((long)code, "gone");
        await using HandConnection second = await peer.AcceptCheckedAsync();
        await source.WaitBoundedAsync(ConnetPathKind.Direct);
    }

    [Test]
    public async Task Relay_route_neither_dials_nor_accepts()
    {
        await using HandClient peer = new(_generation, "peer");
        await using ClientUnderTest client = new();
        ConnetDestination destination = client.AddDestination(configure: options => options.Route = ConnetRoute.Relay);
        destination.Controlled.SetPeers([peer.Listed()], isFirst: true);

        QuicException refused = await RefusalAsync(() => peer.DialAsync(client.Address, destination.Server()));
        Assert.That(refused.QuicError, Is.EqualTo(QuicError.TlsError));
        Assert.That(client.Log.Count(2003), Is.Zero, "no dial");
    }

    [Test]
    public async Task Shutdown_closes_with_0_when_open_connections_have_ended()
    {
        await using HandClient peer = new(_generation, "peer", listens: false);
        await using ClientUnderTest client = new();
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);
        HandConnection connection = await peer.DialCheckedAsync(client.Address, destination.Server());
        Task<ConnetConnection> accept = destination.AcceptBoundedAsync();
        (HandStream stream, _) = await connection.ConnectAsync();
        ConnetConnection proxied = await accept;

        Task stop = destination.StopAsync(ClientUnderTest.Patience).AsTask();
        HandStream late = await connection.OpenAsync();
        await late.SendAsync(new PeerRequest { Connect = new PeerRequest.Types.Connect() });
        Assert.That(await IsAcceptedAsync(late), Is.False, "no new streams");
        Assert.That(stop.IsCompleted, Is.False);
        await proxied.WriteTextAsync("rest");
        await proxied.DisposeAsync();
        Assert.That((await stream.ReceiveToEndAsync()).Text(), Is.EqualTo("rest"));
        QuicException closed = await connection.ClosedAsync();
        Assert.That((closed.QuicError, closed.ApplicationErrorCode), Is.EqualTo((QuicError.ConnectionAborted, 0L)));
        await stop.WaitAsync(ClientUnderTest.Patience);
        await destination.AcceptAsync().AsTask().FailureAsync<ObjectDisposedException>();
    }

    [Test]
    public async Task Shutdown_does_not_wait_beyond_its_deadline()
    {
        await using HandClient peer = new(_generation, "peer", listens: false);
        await using ClientUnderTest client = new();
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);
        HandConnection connection = await peer.DialCheckedAsync(client.Address, destination.Server());
        Task<ConnetConnection> accept = destination.AcceptBoundedAsync();
        await connection.ConnectAsync();
        await using ConnetConnection proxied = await accept;

        await destination.StopAsync(TimeSpan.FromMilliseconds(200)).AsTask().WaitAsync(ClientUnderTest.Patience);
        Assert.That((await connection.ClosedAsync()).ApplicationErrorCode, Is.Zero);
        Assert.That(await proxied.ReadFailureAsync(), Is.InstanceOf<ConnetConnectionException>());
    }

    [Test]
    public async Task Shutdown_does_not_wait_for_as_long_as_the_streams_of_a_peer_that_is_gone_were_given()
    {
        await using HandClient peer = new(_generation, "peer", listens: false);
        await using ClientUnderTest client = new();
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);
        HandConnection connection = await peer.DialCheckedAsync(client.Address, destination.Server());
        Task<ConnetConnection> accept = destination.AcceptBoundedAsync();
        await connection.ConnectAsync();
        await using ConnetConnection proxied = await accept;
        destination.Controlled.SetPeers([], isFirst: false);
        Assert.That(connection.Connection.IsClosed, Is.False, "its streams may end");

        TimeSpan patience = PeerTransport.DrainTime / 3;
        await destination.StopAsync(TimeSpan.FromMilliseconds(200)).AsTask().WaitAsync(patience);
    }

    [Test]
    public async Task Peer_may_be_dropped_while_the_endpoint_that_stops_gives_it_up()
    {
        await using HandClient peer = new(_generation, "peer", listens: false);
        await using ClientUnderTest client = new();
        PeerEndpoint endpoint = (PeerEndpoint)client.AddDestination().Controlled;
        endpoint.SetPeers([peer.Listed(withAddress: false)], isFirst: true);
        KnownPeer known = endpoint.Peers.Snapshot[0];
        known.Dispose();
        Assert.DoesNotThrow(() => known.Drop(atOnce: false));
        Assert.DoesNotThrow(known.Start);
    }

    /// <summary>Whether a request is answered with a connection; an error and a reset are none.</summary>
    private static async Task<bool> IsAcceptedAsync(HandStream stream)
    {
        try
        {
            return (await stream.ReceiveAsync(PeerResponse.Parser)).Connect is not null;
        }
        catch (QuicException)
        {
            return false;
        }
    }

    /// <summary>A server may refuse a client's certificate when the client already takes the handshake for done.</summary>
    private static async Task<QuicException> RefusalAsync(Func<Task<HandConnection>> dial)
    {
        try
        {
            return await (await dial()).ClosedAsync();
        }
        catch (QuicException exception)
        {
            return exception;
        }
    }
}
