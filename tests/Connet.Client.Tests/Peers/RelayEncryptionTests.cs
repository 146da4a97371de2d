using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Encryption;
using Connet.Protocol.Identities;
using Connet.Protocol.Keys;
using Connet.Protocol.Peers;

namespace Connet.Client.Tests.Peers;

/// <summary>Encryption through a relay (protocol.md section 7), with relay and peer played by hand.</summary>
[TestFixture(1)]
[TestFixture(2)]
[Parallelizable(ParallelScope.All)]
public sealed class RelayEncryptionTests(int generation)
{
    private readonly ProtocolGeneration _generation = (ProtocolGeneration)generation;
    private readonly SignedKeys _signedKeys = new(TimeProvider.System);

    [Test]
    public async Task Source_and_destination_agree_on_dhxcp_and_half_close()
    {
        HandPeerEntry peer = new("peer", "relay") { Encryptions = [RelayEncryption.Dhxcp, RelayEncryption.None] };
        await using ThroughRelay side = await ThroughRelay.StartSourceAsync(_generation, peer);
        Task<ConnetConnection> dial = side.Source.DialBoundedAsync();
        HandStream stream = await side.Relay.AcceptAsync();
        Request request = await stream.ReceiveAsync(Request.Parser);
        Assert.That(request.Connect.SourceEncryption, Is.EqualTo(new[] { RelayEncryption.Dhxcp, RelayEncryption.None }));
        Assert.That(request.Connect.SourceDhX25519.ClientName, Is.EqualTo(side.Source.Server().ServerName));
        Assert.That(_signedKeys.TryVerify(request.Connect.SourceDhX25519, Info(side.Source.Server()), out byte[]? theirs, out string? fault), Is.True, fault);

        X25519KeyPair own = X25519KeyPair.Generate();
        await stream.SendAsync(Answer(own, peer.Identity.Server));
        await using ConnetConnection proxied = await dial;
        Assert.That((proxied.IsEncrypted, proxied.PathKind, proxied.PeerId), Is.EqualTo((true, ConnetPathKind.Relay, "peer")));
        Assert.That(DhxcpKeys.TryDeriveAtDestination(own, theirs, out DhxcpKeys? keys));
        await using DhxcpStream far = DhxcpStream.AtDestination(stream.Stream, keys!);
        await proxied.WriteTextAsync("question");
        proxied.CompleteWrites();
        Assert.That(await far.ReadTextToEndAsync(), Is.EqualTo("question"));
        await far.WriteTextAsync("answer");
        stream.Complete();
        Assert.That(await proxied.ReadTextToEndAsync(), Is.EqualTo("answer"));
        Assert.That(side.Source.GetStatus().Paths[0].IsEncrypted, Is.True);
    }

    [Test]
    public async Task Destination_chooses_dhxcp_and_half_closes()
    {
        HandPeerEntry peer = new("peer", "relay") { Encryptions = [RelayEncryption.Dhxcp, RelayEncryption.None] };
        await using ThroughRelay side = await ThroughRelay.StartDestinationAsync(_generation, peer);
        X25519KeyPair own = X25519KeyPair.Generate();
        Task<ConnetConnection> accept = side.Destination.AcceptBoundedAsync();
        (HandStream stream, Response answer) = await side.Relay.ConnectAsync(Offer(own, peer.Identity.Server, RelayEncryption.Dhxcp, RelayEncryption.None));
        Assert.That(answer.Connect.DestinationEncryption, Is.EqualTo(RelayEncryption.Dhxcp));
        Assert.That(_signedKeys.TryVerify(answer.Connect.DestinationDhX25519, Info(side.Destination.Server()), out byte[]? theirs, out string? fault), Is.True, fault);
        Assert.That(DhxcpKeys.TryDeriveAtSource(own, theirs, out DhxcpKeys? keys));
        await using ConnetConnection proxied = await accept;
        Assert.That((proxied.IsEncrypted, proxied.PeerId), Is.EqualTo((true, "peer")));
        await using DhxcpStream far = DhxcpStream.AtSource(stream.Stream, keys!);
        await far.WriteTextAsync("question");
        stream.Complete();
        Assert.That(await proxied.ReadTextToEndAsync(), Is.EqualTo("question"));
        await proxied.WriteTextAsync("answer");
        proxied.CompleteWrites();
        Assert.That(await far.ReadTextToEndAsync(), Is.EqualTo("answer"));
    }

