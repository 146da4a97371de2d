using Connet.Quic.Core.Tls;
using static Connet.Quic.Tests.Tls.HandshakeBytes;

namespace Connet.Quic.Tests.Tls;

public sealed class ServerSelectionTests
{
    [TestCase("a.example", "ed25519")]
    [TestCase("b.example", "p256")]
    public void The_server_name_chooses_the_certificate(string host, string kind)
    {
        TlsPair pair = TlsPair.Create(
            TlsPair.ClientOptions(serverName: host),
            TlsPair.ServerOptions(select: hello => TlsPair.Selection(Identities.Get(hello.ServerName == "a.example" ? "ed25519" : "p256", hello.ServerName!)))).Run();
        pair.AssertComplete();
        Assert.That(pair.Client.PeerChain, Is.EqualTo(Identities.Get(kind, host).Chain));
    }

    [Test]
    public void The_whole_offer_is_shown_and_the_selection_reported()
    {
        object state = new();
        TlsClientHello? seen = null;
        TlsPair pair = TlsPair.Create(
            TlsPair.ClientOptions(serverName: null, alpn: ["first"u8.ToArray(), TlsPair.Alpn]),
            TlsPair.ServerOptions(select: hello =>
            {
                seen = hello;
                return TlsPair.Selection(state: state);
            })).Run();
        pair.AssertComplete();
        Assert.That(seen!.ServerName, Is.Null);
        Assert.That(seen.Alpn, Is.EqualTo(new[] { "first"u8.ToArray(), TlsPair.Alpn }));
        Assert.That(pair.Server.Outputs.Items.OfType<ServerSelectedOutput>().Single().Selection.State, Is.SameAs(state));
    }

    [Test]
    public void No_selection_is_a_handshake_failure() => AssertRefused(_ => null, 0x128);

    [Test]
    public void A_refusal_carries_its_alert() => AssertRefused(_ => TlsServerSelection.Refuse(TlsAlert.NoApplicationProtocol), 0x178);

    [Test]
    public void A_protocol_the_client_did_not_offer_is_refused() =>
        AssertRefused(_ => new TlsServerSelection(Identities.Server, "other"u8.ToArray(), []), 0x178);

    [Test]
    public void A_selection_that_throws_is_an_internal_error_without_its_message()
    {
        ErrorOutput error = AssertRefused(_ => throw new InvalidOperationException("a secret"), 0x150);
        Assert.That(error.Message, Does.Not.Contain("secret"));
    }

    [TestCase(new byte[] { (byte)'a', 0, (byte)'b' })]
    [TestCase(new byte[] { 0xc3, 0xa4 })]
    public void A_server_name_that_is_not_ASCII_text_is_refused(byte[] name)
    {
        bool asked = false;
        TlsPair pair = TlsPair.Mutual(
            (fromClient, _, message) => fromClient && message[0] == ClientHello
                ? Replace(message, ServerName, _ => [0, (byte)(name.Length + 3), 0, 0, (byte)name.Length, .. name])
                : message,
            server: TlsPair.ServerOptions(select: _ =>
            {
                asked = true;
                return TlsPair.Selection();
            }));
        pair.Run();
        Assert.That(pair.Server.Error?.TransportErrorCode, Is.EqualTo(0x12f));
        Assert.That(asked, Is.False);
    }

    private static ErrorOutput AssertRefused(Func<TlsClientHello, TlsServerSelection?> select, long code)
    {
        TlsPair pair = TlsPair.Create(server: TlsPair.ServerOptions(select: select)).Run();
        Assert.That(pair.Server.Error?.TransportErrorCode, Is.EqualTo(code));
        Assert.That(pair.Server.Sent, Is.Empty);
        return pair.Server.Error!;
    }
}
