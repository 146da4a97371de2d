using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Identities;
using Connet.Protocol.Peers;

namespace Connet.Client.Tests.Peers;

/// <summary>TLS through a relay (protocol.md section 7), with relay and peer played by hand.</summary>
[TestFixture(1)]
[TestFixture(2)]
[Parallelizable(ParallelScope.All)]
public sealed class RelayTlsTests(int generation)
{
    private readonly ProtocolGeneration _generation = (ProtocolGeneration)generation;

    [Test]
    public async Task Source_and_destination_agree_on_tls_and_half_close()
    {
        HandPeerEntry peer = new("peer", "relay") { Encryptions = [RelayEncryption.Tls] };
        await using ThroughRelay side = await StartSourceAsync(peer);
        (Task<ConnetConnection> dial, HandStream stream, Request request) = await AnswerAsync(side, peer.Identity);
        Assert.That(request.Connect.SourceEncryption, Is.EqualTo(new[] { RelayEncryption.Tls, RelayEncryption.Dhxcp, RelayEncryption.None }));
        Assert.That(request.Connect.SourceTls.ClientName, Is.EqualTo(side.Source.Server().ServerName));

        HandTls far = HandTls.Server(peer.Identity.Server);
        Assert.That(await far.HandshakeAsync(stream.Stream));
        Assert.That((far.RequestedName, far.HasProtocols), Is.EqualTo((peer.Identity.Server.ServerName, false)));
        Assert.That(far.PeerCertificate, Is.EqualTo(side.Source.Controlled.Identity.Client.Certificate.ToArray()));
        await using ConnetConnection proxied = await dial;
        Assert.That((proxied.IsEncrypted, proxied.PathKind, proxied.PeerId), Is.EqualTo((true, ConnetPathKind.Relay, "peer")));
        await proxied.WriteTextAsync("question");
        proxied.CompleteWrites();
        Assert.That((await far.ReadToEndAsync(stream.Stream)).Text(), Is.EqualTo("question"));
        await stream.SendBytesAsync(far.SealLast("answer".Bytes()), complete: true);
        Assert.That(await proxied.ReadTextToEndAsync(), Is.EqualTo("answer"));
        Assert.That(side.Source.GetStatus().Paths[0].IsEncrypted, Is.True);
    }

    [Test]
    public async Task Destination_prefers_tls_and_half_closes()
    {
        HandPeerEntry peer = new("peer", "relay") { Encryptions = [RelayEncryption.Tls, RelayEncryption.Dhxcp] };
        await using ThroughRelay side = await StartDestinationAsync(peer);
        Assert.That(side.Destination.Controlled.RelayEncryptions, Is.EqualTo(new[] { RelayEncryption.Tls, RelayEncryption.Dhxcp, RelayEncryption.None }));
        (HandStream stream, ConnetConnection proxied) = await OpenAsync(side, Offer(peer.Identity, RelayEncryption.None, RelayEncryption.Tls));
        await using ConnetConnection accepted = proxied;
        Assert.That((proxied.IsEncrypted, proxied.PeerId), Is.EqualTo((true, "peer")));
        HandTls far = HandTls.Client(side.Destination.Server().ServerName, peer.Identity.Client);
        Assert.That(await far.HandshakeAsync(stream.Stream));
        Assert.That(far.PeerCertificate, Is.EqualTo(side.Destination.Server().Certificate.ToArray()));
        await stream.SendBytesAsync(far.SealLast("question".Bytes()), complete: true);
        Assert.That(await proxied.ReadTextToEndAsync(), Is.EqualTo("question"));
        await proxied.WriteTextAsync("answer");
        proxied.CompleteWrites();
        Assert.That((await far.ReadToEndAsync(stream.Stream)).Text(), Is.EqualTo("answer"));
    }

