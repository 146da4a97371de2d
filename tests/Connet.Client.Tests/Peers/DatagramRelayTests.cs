using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Encryption;
using Connet.Protocol.Identities;
using Connet.Protocol.Keys;
using Connet.Protocol.Peers;

namespace Connet.Client.Tests.Peers;

/// <summary>Flows of datagrams through a relay (protocol.md section 10): everything is on the stream, with relay and peer played by hand.</summary>
[TestFixture(1)]
[TestFixture(2)]
[Parallelizable(ParallelScope.All)]
public sealed class DatagramRelayTests(int generation)
{
    private static readonly byte[] s_twoDatagrams = [0, 2, 1, 2, 0, 0];

    private readonly ProtocolGeneration _generation = (ProtocolGeneration)generation;
    private readonly SignedKeys _signedKeys = new(TimeProvider.System);

    [Test]
    public async Task Source_without_encryption_writes_lengths_and_datagrams_to_the_stream()
    {
        await using ThroughRelay side = await StartSourceAsync("none");
        Task<ConnetDatagramFlow> dial = side.Source.DialDatagramsBoundedAsync();
        (HandStream stream, Request request) = await side.Relay.AcceptConnectAsync(Answer(RelayEncryption.None));
        Assert.That((request.Connect.Datagrams, request.Connect.SourceEncryption), Is.EqualTo((true, new[] { RelayEncryption.None })));
        await using ConnetDatagramFlow flow = await dial;
        Assert.That((flow.PathKind, flow.IsEncrypted, flow.PeerId), Is.EqualTo((ConnetPathKind.Relay, false, (string?)null)));
        Assert.That(flow.TrySend([1, 2]) && flow.TrySend([]) && flow.TrySend(new byte[ConnetDatagramFlow.MaxDatagramLength]));
        Assert.That(await stream.ReceiveBytesAsync(6), Is.EqualTo(s_twoDatagrams));
        Assert.That(await stream.ReceiveBytesAsync(65537), Is.EqualTo((byte[])[0xff, 0xff, .. new byte[65535]]));
        await stream.SendBytesAsync((byte[])[.. s_twoDatagrams, 0xff, 0xff, .. new byte[65535]], complete: true);
        await CheckTwoAsync(flow);
        Assert.That((await flow.ReceiveBoundedAsync())?.Length, Is.EqualTo(65535));
        Assert.That(await flow.ReceiveBoundedAsync(), Is.Null);
        await flow.DisposeAsync();
        Assert.That(await stream.ReceiveToEndAsync(), Is.Empty);
    }

