using System.Net;
using Connet.HandPeer;
using Connet.Protocol;
using Connet.Protocol.Common;
using Connet.Protocol.Encryption;
using Connet.Protocol.Identities;
using Connet.Protocol.Keys;
using Connet.Protocol.Peers;

namespace Connet.Client.Tests.Peers;

/// <summary>The destination's wish for a PROXY protocol header, and the source that grants it (protocol.md section 6), with the other side played by hand.</summary>
[TestFixture(1)]
[TestFixture(2)]
[Parallelizable(ParallelScope.All)]
public sealed class ProxyProtocolTests(int generation)
{
    private const string Line = "PROXY TCP4 192.0.2.1 198.51.100.7 5000 443\r\n";

    private static readonly ConnetDialOptions s_user = new()
    {
        UserEndPoint = IPEndPoint.Parse("192.0.2.1:5000"),
        ListenerEndPoint = IPEndPoint.Parse("198.51.100.7:443"),
    };

    private readonly ProtocolGeneration _generation = (ProtocolGeneration)generation;
    private readonly SignedKeys _signedKeys = new(TimeProvider.System);

    [Test]
    public async Task Source_begins_with_the_line_that_was_asked_for_on_a_direct_path()
    {
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation);
        Task<ConnetConnection> dial = DialAsync(paths.Source, s_user);
        (HandStream stream, _) = await paths.Direct.AcceptConnectAsync(Answer(ProxyProtocolVersion.V1));
        await using ConnetConnection proxied = await dial;
        await proxied.WriteTextAsync("question");
        proxied.CompleteWrites();
        Assert.That((await stream.ReceiveToEndAsync()).Text(), Is.EqualTo(Line + "question"));
        await stream.SendBytesAsync("answer".Bytes(), complete: true);
        Assert.That(await proxied.ReadTextToEndAsync(), Is.EqualTo("answer"), "nothing comes back for the header");
    }

    [Test]
    public async Task Source_begins_with_the_binary_header_that_was_asked_for_on_a_plain_relayed_path()
    {
        await using ThroughRelay side = await ThroughRelay.StartSourceAsync(_generation, new HandPeerEntry("peer", "relay"));
        Task<ConnetConnection> dial = DialAsync(side.Source, s_user);
        (HandStream stream, _) = await side.Relay.AcceptConnectAsync(Answer(ProxyProtocolVersion.V2));
        await using ConnetConnection proxied = await dial;
        await proxied.WriteTextAsync("question");
        proxied.CompleteWrites();
        byte[] received = await stream.ReceiveToEndAsync();
        Assert.That(Convert.ToHexString(received[..28]), Is.EqualTo("0D0A0D0A000D0A515549540A" + "2111000C" + "C0000201C6336407138801BB"));
        Assert.That(received[28..].Text(), Is.EqualTo("question"));
    }

    [Test]
    public async Task Header_is_inside_of_the_encryption()
    {
        HandPeerEntry peer = new("peer", "relay") { Encryptions = [RelayEncryption.Dhxcp] };
        await using ThroughRelay side = await ThroughRelay.StartSourceAsync(_generation, peer);
        Task<ConnetConnection> dial = DialAsync(side.Source, s_user);
        HandStream stream = await side.Relay.AcceptAsync();
        Request request = await stream.ReceiveAsync(Request.Parser);
        Assert.That(CertificateInfo.TryRead(side.Source.Server().Certificate.Span, out CertificateInfo? source));
        Assert.That(_signedKeys.TryVerify(request.Connect.SourceDhX25519, source!, out byte[]? theirs, out string? fault), Is.True, fault);
        X25519KeyPair own = X25519KeyPair.Generate();
        Response answer = Answer(ProxyProtocolVersion.V1);
        answer.Connect.DestinationEncryption = RelayEncryption.Dhxcp;
        answer.Connect.DestinationDhX25519 = _signedKeys.Create(peer.Identity.Server, own.PublicKey);
        await stream.SendAsync(answer);
        await using ConnetConnection proxied = await dial;
        Assert.That(DhxcpKeys.TryDeriveAtDestination(own, theirs, out DhxcpKeys? keys));
        await using DhxcpStream far = DhxcpStream.AtDestination(stream.Stream, keys!);
        await proxied.WriteTextAsync("question");
        proxied.CompleteWrites();
        Assert.That(await far.ReadTextToEndAsync(), Is.EqualTo(Line + "question"));
    }

    [TestCase(1, "PROXY UNKNOWN\r\n")]
    [TestCase(2, "\r\n\r\n\0\r\nQUIT\n \0\0\0")]
    public async Task Plain_dial_is_for_nobody_that_is_known(int version, string header)
    {
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation);
        Task<ConnetConnection> dial = paths.Source.DialBoundedAsync();
        (HandStream stream, _) = await paths.Direct.AcceptConnectAsync(Answer((ProxyProtocolVersion)version));
        await using ConnetConnection proxied = await dial;
        proxied.CompleteWrites();
        Assert.That((await stream.ReceiveToEndAsync()).Text(), Is.EqualTo(header));
    }

    [Test]
    public async Task Source_sends_nothing_that_was_not_asked_for()
    {
        await using TwoPaths paths = await TwoPaths.OpenAsync(_generation);
        Task<ConnetConnection> dial = DialAsync(paths.Source, s_user);
        (HandStream stream, _) = await paths.Direct.AcceptConnectAsync(Answer(ProxyProtocolVersion.None));
        await using ConnetConnection proxied = await dial;
        proxied.CompleteWrites();
        Assert.That(await stream.ReceiveToEndAsync(), Is.Empty);
    }

    [Test]
    public async Task Version_that_is_not_known_is_an_error_of_the_dial()
    {
        await using ThroughRelay side = await ThroughRelay.StartSourceAsync(_generation, new HandPeerEntry("peer", "relay"));
        Task<ConnetConnection> dial = DialAsync(side.Source, s_user);
        (HandStream stream, _) = await side.Relay.AcceptConnectAsync(Answer((ProxyProtocolVersion)7));
        ProtocolException failure = await dial.FailureAsync<ProtocolException>();
        Assert.That(failure.Code, Is.EqualTo(ProtocolErrorCode.DestinationDialFailed));
        Assert.That(failure.Message, Does.Contain("asks for version 7 of the PROXY protocol, which this source does not know"));
        Assert.That((await stream.ReceiveFailureAsync())?.ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.DestinationDialFailed));
    }

    [TestCase(ConnetProxyProtocol.None, 0)]
    [TestCase(ConnetProxyProtocol.V1, 1)]
    [TestCase(ConnetProxyProtocol.V2, 2)]
    public async Task Destination_asks_on_a_direct_path(ConnetProxyProtocol wish, int asked)
    {
        await using Accepting side = await Accepting.StartAsync(_generation, options => options.ProxyProtocol = wish);
        Task<ConnetConnection> accept = side.Destination.AcceptBoundedAsync();
        (HandStream stream, Response answer) = await side.Connection.ConnectAsync();
        Assert.That(answer.Connect.ProxyProto, Is.EqualTo((ProxyProtocolVersion)asked));
        await using ConnetConnection proxied = await accept;
        await stream.SendBytesAsync((Line + "question").Bytes(), complete: true);
        Assert.That(await proxied.ReadTextToEndAsync(), Is.EqualTo(Line + "question"), "the header is part of the bytes");
    }

    [Test]
    public async Task Destination_asks_through_a_relay_encrypted_and_plain()
    {
        HandPeerEntry peer = new("peer", "relay");
        await using ThroughRelay side = await ThroughRelay.StartDestinationAsync(_generation, peer, options => options.ProxyProtocol = ConnetProxyProtocol.V2);
        Task<ConnetConnection> accept = side.Destination.AcceptBoundedAsync();
        (_, Response plain) = await side.Relay.ConnectAsync();
        Assert.That((plain.Connect.DestinationEncryption, plain.Connect.ProxyProto), Is.EqualTo((RelayEncryption.None, ProxyProtocolVersion.V2)));
        await (await accept).DisposeAsync();

        accept = side.Destination.AcceptBoundedAsync();
        Request offer = new() { Connect = new Request.Types.Connect { SourceDhX25519 = _signedKeys.Create(peer.Identity.Server, X25519KeyPair.Generate().PublicKey) } };
        offer.Connect.SourceEncryption.Add(RelayEncryption.Dhxcp);
        (_, Response encrypted) = await side.Relay.ConnectAsync(offer);
        Assert.That((encrypted.Connect.DestinationEncryption, encrypted.Connect.ProxyProto), Is.EqualTo((RelayEncryption.Dhxcp, ProxyProtocolVersion.V2)));
        await (await accept).DisposeAsync();
    }

    private static Response Answer(ProxyProtocolVersion version) => new() { Connect = new Response.Types.Connect { ProxyProto = version } };

    private static async Task<ConnetConnection> DialAsync(ConnetSource source, ConnetDialOptions user)
    {
        using CancellationTokenSource patience = new(ClientUnderTest.Patience);
        return await source.DialAsync(user, patience.Token);
    }
}