    [Test]
    public async Task Reset_crosses_tls_with_its_code()
    {
        HandPeerEntry peer = new("peer", "relay");
        await using ThroughRelay side = await StartDestinationAsync(peer);
        (HandStream stream, ConnetConnection proxied) = await OpenAsync(side, Offer(peer.Identity, RelayEncryption.Tls));
        await using ConnetConnection accepted = proxied;
        await HandTls.Client(side.Destination.Server().ServerName, peer.Identity.Client).HandshakeAsync(stream.Stream);
        await proxied.WriteTextAsync("waits for the end of the handshake");
        stream.Reset(81, Quic.QuicAbortDirection.Write);
        Assert.That(((ConnetConnectionException)await proxied.ReadFailureAsync()).ErrorCode, Is.EqualTo(81));
        proxied.Abort(82);
        Assert.That((await stream.ReceiveFailureAsync())?.ApplicationErrorCode, Is.EqualTo(82));
    }

    [Test]
    public async Task Stream_that_ends_without_close_notify_was_cut_short()
    {
        HandPeerEntry peer = new("peer", "relay");
        await using ThroughRelay side = await StartSourceAsync(peer);
        (Task<ConnetConnection> dial, HandStream stream, _) = await AnswerAsync(side, peer.Identity);
        HandTls far = HandTls.Server(peer.Identity.Server);
        await far.HandshakeAsync(stream.Stream);
        await using ConnetConnection proxied = await dial;
        await stream.SendBytesAsync(far.Seal("part".Bytes()), complete: true);
        Assert.That(await proxied.ReadTextAsync(4), Is.EqualTo("part"));
        Assert.That((await proxied.ReadFailureAsync()).Message, Does.Contain("cut short"));
    }

    [Test]
    public async Task What_a_relay_has_altered_ends_the_connection_with_an_alert()
    {
        HandPeerEntry peer = new("peer", "relay");
        await using ThroughRelay side = await StartDestinationAsync(peer);
        (HandStream stream, ConnetConnection proxied) = await OpenAsync(side, Offer(peer.Identity, RelayEncryption.Tls));
        await using ConnetConnection accepted = proxied;
        HandTls far = HandTls.Client(side.Destination.Server().ServerName, peer.Identity.Client);
        await far.HandshakeAsync(stream.Stream);
        byte[] record = far.Seal("altered".Bytes());
        record[^1] ^= 1;
        await stream.SendBytesAsync(record);
        Assert.That((await proxied.ReadFailureAsync()).Message, Does.Contain("not what the other side sent"));
        Assert.That(await far.ReadAlertAsync(stream.Stream), Is.EqualTo(20), "bad_record_mac");
    }

    [Test]
    public async Task Impostor_at_the_other_end_is_refused_by_the_source()
    {
        HandPeerEntry peer = new("peer", "relay");
        await using ThroughRelay side = await StartSourceAsync(peer);
        (Task<ConnetConnection> dial, HandStream stream, _) = await AnswerAsync(side, peer.Identity);
        HandTls impostor = HandTls.Server(HandIdentity.Peer().Server);
        await impostor.HandshakeAsync(stream.Stream);
        Assert.That((impostor.IsComplete, impostor.ReceivedAlert), Is.EqualTo((false, (int?)42)), "bad_certificate");
        ProtocolException failure = await dial.FailureAsync<ProtocolException>();
        Assert.That(failure.Code, Is.EqualTo(ProtocolErrorCode.DestinationRelayEncryptionError));
        Assert.That(failure.Message, Does.Contain("not the one that its peer has announced"));
    }