    [Test]
    public async Task Source_without_a_confirmation_through_a_relay_fails()
    {
        await using ThroughRelay side = await StartSourceAsync("none");
        Task<ConnetDatagramFlow> dial = side.Source.DialDatagramsBoundedAsync();
        (HandStream stream, _) = await side.Relay.AcceptConnectAsync(new Response { Connect = new Response.Types.Connect() });
        ProtocolException failure = await dial.FailureAsync<ProtocolException>();
        Assert.That((failure.Code, failure.Message.Contains("knows no UDP", StringComparison.Ordinal)), Is.EqualTo((ProtocolErrorCode.DestinationDialFailed, true)));
        Assert.That((await stream.ReceiveFailureAsync())?.ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.DestinationDialFailed));
    }

    [Test]
    public async Task Source_puts_lengths_and_datagrams_into_dhxcp()
    {
        HandPeerEntry peer = new("peer", "relay");
        await using ThroughRelay side = await StartSourceAsync("dhxcp", peer);
        Task<ConnetDatagramFlow> dial = side.Source.DialDatagramsBoundedAsync();
        HandStream stream = await side.Relay.AcceptAsync();
        Request request = await stream.ReceiveAsync(Request.Parser);
        Assert.That(_signedKeys.TryVerify(request.Connect.SourceDhX25519, Info(side.Source.Server()), out byte[]? theirs, out string? fault), Is.True, fault);
        X25519KeyPair own = X25519KeyPair.Generate();
        Response answer = Answer(RelayEncryption.Dhxcp);
        answer.Connect.DestinationDhX25519 = _signedKeys.Create(peer.Identity.Server, own.PublicKey);
        await stream.SendAsync(answer);
        await using ConnetDatagramFlow flow = await dial;
        Assert.That((flow.IsEncrypted, flow.PeerId), Is.EqualTo((true, "peer")));
        Assert.That(DhxcpKeys.TryDeriveAtDestination(own, theirs!, out DhxcpKeys? keys));
        await using DhxcpStream far = DhxcpStream.AtDestination(stream.Stream, keys!);
        await CheckBothWaysAsync(flow, far);
    }

    [Test]
    public async Task Source_puts_lengths_and_datagrams_into_tls()
    {
        HandPeerEntry peer = new("peer", "relay");
        await using ThroughRelay side = await StartSourceAsync("tls", peer);
        Task<ConnetDatagramFlow> dial = side.Source.DialDatagramsBoundedAsync();
        Response answer = Answer(RelayEncryption.Tls);
        answer.Connect.DestinationTls = new TlsConfiguration { ClientName = peer.Identity.Server.ServerName! };
        (HandStream stream, _) = await side.Relay.AcceptConnectAsync(answer);
        HandTls far = HandTls.Server(peer.Identity.Server);
        Assert.That(await far.HandshakeAsync(stream.Stream));
        ConnetDatagramFlow flow = await dial;
        Assert.That((flow.IsEncrypted, flow.PeerId), Is.EqualTo((true, "peer")));
        await stream.SendBytesAsync(far.Seal(s_twoDatagrams));
        await CheckTwoAsync(flow);
        Assert.That(flow.TrySend([1, 2]) && flow.TrySend([]));
        await flow.DisposeAsync();
        Assert.That(await far.ReadToEndAsync(stream.Stream), Is.EqualTo(s_twoDatagrams));
        Assert.That(far.IsPeerClosed);
    }

    [Test]
    public async Task Destination_confirms_and_carries_datagrams_without_encryption()
    {
        await using ThroughRelay side = await StartDestinationAsync(new HandPeerEntry("peer", "relay"), "none");
        Task<ConnetDatagramFlow> accept = side.Destination.AcceptDatagramsBoundedAsync();
        (HandStream stream, Response answer) = await side.Relay.ConnectAsync(new Request { Connect = new Request.Types.Connect { Datagrams = true } });
        Assert.That(answer, Is.EqualTo(new Response { Connect = new Response.Types.Connect { Datagrams = true } }));
        await using ConnetDatagramFlow flow = await accept;
        Assert.That(flow.IsEncrypted, Is.False);
        await CheckBothWaysAsync(flow, stream.Stream);
    }

    [Test]
    public async Task Destination_puts_lengths_and_datagrams_into_dhxcp()
    {
        HandPeerEntry peer = new("peer", "relay");
        await using ThroughRelay side = await StartDestinationAsync(peer, "dhxcp");
        X25519KeyPair own = X25519KeyPair.Generate();
        Task<ConnetDatagramFlow> accept = side.Destination.AcceptDatagramsBoundedAsync();
        Request offer = new() { Connect = new Request.Types.Connect { Datagrams = true, SourceDhX25519 = _signedKeys.Create(peer.Identity.Server, own.PublicKey) } };
        offer.Connect.SourceEncryption.Add(RelayEncryption.Dhxcp);
        (HandStream stream, Response answer) = await side.Relay.ConnectAsync(offer);
        Assert.That((answer.Connect.Datagrams, answer.Connect.DestinationEncryption), Is.EqualTo((true, RelayEncryption.Dhxcp)));
        Assert.That(_signedKeys.TryVerify(answer.Connect.DestinationDhX25519, Info(side.Destination.Server()), out byte[]? theirs, out string? fault), Is.True, fault);
        Assert.That(DhxcpKeys.TryDeriveAtSource(own, theirs!, out DhxcpKeys? keys));
        await using ConnetDatagramFlow flow = await accept;
        await using DhxcpStream far = DhxcpStream.AtSource(stream.Stream, keys!);
        await CheckBothWaysAsync(flow, far);
    }

    [Test]
    public async Task Destination_puts_lengths_and_datagrams_into_tls()
    {
        HandPeerEntry peer = new("peer", "relay");
        await using ThroughRelay side = await StartDestinationAsync(peer, "tls");
        Task<ConnetDatagramFlow> accept = side.Destination.AcceptDatagramsBoundedAsync();
        Request offer = new() { Connect = new Request.Types.Connect { Datagrams = true, SourceTls = new TlsConfiguration { ClientName = peer.Identity.Server.ServerName! } } };
        offer.Connect.SourceEncryption.Add(RelayEncryption.Tls);
        (HandStream stream, Response answer) = await side.Relay.ConnectAsync(offer);
        Assert.That((answer.Connect.Datagrams, answer.Connect.DestinationEncryption), Is.EqualTo((true, RelayEncryption.Tls)));
        ConnetDatagramFlow flow = await accept;
        Assert.That(flow.TrySend([1, 2]) && flow.TrySend([]), "what is sent during the handshake waits for it");
        HandTls far = HandTls.Client(side.Destination.Server().ServerName, peer.Identity.Client);
        Assert.That(await far.HandshakeAsync(stream.Stream));
        await stream.SendBytesAsync(far.Seal(s_twoDatagrams));
        await CheckTwoAsync(flow);
        await flow.DisposeAsync();
        Assert.That(await far.ReadToEndAsync(stream.Stream), Is.EqualTo(s_twoDatagrams));
    }

    [Test]
    public async Task Destination_of_byte_streams_refuses_datagrams_and_the_other_way_round()
    {
        Request datagrams = new() { Connect = new Request.Types.Connect { Datagrams = true } };
        await using (ThroughRelay streams = await ThroughRelay.StartDestinationAsync(_generation, new HandPeerEntry("peer", "relay")))
        {
            (_, Response answer) = await streams.Relay.ConnectAsync(datagrams);
            Assert.That(answer.Error.ToCode(), Is.EqualTo(ProtocolErrorCode.DestinationDialFailed));
            Assert.That(answer.Error.Message, Does.Contain("takes byte streams and no datagrams"));
        }

        await using ThroughRelay side = await StartDestinationAsync(new HandPeerEntry("peer", "relay"), "none");
        (_, Response plain) = await side.Relay.ConnectAsync();
        Assert.That(plain.Error.ToCode(), Is.EqualTo(ProtocolErrorCode.DestinationDialFailed));
    }

    private static Response Answer(RelayEncryption encryption) => new() { Connect = new Response.Types.Connect { Datagrams = true, DestinationEncryption = encryption } };

    private static CertificateInfo Info(GeneratedCertificate certificate) => RelayEncryptionTests.Info(certificate);

    private static async Task CheckBothWaysAsync(ConnetDatagramFlow flow, Stream far)
    {
        using CancellationTokenSource patience = new(ClientUnderTest.Patience);
        await far.WriteAsync(s_twoDatagrams, patience.Token);
        await CheckTwoAsync(flow);
        Assert.That(flow.TrySend([1, 2]) && flow.TrySend([]));
        byte[] bytes = new byte[6];
        await far.ReadExactlyAsync(bytes, patience.Token);
        Assert.That(bytes, Is.EqualTo(s_twoDatagrams));
    }

    private static async Task CheckTwoAsync(ConnetDatagramFlow flow)
    {
        Assert.That(await flow.ReceiveBoundedAsync(), Is.EqualTo(new byte[] { 1, 2 }));
        Assert.That(await flow.ReceiveBoundedAsync(), Is.Empty);
    }

    private Task<ThroughRelay> StartSourceAsync(string encryption, HandPeerEntry? peer = null) =>
        ThroughRelay.StartSourceAsync(_generation, peer ?? new HandPeerEntry("peer", "relay"), options => options.RelayEncryptions = [encryption]);

    private Task<ThroughRelay> StartDestinationAsync(HandPeerEntry peer, string encryption) =>
        ThroughRelay.StartDestinationAsync(_generation, peer, options => (options.Traffic, options.RelayEncryptions) = (ConnetTraffic.Datagrams, [encryption]));
}