    [Test]
    public async Task Older_source_without_encryption_is_served_plain()
    {
        await using ThroughRelay side = await ThroughRelay.StartDestinationAsync(_generation, new HandPeerEntry("peer", "relay"));
        Task<ConnetConnection> accept = side.Destination.AcceptBoundedAsync();
        (HandStream stream, Response answer) = await side.Relay.ConnectAsync();
        Assert.That(answer.Connect.DestinationEncryption, Is.EqualTo(RelayEncryption.None));
        await using ConnetConnection proxied = await accept;
        Assert.That((proxied.IsEncrypted, proxied.PeerId), Is.EqualTo((false, (string?)null)));
        await stream.SendBytesAsync("plain".Bytes(), complete: true);
        Assert.That(await proxied.ReadTextToEndAsync(), Is.EqualTo("plain"));
    }

    [Test]
    public async Task Offer_that_lost_its_encryption_on_the_way_is_refused_by_the_destination()
    {
        HandPeerEntry peer = new("peer", "relay") { Encryptions = [RelayEncryption.Dhxcp] };
        await using ThroughRelay side = await ThroughRelay.StartDestinationAsync(_generation, peer);
        (_, Response answer) = await side.Relay.ConnectAsync();
        Assert.That(answer.Error.ToCode(), Is.EqualTo(ProtocolErrorCode.DestinationRelayEncryptionError));
    }

