using Connet.Quic.Core;
using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;
using Connet.Quic.Core.Wire;
using Connet.Quic.Tests.Crypto;
using static Connet.Quic.Tests.Hostile.FrameBytes;

namespace Connet.Quic.Tests.Hostile;

/// <summary>First packets of connections that nobody wants.</summary>
public sealed class InitialAttackTests
{
    private static readonly NetworkAddress _attacker = NetworkAddress.FromIPv4(0x0a000099, 99);

    // RFC 9000, sections 7.2 and 14.1.
    [Test]
    public void An_Initial_of_a_wrong_shape_makes_no_connection()
    {
        HostileServer server = new();
        server.Receive(_attacker, HostileServer.Initial(HostileServer.Id(1), Ping, length: 1199));
        server.Receive(_attacker, HostileServer.Initial(HostileServer.Id(2, 7), Ping));
        server.Receive(_attacker, LongIds(21, 8));
        server.Receive(_attacker, LongIds(8, 21));
        server.Receive(_attacker, LongIds(255, 255));
        server.Receive(_attacker, LongIds(8, 8, version: 0x1a2a3a4a));
        server.Receive(_attacker, LongIds(8, 8, version: 0));
        server.Pump();
        Assert.That(server.Host.Endpoint.ConnectionCount, Is.Zero);
        Assert.That(server.Sent, Is.Empty);
    }

    [TestCaseSource(nameof(OddInitials))]
    public void An_odd_Initial_costs_a_handshake_at_most(byte[] datagram)
    {
        HostileServer server = new();
        for (int i = 0; i < 100; i++)
        {
            server.Receive(_attacker, datagram);
            server.Pump();
        }

        Assert.That(server.Host.Endpoint.ConnectionCount, Is.LessThanOrEqualTo(1));
        server.RunFor(TimeSpan.FromSeconds(30));
        Assert.That(server.Host.Endpoint.ConnectionCount, Is.Zero);
        Assert.That(server.Host.Endpoint.RoutedIdCount, Is.Zero);
        Assert.That(server.Host.Endpoint.HandshakesInProgress, Is.Zero);
        server.AssertNoAmplification();
    }

    [Test]
    public void An_Initial_replayed_ten_thousand_times_is_one_connection()
    {
        HostileServer server = new();
        byte[] initial = HostileServer.Initial(HostileServer.Id(5), CryptoData(0, ClientHello()));
        for (int i = 0; i < 10_000; i++)
        {
            server.Receive(_attacker, initial);
            server.Pump();
        }

        Assert.That(server.Host.Endpoint.ConnectionCount, Is.EqualTo(1));
        server.AssertNoAmplification();
        server.RunFor(TimeSpan.FromSeconds(30));
        Assert.That(server.Host.Endpoint.ConnectionCount, Is.Zero);
    }

    /// <summary>Each from another address: a handshake begun, one that fails at once, one that is closed at once, and noise.</summary>
    [Test]
    public void Spoofed_Initials_bring_Retry_and_bounded_memory([Values("hello", "malformed", "close", "noise")] string kind)
    {
        HostileServer server = new();
        byte[] hello = ClientHello();
        int mostConnections = 0;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < TestMachine.Rounds(full: 10_000, quick: 2_500); i++)
        {
            byte[] payload = kind switch
            {
                "hello" => CryptoData(0, hello),
                "malformed" => Of(0x21),
                "close" => ConnectionClose(0),
                _ => [],
            };
            byte[] datagram = HostileServer.Initial(HostileServer.Id(i), payload);
            datagram[^1] ^= kind == "noise" ? (byte)1 : (byte)0;
            server.Receive(NetworkAddress.FromIPv4((uint)(0x0b000000 + i), 1), datagram);
            if (i % 8 == 0)
            {
                server.Pump();
                server.Now += TimeSpan.FromMicroseconds(100);
            }

            mostConnections = Math.Max(mostConnections, server.Host.Endpoint.ConnectionCount);
        }

