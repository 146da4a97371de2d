using System.Reflection;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;
using static Connet.Quic.Tests.Tls.HandshakeBytes;

namespace Connet.Quic.Tests.Tls;

/// <summary>Checks 10 and 11 of the engine's list: what is left of a session when the handshake is over.</summary>
public sealed class PostHandshakeTests
{
    [Test]
    public void The_engine_is_dropped_when_the_handshake_is_complete()
    {
        TlsPair pair = TlsPair.Mutual().Run();
        pair.AssertComplete();
        Assert.That(pair.Client.Session.IsEngineReleased, Is.True);
        Assert.That(pair.Server.Session.IsEngineReleased, Is.True);
    }

    [Test]
    public void A_complete_session_is_small()
    {
        // Everything the sessions share is loaded by a first pair.
        TlsPair.Mutual().Run();
        const int Count = 40;
        BouncyCastleTlsSession[] kept = new BouncyCastleTlsSession[2 * Count];
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < Count; i++)
        {
            TlsPair pair = TlsPair.Mutual().Run();
            kept[2 * i] = pair.Client.Session;
            kept[(2 * i) + 1] = pair.Server.Session;
        }

        long each = (GC.GetTotalMemory(forceFullCollection: true) - before) / kept.Length;
        GC.KeepAlive(kept);
        Assert.That(each, Is.LessThan(4_096));
    }

    [Test]
    public void Tickets_are_taken_whole_together_and_in_pieces_and_nothing_is_answered()
    {
        TlsPair pair = TlsPair.Create().Run();
        int outputs = pair.Client.Outputs.Items.Count;
        pair.Client.Receive(EncryptionLevel.Application, Ticket(200));
        pair.Client.Receive(EncryptionLevel.Application, [.. Ticket(1), .. Ticket(20_000)]);
        foreach (byte b in Ticket(300))
        {
            pair.Client.Receive(EncryptionLevel.Application, [b]);
        }

        Assert.That(pair.Client.Outputs.Items, Has.Count.EqualTo(outputs));
    }

    private static readonly TestCaseData[] _badTickets =
    [
        new TestCaseData(new byte[] { 1, 2, 3 }).SetArgDisplayNames("too short"),
        new TestCaseData(Ticket(20)[4..^1]).SetArgDisplayNames("cut off"),
        new TestCaseData((byte[])[.. Ticket(20)[4..], 0]).SetArgDisplayNames("bytes left over"),
        new TestCaseData(Ticket(0)[4..]).SetArgDisplayNames("empty ticket"),
        new TestCaseData(Array.Empty<byte>()).SetArgDisplayNames("empty message"),
        new TestCaseData(Convert.FromHexString("0000000000000000" + "00" + "000101" + "0003" + "002a00")).SetArgDisplayNames("bad extension"),
    ];

    [TestCaseSource(nameof(_badTickets))]
    public void A_malformed_ticket_is_a_decode_error(byte[] body)
    {
        TlsPair pair = TlsPair.Create().Run();
        pair.Client.Receive(EncryptionLevel.Application, Message(NewSessionTicket, body));
        Assert.That(pair.Client.Error?.TransportErrorCode, Is.EqualTo(0x132));
    }

    // RFC 9001, sections 4.4 and 6.
    [Test]
    public void Everything_but_a_ticket_is_an_unexpected_message([Values] bool toServer)
    {
        TlsPair pair = TlsPair.Create().Run();
        for (int type = 0; type < 256; type++)
        {
            if (type == NewSessionTicket && !toServer)
            {
                continue;
            }

            Assert.That(HandshakeRules.IsAllowed((byte)type, EncryptionLevel.Application, toServer), Is.False, $"type {type}");
        }

        TlsEndpoint receiver = toServer ? pair.Server : pair.Client;
        receiver.Receive(EncryptionLevel.Application, Message(KeyUpdate, 1));
        Assert.That(receiver.Error?.TransportErrorCode, Is.EqualTo(0x10a));
    }

    // Check 11 of the engine's list.
    [Test]
    public void An_offer_of_resumption_and_early_data_still_gets_a_full_handshake()
    {
        TlsEndpoint client = TlsPair.NewClient();
        client.Start();
        byte[] identity = [0, 0x26, 0, 0x20, .. new byte[32], 0, 0, 0, 0];
        byte[] hello = With(With(With(client.Sent.Single().Data, 42), 45, 1, 1), 41, [.. identity, 0, 33, 32, .. new byte[32]]);
        TlsEndpoint server = TlsPair.NewServer();
        server.Start();
        server.Receive(EncryptionLevel.Initial, hello);
        Assert.That(server.Error, Is.Null);
        byte[][] sent = [.. server.Sent.Select(output => output.Data)];
        Assert.That(Extensions(sent[0]).Select(e => e.Type), Does.Not.Contain(41));
        Assert.That(Extensions(sent[1]).Select(e => e.Type), Does.Not.Contain(42));
        Assert.That(sent.Select(message => message[0]), Does.Contain(CertificateVerify));
    }

    [Test]
    public void A_hello_with_GREASE_and_unknown_extensions_is_taken()
    {
        TlsEndpoint client = TlsPair.NewClient();
        client.Start();
        byte[] hello = With(With(client.Sent.Single().Data, 0x0a0a), 0xfe0d, 0);
        hello = Replace(hello, SupportedVersions, _ => [4, 0x0a, 0x0a, 3, 4]);
        hello = Replace(hello, SupportedGroups, data => [0, (byte)(data[1] + 2), 0x0a, 0x0a, .. data[2..]]);
        TlsEndpoint server = TlsPair.NewServer();
        server.Start();
        server.Receive(EncryptionLevel.Initial, hello);
        Assert.That(server.Error, Is.Null);
        Assert.That(server.Sent, Is.Not.Empty);
    }

    // Check 12 of the engine's list.
    [Test]
    public void Sessions_share_one_generator_over_the_system_s()
    {
        FieldInfo crypto = typeof(BouncyCastleTlsSession).GetField("_crypto", BindingFlags.NonPublic | BindingFlags.Instance)!;
        QuicTlsCrypto first = (QuicTlsCrypto)crypto.GetValue(TlsPair.NewClient().Session)!;
        QuicTlsCrypto second = (QuicTlsCrypto)crypto.GetValue(TlsPair.NewServer().Session)!;
        Assert.That(first.SecureRandom, Is.SameAs(SystemSecureRandom.Shared));
        Assert.That(second.SecureRandom, Is.SameAs(SystemSecureRandom.Shared));
    }

    [Test]
    public void A_disposed_session_takes_everything_in_silence()
    {
        TlsEndpoint server = TlsPair.NewServer();
        server.Start();
        server.Session.Dispose();
        server.Receive(EncryptionLevel.Initial, Message(ClientHello, 1));
        Assert.That(server.Outputs.Items, Is.Empty);
    }

    private static byte[] Ticket(int length) =>
        Message(NewSessionTicket, [0, 0, 1, 0, 1, 2, 3, 4, 2, 7, 7, (byte)(length >> 8), (byte)length, .. new byte[length], 0, 8, 0, 42, 0, 4, 255, 255, 255, 255]);
}