    [Test]
    public async Task Answer_that_lost_its_encryption_on_the_way_is_refused_by_the_source()
    {
        HandPeerEntry peer = new("peer", "relay") { Encryptions = [RelayEncryption.Dhxcp, RelayEncryption.None] };
        await using ThroughRelay side = await ThroughRelay.StartSourceAsync(_generation, peer);
        Task<ConnetConnection> dial = side.Source.DialBoundedAsync();
        (HandStream stream, _) = await side.Relay.AcceptConnectAsync(new Response { Connect = new Response.Types.Connect() });
        Assert.That((await dial.FailureAsync<ProtocolException>()).Code, Is.EqualTo(ProtocolErrorCode.DestinationRelayEncryptionError));
        Assert.That((await stream.ReceiveFailureAsync())?.ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.DestinationRelayEncryptionError));
    }

    [Test]
    public async Task Strict_destination_refuses_plain_streams()
    {
        await using ThroughRelay side = await ThroughRelay.StartDestinationAsync(
            _generation, new HandPeerEntry("peer", "relay"), options => options.RelayEncryptions = ["dhxcp"]);
        Assert.That(side.Destination.Controlled.RelayEncryptions, Is.EqualTo(new[] { RelayEncryption.Dhxcp }));
        (_, Response answer) = await side.Relay.ConnectAsync();
        Assert.That(answer.Error.ToCode(), Is.EqualTo(ProtocolErrorCode.DestinationRelayEncryptionError));
    }

    [Test]
    public async Task Key_of_somebody_else_is_refused_by_the_destination()
    {
        HandPeerEntry peer = new("peer", "relay");
        await using ThroughRelay side = await ThroughRelay.StartDestinationAsync(_generation, peer);
        Request forged = Offer(X25519KeyPair.Generate(), HandIdentity.Peer().Server, RelayEncryption.Dhxcp);
        forged.Connect.SourceDhX25519.ClientName = peer.Identity.Server.ServerName;
        (_, Response answer) = await side.Relay.ConnectAsync(forged);
        Assert.That(answer.Error.ToCode(), Is.EqualTo(ProtocolErrorCode.DestinationRelayEncryptionError));
        Assert.That(answer.Error.Message, Does.Contain("signature"));
    }

    [Test]
    public async Task Key_of_an_unknown_peer_is_refused_by_the_source()
    {
        HandPeerEntry peer = new("peer", "relay");
        await using ThroughRelay side = await ThroughRelay.StartSourceAsync(
            _generation, peer, configureClient: client => client.HandshakeIdleTimeout = TimeSpan.FromSeconds(3));
        Task<ConnetConnection> dial = side.Source.DialBoundedAsync();
        await side.Relay.AcceptConnectAsync(Answer(X25519KeyPair.Generate(), HandIdentity.Peer().Server));
        Assert.That((await dial.FailureAsync<ProtocolException>()).Code, Is.EqualTo(ProtocolErrorCode.DestinationRelayEncryptionError));
    }

    [Test]
    public async Task Destination_that_is_listed_after_it_has_answered_is_waited_for()
    {
        ManualTimers clock = new();
        TimeSpan patience = TimeSpan.FromSeconds(7);
        HandPeerEntry peer = new("peer", "relay");
        HandPeerEntry late = new("late", "relay");
        await using ThroughRelay side = await ThroughRelay.StartSourceAsync(
            _generation, peer, configureClient: client => (client.TimeProvider, client.HandshakeIdleTimeout) = (clock, patience));
        Task<ConnetConnection> dial = side.Source.DialBoundedAsync();
        await side.Relay.AcceptConnectAsync(Answer(X25519KeyPair.Generate(), late.Identity.Server));
        await clock.SetAsync(patience);
        side.Source.Controlled.SetPeers([peer.Listed, late.Listed], isFirst: false);
        await using ConnetConnection proxied = await dial;
        Assert.That((proxied.PeerId, proxied.IsEncrypted), Is.EqualTo(("late", true)));
    }

    [Test]
    public async Task Destination_whose_own_refusal_is_502_reaches_the_dialler()
    {
        await using ThroughRelay side = await ThroughRelay.StartSourceAsync(_generation, new HandPeerEntry("peer", "relay"));
        Task<ConnetConnection> dial = side.Source.DialBoundedAsync();
        await side.Relay.AcceptConnectAsync(new Response { Error = ProtocolErrors.ToError(ProtocolErrorCode.DestinationRelayEncryptionError, "none in common") });
        ProtocolException failure = await dial.FailureAsync<ProtocolException>();
        Assert.That((failure.Code, failure.Message.Contains("none in common", StringComparison.Ordinal)), Is.EqualTo((ProtocolErrorCode.DestinationRelayEncryptionError, true)));
    }

    [Test]
    public async Task Reset_crosses_the_encryption_with_its_code()
    {
        HandPeerEntry peer = new("peer", "relay");
        await using ThroughRelay side = await ThroughRelay.StartDestinationAsync(_generation, peer);
        Task<ConnetConnection> accept = side.Destination.AcceptBoundedAsync();
        (HandStream stream, _) = await side.Relay.ConnectAsync(Offer(X25519KeyPair.Generate(), peer.Identity.Server, RelayEncryption.Dhxcp));
        await using ConnetConnection proxied = await accept;
        stream.Reset(81, Quic.QuicAbortDirection.Write);
        Assert.That(((ConnetConnectionException)await proxied.ReadFailureAsync()).ErrorCode, Is.EqualTo(81));
        proxied.Abort(82);
        Assert.That((await stream.ReceiveFailureAsync())?.ApplicationErrorCode, Is.EqualTo(82));
    }

    [Test]
    public async Task What_a_relay_has_altered_ends_the_connection_as_documented()
    {
        HandPeerEntry peer = new("peer", "relay");
        await using ThroughRelay side = await ThroughRelay.StartDestinationAsync(_generation, peer);
        Task<ConnetConnection> accept = side.Destination.AcceptBoundedAsync();
        (HandStream stream, _) = await side.Relay.ConnectAsync(Offer(X25519KeyPair.Generate(), peer.Identity.Server, RelayEncryption.Dhxcp));
        await using ConnetConnection proxied = await accept;
        await stream.SendBytesAsync(new byte[] { 0, 16 }.Concat(new byte[16]).ToArray());
        Exception failure = await proxied.ReadFailureAsync();
        Assert.That(failure, Is.InstanceOf<ConnetConnectionException>());
        Assert.That(((ConnetConnectionException)failure).ErrorCode, Is.Null);
    }

    internal static CertificateInfo Info(GeneratedCertificate certificate)
    {
        Assert.That(CertificateInfo.TryRead(certificate.Certificate.Span, out CertificateInfo? info));
        return info!;
    }

    private Request Offer(X25519KeyPair own, GeneratedCertificate signer, params RelayEncryption[] schemes)
    {
        Request request = new() { Connect = new Request.Types.Connect { SourceDhX25519 = _signedKeys.Create(signer, own.PublicKey) } };
        request.Connect.SourceEncryption.AddRange(schemes);
        return request;
    }

    private Response Answer(X25519KeyPair own, GeneratedCertificate signer) => new()
    {
        Connect = new Response.Types.Connect
        {
            DestinationEncryption = RelayEncryption.Dhxcp,
            DestinationDhX25519 = _signedKeys.Create(signer, own.PublicKey),
        },
    };
}