    [Test]
    public async Task Impostor_at_the_other_end_is_refused_by_the_destination([Values] bool hasCertificate)
    {
        HandPeerEntry peer = new("peer", "relay");
        await using ThroughRelay side = await StartDestinationAsync(peer);
        (HandStream stream, ConnetConnection proxied) = await OpenAsync(side, Offer(peer.Identity, RelayEncryption.Tls));
        await using ConnetConnection accepted = proxied;
        HandTls impostor = HandTls.Client(side.Destination.Server().ServerName, hasCertificate ? HandIdentity.Peer().Client : null);
        await impostor.HandshakeAsync(stream.Stream);
        Assert.That(await impostor.ReadAlertAsync(stream.Stream), Is.EqualTo(hasCertificate ? 42 : 116));
        string why = hasCertificate ? "not the one that its peer has announced" : "no certificate";
        Assert.That((await proxied.ReadFailureAsync()).Message, Does.Contain(why));

        // It is another task that logs it.
        await side.Client.Log.WaitBoundedAsync(why);
        Assert.That(side.Client.Log.Count(2043), Is.EqualTo(1), side.Client.Log.All);
    }

    [Test]
    public async Task Source_that_asks_for_another_name_is_refused()
    {
        HandPeerEntry peer = new("peer", "relay");
        await using ThroughRelay side = await StartDestinationAsync(peer);
        (HandStream stream, ConnetConnection proxied) = await OpenAsync(side, Offer(peer.Identity, RelayEncryption.Tls));
        await using ConnetConnection accepted = proxied;
        HandTls far = HandTls.Client(HandIdentity.Peer().Server.ServerName, peer.Identity.Client);
        await far.HandshakeAsync(stream.Stream);
        Assert.That((far.IsComplete, far.ReceivedAlert), Is.EqualTo((false, (int?)112)), "unrecognized_name");
        Assert.That((await proxied.ReadFailureAsync()).Message, Does.Contain("name of somebody else"));
    }

    [Test]
    public async Task Plain_bytes_instead_of_tls_fail_the_dial()
    {
        HandPeerEntry peer = new("peer", "relay");
        await using ThroughRelay side = await StartSourceAsync(peer);
        (Task<ConnetConnection> dial, HandStream stream, _) = await AnswerAsync(side, peer.Identity);
        await stream.SendBytesAsync("HTTP/1.1 200 OK\r\n\r\n".Bytes());
        ProtocolException failure = await dial.FailureAsync<ProtocolException>();
        Assert.That((failure.Code, failure.Message.Contains("TLS handshake", StringComparison.Ordinal)), Is.EqualTo((ProtocolErrorCode.DestinationRelayEncryptionError, true)));
    }