        server.Pump();
        server.AssertNoAmplification();
        Assert.That(mostConnections, Is.LessThanOrEqualTo(new EndpointConfig { StatelessResetKey = [], TokenKey = [] }.RetryThreshold));
        server.Sent.Clear();
        server.BytesIn.Clear();
        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.That(grown, Is.LessThan(64 * 200_000));
        server.RunFor(TimeSpan.FromSeconds(30));
        Assert.That(server.Host.Endpoint.ConnectionCount, Is.Zero);
        Assert.That(server.Host.Endpoint.HandshakesInProgress, Is.Zero);
    }

    [Test]
    public void A_real_client_connects_through_a_flood()
    {
        HostileBench bench = new();
        byte[] hello = ClientHello();
        for (int i = 0; i < 500; i++)
        {
            bench.Pair.Server.Receive(
                bench.Pair.Now, NetworkAddress.FromIPv4((uint)(0x0b000000 + i), 1), HostileServer.Initial(HostileServer.Id(i), CryptoData(0, hello)), static _ => { });
        }

        int retries = 0;
        bench.Pair.ToClient.Filter = datagram =>
        {
            retries += (datagram[0] & 0xf0) == 0xf0 ? 1 : 0;
            return true;
        };
        bench.Pair.Connect();
        Assert.That(retries, Is.GreaterThan(0));
        bench.AssertUnharmed();
    }

    [Test]
    public void Retry_tokens_prove_one_address_for_one_handshake_and_a_short_time()
    {
        HostileServer server = new(new EndpointConfig { StatelessResetKey = new byte[32], TokenKey = new byte[32], AlwaysRetry = true });
        ConnectionId original = HostileServer.Id(77);
        server.Receive(_attacker, HostileServer.Initial(original, Ping));
        byte[] retry = server.Sent[_attacker][0];
        Assert.That(PacketHeader.TryParse(retry, 8, out PacketHeader header) && header.Type == PacketType.Retry, Is.True);
        byte[] token = header.Token.ToArray();
        ConnectionId id = header.SourceId;
        NetworkAddress elsewhere = NetworkAddress.FromIPv4(0x0a000098, 99);
        AssertRefused(server, elsewhere, id, token, "another address");
        AssertRefused(server, _attacker with { Port = 100 }, id, token, "another port");
        AssertRefused(server, _attacker, id, token[..^1], "a truncated token");
        AssertRefused(server, _attacker, HostileServer.Id(78), token, "another connection ID");
        for (int i = 1; i < token.Length; i++)
        {
            byte[] changed = [.. token];
            changed[i] ^= 0x10;
            AssertRefused(server, _attacker, id, changed, $"byte {i} changed");
        }

        // A token of no kind of ours counts as none (RFC 9000, section 8.1.3).
        server.Sent.Clear();
        server.Receive(_attacker, HostileServer.Initial(id, Ping, token: [1, 2, 3]));
        Assert.That(server.Sent[_attacker][0][0] & 0xf0, Is.EqualTo(0xf0));
        Assert.That(server.Host.Endpoint.ConnectionCount, Is.Zero);

        server.Receive(_attacker, HostileServer.Initial(id, Ping, token: token));
        Assert.That(server.Host.Endpoint.ConnectionCount, Is.EqualTo(1));
        server.RunFor(TimeSpan.FromSeconds(16));
        AssertRefused(server, _attacker, id, token, "an expired token");
    }

    private static void AssertRefused(HostileServer server, NetworkAddress from, ConnectionId id, byte[] token, string because)
    {
        server.Sent.Clear();
        int connections = server.Host.History.Count;
        server.Receive(from, HostileServer.Initial(id, Ping, token: token));
        server.Pump();
        Assert.That(server.Host.History, Has.Count.EqualTo(connections), because);
        byte[] reply = server.Sent[from].Single();
        Assert.That(PacketHeader.TryParse(reply, 8, out PacketHeader header), Is.True, because);
        using LevelKeys keys = InitialSecrets.Derive(CryptoProvider.Default, id, isServer: false);
        int offset = header.PacketNumberOffset;
        Assert.That(keys.ReadHeader.TryUnprotect(reply, offset, out int length, out uint number), Is.True, because);
        Assert.That(keys.Read.TryOpen(number, reply, offset + length), Is.True, because);
        FrameLog log = new();
        log.Read(reply.AsSpan(offset + length)[..^Aead.TagLength], static (_, _) => { });
        Assert.That((TransportErrorCode?)log.CloseCode, Is.EqualTo(TransportErrorCode.InvalidToken), because);
    }

    private static IEnumerable<TestCaseData> OddInitials()
    {
        byte[] small = HostileServer.Initial(HostileServer.Id(1), Ping, length: 60);
        byte[] other = HostileServer.Initial(HostileServer.Id(2), Ping, length: 600);
        byte[] junk = new byte[2400];
        for (int i = 0; i < 100; i++)
        {
            // Long headers of Handshake packets with 8 bytes of nothing.
            byte[] header = [0xe0, 0, 0, 0, 1, 8, .. HostileServer.Id(1).ToArray(), 0, 8];
            header.CopyTo(junk, i * 24);
        }

        return
        [
            new TestCaseData(HostileServer.Initial(HostileServer.Id(1), [])).SetArgDisplayNames("all padding"),
            new TestCaseData(HostileServer.Initial(HostileServer.Id(1), ConnectionClose(1))).SetArgDisplayNames("CONNECTION_CLOSE only"),
            new TestCaseData(HostileServer.Initial(HostileServer.Id(1), Ack(0))).SetArgDisplayNames("an ACK of nothing"),
            new TestCaseData(HostileServer.Initial(HostileServer.Id(1), Ping, token: new byte[1000])).SetArgDisplayNames("a huge token"),
            new TestCaseData((byte[])[.. small, .. junk]).SetArgDisplayNames("100 junk packets"),
            new TestCaseData((byte[])[.. small, .. other, .. other]).SetArgDisplayNames("mixed destinations"),
            new TestCaseData((byte[])[.. small, .. new byte[1140]]).SetArgDisplayNames("zeros after a packet"),
            new TestCaseData(HostileServer.Initial(HostileServer.Id(1), Ping, source: new ConnectionId([]))).SetArgDisplayNames("no source ID"),
            new TestCaseData(HostileServer.Initial(HostileServer.Id(1, 20), Ping, source: HostileServer.Id(1, 20))).SetArgDisplayNames("IDs of 20 bytes"),
            new TestCaseData(HostileServer.Initial(HostileServer.Id(1), Ping, length: 16_000)).SetArgDisplayNames("a huge Initial"),
        ];
    }

    private static byte[] LongIds(int destination, int source, uint version = 1)
    {
        byte[] packet = new byte[1300];
        packet[0] = 0xc0;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(1), version);
        packet[5] = (byte)destination;
        packet[6 + destination] = (byte)source;
        return packet;
    }

    private static byte[] ClientHello()
    {
        TransportParameters parameters = new() { InitialSourceConnectionId = HostilePeer.NewId(9) };
        TestRandom random = new(8);
        using BouncyCastleTlsSession tls = BouncyCastleTlsSession.CreateClient(
            new TlsClientOptions { Alpn = ["test"u8.ToArray()], TransportParameters = parameters.Encode(random), KeyShareGroups = [TlsNamedGroup.X25519] }, random);
        TlsOutputs outputs = new();
        tls.Start(outputs);
        return outputs.Items.OfType<CryptoOutput>().Single().Data;
    }
}
