using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;
using static Connet.Quic.Tests.Tls.HandshakeBytes;

namespace Connet.Quic.Tests.Tls;

/// <summary>Checks 1 and 2 of the engine's list: what may come at which level (RFC 9001, section 4.1.3).</summary>
public sealed class LevelTests
{
    [TestCase(EncryptionLevelCode.Handshake)]
    [TestCase(EncryptionLevelCode.Application)]
    public void Data_at_a_level_without_keys_is_a_protocol_violation(EncryptionLevelCode level)
    {
        TlsEndpoint server = TlsPair.NewServer();
        server.Start();
        server.Receive((EncryptionLevel)level, Message(Finished, new byte[32]));
        Assert.That(server.Error?.TransportErrorCode, Is.EqualTo(0x0a));
    }

    [Test]
    public void EncryptedExtensions_in_the_clear_are_refused_together_with_ServerHello()
    {
        (TlsEndpoint client, TlsEndpoint server) = AfterServerFlight();
        byte[] hello = server.Outbox.Dequeue().Data;
        byte[] extensions = server.Outbox.Dequeue().Data;
        client.Receive(EncryptionLevel.Initial, [.. hello, .. extensions]);
        Assert.That(client.Error?.TransportErrorCode, Is.EqualTo(0x10a));
    }

    [Test]
    public void EncryptedExtensions_in_the_clear_are_refused_after_ServerHello()
    {
        (TlsEndpoint client, TlsEndpoint server) = AfterServerFlight();
        client.Receive(EncryptionLevel.Initial, server.Outbox.Dequeue().Data);
        client.Receive(EncryptionLevel.Initial, server.Outbox.Dequeue().Data);
        Assert.That(client.Error?.TransportErrorCode, Is.EqualTo(0x0a));
    }

    [Test]
    public void A_single_byte_left_over_at_a_key_change_is_refused()
    {
        (TlsEndpoint client, TlsEndpoint server) = AfterServerFlight();
        client.Receive(EncryptionLevel.Initial, [.. server.Outbox.Dequeue().Data, 8]);
        Assert.That(client.Error?.TransportErrorCode, Is.EqualTo(0x10a));
    }

    // Check 2 of the engine's list; RFC 9001, section 5.7.
    [Test]
    public void A_server_reads_1RTT_data_only_when_complete()
    {
        (_, TlsEndpoint server) = AfterServerFlight();
        Assert.That(server.Outputs.Items.OfType<SecretsOutput>().Last().Level, Is.EqualTo(EncryptionLevel.Application));
        Assert.That(server.IsComplete, Is.False);
        server.Receive(EncryptionLevel.Application, [1]);
        Assert.That(server.Error?.TransportErrorCode, Is.EqualTo(0x0a));
    }

    [Test]
    public void Handshake_data_after_the_client_s_Finished_is_refused()
    {
        TlsPair pair = TlsPair.Create().Run();
        pair.Server.Receive(EncryptionLevel.Handshake, [20]);
        Assert.That(pair.Server.Error?.TransportErrorCode, Is.EqualTo(0x0a));
    }

    [TestCase(ServerHello)]
    [TestCase(EndOfEarlyData)]
    [TestCase(EncryptedExtensions)]
    [TestCase(CertificateRequest)]
    [TestCase(NewSessionTicket)]
    [TestCase(KeyUpdate)]
    [TestCase((byte)254)]
    [TestCase((byte)99)]
    public void A_client_may_not_send_this_at_the_Handshake_level(byte type)
    {
        (_, TlsEndpoint server) = AfterServerFlight();
        server.Receive(EncryptionLevel.Handshake, [type]);
        server.Receive(EncryptionLevel.Handshake, [0, 0, 0]);
        Assert.That(server.Error?.TransportErrorCode, Is.EqualTo(0x10a));
    }

    [TestCase(ClientHello)]
    [TestCase(ServerHello)]
    [TestCase(NewSessionTicket)]
    [TestCase(KeyUpdate)]
    [TestCase(EndOfEarlyData)]
    [TestCase((byte)254)]
    public void A_server_may_not_send_this_at_the_Handshake_level(byte type)
    {
        (TlsEndpoint client, TlsEndpoint server) = AfterServerFlight();
        client.Receive(EncryptionLevel.Initial, server.Outbox.Dequeue().Data);
        client.Receive(EncryptionLevel.Handshake, Message(type, 0));
        Assert.That(client.Error?.TransportErrorCode, Is.EqualTo(0x10a));
    }

    [Test]
    public void Only_hellos_may_come_at_the_Initial_level([Values] bool toServer)
    {
        for (int type = 0; type < 256; type++)
        {
            if (type == (toServer ? ClientHello : ServerHello))
            {
                continue;
            }

            TlsEndpoint endpoint = toServer ? TlsPair.NewServer() : TlsPair.NewClient();
            endpoint.Start();
            endpoint.Receive(EncryptionLevel.Initial, Message((byte)type, 1, 2, 3));
            Assert.That(endpoint.Error?.TransportErrorCode, Is.EqualTo(0x10a), $"type {type}");
        }
    }

    // RFC 9001, section 8.4.
    [Test]
    public void A_session_identifier_is_a_protocol_violation()
    {
        TlsEndpoint client = TlsPair.NewClient();
        client.Start();
        byte[] hello = client.Sent.Single().Data;
        TlsEndpoint server = TlsPair.NewServer();
        server.Start();
        server.Receive(EncryptionLevel.Initial, Message(ClientHello, [.. hello[4..38], 32, .. new byte[32], .. hello[39..]]));
        Assert.That(server.Error?.TransportErrorCode, Is.EqualTo(0x0a));
    }

    private static (TlsEndpoint Client, TlsEndpoint Server) AfterServerFlight()
    {
        TlsEndpoint client = TlsPair.NewClient();
        TlsEndpoint server = TlsPair.NewServer();
        server.Start();
        client.Start();
        server.Receive(EncryptionLevel.Initial, client.Outbox.Dequeue().Data);
        return (client, server);
    }

    /// <summary>The levels, for the attributes of public test methods.</summary>
    public enum EncryptionLevelCode
    {
        Handshake = 1,
        Application = 2,
    }
}