    [Test]
    public async Task Destination_that_answers_and_then_says_nothing_fails_the_dial_in_time()
    {
        HandPeerEntry peer = new("peer", "relay");
        await using ThroughRelay side = await StartSourceAsync(peer, client => client.HandshakeIdleTimeout = TimeSpan.FromSeconds(3));
        (Task<ConnetConnection> dial, HandStream stream, _) = await AnswerAsync(side, peer.Identity);
        ProtocolException failure = await dial.FailureAsync<ProtocolException>();
        Assert.That((failure.Code, failure.Message.Contains("within 3 s", StringComparison.Ordinal)), Is.EqualTo((ProtocolErrorCode.DestinationRelayEncryptionError, true)));
        Assert.That((await stream.ReceiveFailureAsync())?.ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.DestinationRelayEncryptionError));
    }

    [Test]
    public async Task Source_that_asks_and_then_says_nothing_holds_up_nobody()
    {
        HandPeerEntry peer = new("peer", "relay");
        await using ThroughRelay side = await StartDestinationAsync(peer);
        (_, ConnetConnection silent) = await OpenAsync(side, Offer(peer.Identity, RelayEncryption.Tls));
        (HandStream stream, ConnetConnection proxied) = await OpenAsync(side, Offer(peer.Identity, RelayEncryption.Tls));
        HandTls far = HandTls.Client(side.Destination.Server().ServerName, peer.Identity.Client);
        await far.HandshakeAsync(stream.Stream);
        await stream.SendBytesAsync(far.Seal("next".Bytes()));
        Assert.That(await proxied.ReadTextAsync(4), Is.EqualTo("next"));
        await proxied.DisposeAsync();
        silent.Abort(0);
        await silent.DisposeAsync();
    }

    [Test]
    public async Task Connection_disposed_in_the_middle_of_the_handshake_ends_in_order_after_it()
    {
        HandPeerEntry peer = new("peer", "relay");
        await using ThroughRelay side = await StartDestinationAsync(peer);
        (HandStream stream, ConnetConnection proxied) = await OpenAsync(side, Offer(peer.Identity, RelayEncryption.Tls));
        await proxied.DisposeAsync();
        HandTls far = HandTls.Client(side.Destination.Server().ServerName, peer.Identity.Client);
        Assert.That(await far.HandshakeAsync(stream.Stream));
        Assert.That(await far.ReadToEndAsync(stream.Stream), Is.Empty);
    }

    [Test]
    public async Task Offer_of_tls_without_a_name_or_with_an_unknown_one_is_refused([Values] bool isNamed)
    {
        HandPeerEntry peer = new("peer", "relay");
        await using ThroughRelay side = await StartDestinationAsync(peer, client => client.HandshakeIdleTimeout = TimeSpan.FromSeconds(3));
        Request offer = Offer(HandIdentity.Peer(), RelayEncryption.Tls);
        offer.Connect.SourceTls = isNamed ? offer.Connect.SourceTls : null;
        (_, Response answer) = await side.Relay.ConnectAsync(offer);
        Assert.That(answer.Error.ToCode(), Is.EqualTo(ProtocolErrorCode.DestinationRelayEncryptionError));
        Assert.That(answer.Error.Message, Does.Contain(isNamed ? "the source is not known" : "without their configuration"));
    }

    [Test]
    public async Task Answer_without_a_name_or_with_an_unknown_one_is_refused([Values] bool isNamed)
    {
        await using ThroughRelay side = await StartSourceAsync(
            new HandPeerEntry("peer", "relay"), client => client.HandshakeIdleTimeout = TimeSpan.FromSeconds(3));
        Task<ConnetConnection> dial = side.Source.DialBoundedAsync();
        Response answer = Answer(HandIdentity.Peer());
        answer.Connect.DestinationTls = isNamed ? answer.Connect.DestinationTls : null;
        await side.Relay.AcceptConnectAsync(answer);
        ProtocolException failure = await dial.FailureAsync<ProtocolException>();
        Assert.That(failure.Code, Is.EqualTo(ProtocolErrorCode.DestinationRelayEncryptionError));
        Assert.That(failure.Message, Does.Contain(isNamed ? "not known" : "without its configuration"));
    }

    [Test]
    public async Task Destination_that_is_listed_after_it_has_answered_is_waited_for()
    {
        ManualTimers clock = new();
        TimeSpan patience = TimeSpan.FromSeconds(7);
        HandPeerEntry peer = new("peer", "relay");
        HandPeerEntry late = new("late", "relay");
        await using ThroughRelay side = await StartSourceAsync(
            peer, client => (client.TimeProvider, client.HandshakeIdleTimeout) = (clock, patience));
        (Task<ConnetConnection> dial, HandStream stream, _) = await AnswerAsync(side, late.Identity);
        await clock.SetAsync(patience);
        side.Source.Controlled.SetPeers([peer.Listed, late.Listed], isFirst: false);
        Assert.That(await HandTls.Server(late.Identity.Server).HandshakeAsync(stream.Stream));
        await using ConnetConnection proxied = await dial;
        Assert.That((proxied.PeerId, proxied.IsEncrypted), Is.EqualTo(("late", true)));
    }

    [Test]
    public async Task Offer_or_answer_that_lost_its_tls_on_the_way_is_refused()
    {
        HandPeerEntry peer = new("peer", "relay") { Encryptions = [RelayEncryption.Tls] };
        await using (ThroughRelay destination = await StartDestinationAsync(peer))
        {
            (_, Response answer) = await destination.Relay.ConnectAsync();
            Assert.That(answer.Error.ToCode(), Is.EqualTo(ProtocolErrorCode.DestinationRelayEncryptionError));
        }

        await using ThroughRelay source = await StartSourceAsync(peer);
        Task<ConnetConnection> dial = source.Source.DialBoundedAsync();
        await source.Relay.AcceptConnectAsync(new Response { Connect = new Response.Types.Connect() });
        Assert.That((await dial.FailureAsync<ProtocolException>()).Code, Is.EqualTo(ProtocolErrorCode.DestinationRelayEncryptionError));
    }

    [Test]
    public async Task Strict_sides_refuse_everything_else()
    {
        HandPeerEntry peer = new("peer", "relay");
        await using (ThroughRelay destination = await StartDestinationAsync(peer, encryptions: ["tls"]))
        {
            (_, Response answer) = await destination.Relay.ConnectAsync();
            Assert.That(answer.Error.ToCode(), Is.EqualTo(ProtocolErrorCode.DestinationRelayEncryptionError));
        }

        await using ThroughRelay source = await ThroughRelay.StartSourceAsync(_generation, peer, options => options.RelayEncryptions = ["tls"]);
        Task<ConnetConnection> dial = source.Source.DialBoundedAsync();
        (_, Request request) = await source.Relay.AcceptConnectAsync(new Response { Connect = new Response.Types.Connect() });
        Assert.That(request.Connect.SourceEncryption, Is.EqualTo(new[] { RelayEncryption.Tls }));
        Assert.That(request.Connect.SourceDhX25519, Is.Null);
        Assert.That((await dial.FailureAsync<ProtocolException>()).Code, Is.EqualTo(ProtocolErrorCode.DestinationRelayEncryptionError));
    }

    private static Request Offer(PeerIdentity source, params RelayEncryption[] schemes)
    {
        Request request = new() { Connect = new Request.Types.Connect { SourceTls = new TlsConfiguration { ClientName = source.Server.ServerName! } } };
        request.Connect.SourceEncryption.AddRange(schemes);
        return request;
    }

    private static Response Answer(PeerIdentity destination) => new()
    {
        Connect = new Response.Types.Connect
        {
            DestinationEncryption = RelayEncryption.Tls,
            DestinationTls = new TlsConfiguration { ClientName = destination.Server.ServerName! },
        },
    };

    /// <summary>Dials, and answers with the choice of TLS.</summary>
    private static async Task<(Task<ConnetConnection> Dial, HandStream Stream, Request Request)> AnswerAsync(ThroughRelay side, PeerIdentity destination)
    {
        Task<ConnetConnection> dial = side.Source.DialBoundedAsync();
        (HandStream stream, Request request) = await side.Relay.AcceptConnectAsync(Answer(destination));
        return (dial, stream, request);
    }

    /// <summary>Asks for a connection, which is accepted with TLS.</summary>
    private static async Task<(HandStream Stream, ConnetConnection Proxied)> OpenAsync(ThroughRelay side, Request offer)
    {
        Task<ConnetConnection> accept = side.Destination.AcceptBoundedAsync();
        (HandStream stream, Response answer) = await side.Relay.ConnectAsync(offer);
        Assert.That(answer.Connect?.DestinationEncryption, Is.EqualTo(RelayEncryption.Tls), answer.ToString());
        Assert.That(answer.Connect!.DestinationTls.ClientName, Is.EqualTo(side.Destination.Server().ServerName));
        return (stream, await accept);
    }

    private Task<ThroughRelay> StartSourceAsync(HandPeerEntry peer, Action<ConnetClientOptions>? configureClient = null) =>
        ThroughRelay.StartSourceAsync(_generation, peer, options => options.RelayEncryptions = ["none", "dhxcp", "tls"], configureClient);

    private Task<ThroughRelay> StartDestinationAsync(
        HandPeerEntry peer, Action<ConnetClientOptions>? configureClient = null, IList<string>? encryptions = null) =>
        ThroughRelay.StartDestinationAsync(_generation, peer, options => options.RelayEncryptions = encryptions ?? ["none", "dhxcp", "tls"], configureClient);
}
