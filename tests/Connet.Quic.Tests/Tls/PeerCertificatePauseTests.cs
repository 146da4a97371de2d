using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;
using static Connet.Quic.Tests.Tls.HandshakeBytes;

namespace Connet.Quic.Tests.Tls;

/// <summary>Check 7 of the engine's list: nobody is trusted, and nothing of ours leaves, before the certificate was judged.</summary>
public sealed class PeerCertificatePauseTests
{
    [Test]
    public void A_client_sends_nothing_and_has_no_1RTT_keys_until_it_accepted()
    {
        TlsPair pair = Paused(clientWaits: true);
        Assert.That(pair.Client.PeerChain, Is.EqualTo(Identities.Server.Chain));
        Assert.That(pair.Client.Sent.Count(), Is.EqualTo(1), "only the ClientHello");
        Assert.That(pair.Client.Outputs.Items.OfType<SecretsOutput>().Select(s => s.Level), Is.EqualTo(new[] { EncryptionLevel.Handshake }));
        pair.Client.Accept();
        pair.Pump();
        pair.AssertComplete();
    }

    [Test]
    public void A_server_is_not_complete_until_it_accepted()
    {
        TlsPair pair = Paused(clientWaits: false);
        Assert.That(pair.Client.IsComplete, Is.True);
        Assert.That(pair.Server.PeerChain, Is.EqualTo(Identities.Client.Chain));
        Assert.That(pair.Server.IsComplete, Is.False);
        pair.Server.Accept();
        pair.AssertComplete();
    }

    [Test]
    public void A_rejection_fails_with_its_alert_and_reason([Values] bool clientWaits)
    {
        TlsPair pair = Paused(clientWaits);
        TlsEndpoint judge = clientWaits ? pair.Client : pair.Server;
        judge.Reject(TlsAlert.UnknownCa, "Nobody knows this one.");
        Assert.That(judge.Error, Is.EqualTo(new ErrorOutput(0x130, "Nobody knows this one.")));
        Assert.That(judge.IsComplete, Is.False);
        Assert.That(judge.Session.IsEngineReleased, Is.True);
    }

    [Test]
    public void An_answer_before_the_Finished_came_is_kept([Values(1, 7)] int piece)
    {
        TlsPair pair = new()
        {
            Client = TlsPair.NewClient(answersAtOnce: false),
            Server = TlsPair.NewServer(),
            Mutate = (fromClient, _, message) => fromClient || message[0] != Finished ? message : null,
            PieceSize = () => piece,
        };
        pair.Run();
        Assert.That(pair.Client.PeerChain, Is.Not.Null);
        pair.Client.Accept();
        Assert.That(pair.Client.IsComplete, Is.False);
        pair.Client.Receive(EncryptionLevel.Handshake, pair.Server.Sent.Single(output => output.Data[0] == Finished).Data);
        pair.Pump();
        pair.AssertComplete();
    }

    [Test]
    public void Nothing_but_one_Finished_may_come_while_waiting([Values] bool afterFinished)
    {
        TlsPair pair = Paused(clientWaits: true, keepFinished: afterFinished);
        pair.Client.Receive(EncryptionLevel.Handshake, Message(Certificate, 0, 0, 0, 0));
        Assert.That(pair.Client.Error?.TransportErrorCode, Is.EqualTo(0x10a));

        // The verdict that comes late changes nothing.
        pair.Client.Accept();
        pair.Client.Reject(TlsAlert.BadCertificate, "late");
        Assert.That(pair.Client.Outputs.Items.OfType<ErrorOutput>().Count(), Is.EqualTo(1));
    }

    [Test]
    public void A_wrong_Finished_is_noticed_after_accepting()
    {
        TlsPair pair = new()
        {
            Client = TlsPair.NewClient(answersAtOnce: false),
            Server = TlsPair.NewServer(),
            Mutate = (fromClient, _, message) => fromClient || message[0] != Finished ? message : [.. message[..^1], (byte)(message[^1] ^ 1)],
        };
        pair.Run();
        Assert.That(pair.Client.Error, Is.Null);
        pair.Client.Accept();
        Assert.That(pair.Client.Error?.TransportErrorCode, Is.EqualTo(0x133));
    }

    // Presenting somebody else's certificate does not even lead to the question.
    [Test]
    public void A_certificate_without_its_key_is_never_asked_about()
    {
        TlsPair pair = TlsPair.Mutual((fromClient, _, message) =>
            fromClient || message[0] != Certificate ? message : Entry(Identities.Get("ed25519", "someone else").Chain[0]));
        pair.Run();
        Assert.That(pair.Client.Error?.TransportErrorCode, Is.EqualTo(0x133));
        Assert.That(pair.Client.PeerChain, Is.Null);
    }

    // Check 6 of the engine's list.
    [Test]
    public void The_chain_is_reported_byte_for_byte_even_if_it_is_BER()
    {
        TestCertificate certificate = TestCertificate.Issue(TestKey.Ed25519());
        byte[] ber = ToIndefiniteLength(certificate.Der);
        TlsPair pair = TlsPair.Create(server: TlsPair.ServerOptions(TlsIdentity.FromDer([ber], certificate.Key.Pkcs8))).Run();
        pair.AssertComplete();
        Assert.That(pair.Client.PeerChain, Is.EqualTo(new[] { ber }));
    }

    [Test]
    public void An_answer_nobody_waits_for_is_a_programming_error()
    {
        TlsEndpoint client = TlsPair.NewClient();
        client.Start();
        Assert.That(client.Accept, Throws.InvalidOperationException);
        Assert.That(() => client.Reject(42, ""), Throws.InvalidOperationException);
        Assert.That(client.Start, Throws.InvalidOperationException);
    }

    internal static byte[] ToIndefiniteLength(byte[] der) =>
        [0x30, 0x80, .. der.AsSpan(der[1] < 0x80 ? 2 : 2 + (der[1] & 0x7f)), 0, 0];

    private static byte[] Entry(byte[] der) =>
        Message(Certificate, [0, .. Length(der.Length + 5), .. Length(der.Length), .. der, 0, 0]);

    private static byte[] Length(int length) => [(byte)(length >> 16), (byte)(length >> 8), (byte)length];

    private static TlsPair Paused(bool clientWaits, bool keepFinished = true)
    {
        TlsPair pair = new()
        {
            Client = TlsPair.NewClient(TlsPair.ClientOptions(Identities.Client), answersAtOnce: !clientWaits),
            Server = TlsPair.NewServer(TlsPair.ServerOptions(clients: ClientCertificateMode.Required), answersAtOnce: clientWaits),
            Mutate = (fromClient, _, message) => fromClient || keepFinished || message[0] != Finished ? message : null,
        };
        return pair.Run();
    }
}
