using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using static Connet.Quic.Tests.Hostile.FrameBytes;

namespace Connet.Quic.Tests.Hostile;

/// <summary>Handshakes that go about it the wrong way.</summary>
public sealed class HandshakeAttackTests
{
    private static readonly ConnectionId _wrongId = new([1, 2, 3, 4, 5]);

    private HostileBench _bench = null!;

    [OneTimeSetUp]
    public void SetUp() => _bench = new HostileBench();

    [OneTimeTearDown]
    public void The_other_connection_is_unharmed() => _bench.AssertUnharmed(waitForCleanUp: true);

    // RFC 9000, section 7.3.
    [TestCaseSource(nameof(ServerParameterCases))]
    public void A_servers_false_parameters_end_the_handshake(object change, byte[] extra)
    {
        HostilePeer peer = _bench.Server(new HostileOptions { Change = (Action<TransportParameters>)change, ExtraParameters = extra });
        peer.Begin();
        peer.FlushUpTo = EncryptionLevel.Application;
        peer.Progress();
        peer.AssertClosedWith(TransportErrorCode.TransportParameterError);
    }

    [TestCaseSource(nameof(ClientParameterCases))]
    public void A_clients_false_parameters_end_the_handshake(object change, byte[] extra)
    {
        HostilePeer peer = _bench.Client(new HostileOptions { Change = (Action<TransportParameters>)change, ExtraParameters = extra });
        peer.Progress();
        peer.AssertClosedWith(TransportErrorCode.TransportParameterError);
    }

    [Test]
    public void Sixteen_KiB_of_unknown_parameters_do_no_harm()
    {
        HostilePeer peer = _bench.Client(new HostileOptions { ExtraParameters = Join(Of(0x3fff, 16 * 1024), new byte[16 * 1024]) });
        peer.FlushUpTo = EncryptionLevel.Application;
        peer.Progress();
        Assert.That(peer.Target.CloseReason is null || peer.Target.CloseReason.Kind == ConnectionCloseKind.LocalTransport);
        _bench.AssertUnharmed();
    }

    [Test]
    public void A_ClientHello_comes_byte_by_byte([Values] bool reversed)
    {
        HostilePeer peer = _bench.Client();
        byte[] hello = peer.Handshake(EncryptionLevel.Initial);
        int[] order = [.. Enumerable.Range(0, hello.Length)];
        if (reversed)
        {
            Array.Reverse(order);
        }

        foreach (int[] part in order.Chunk(200))
        {
            peer.Send(EncryptionLevel.Initial, Repeat(part.Length, i => CryptoData(part[i], hello.AsSpan(part[i], 1))));
        }

        peer.Progress();
        peer.FlushUpTo = EncryptionLevel.Application;
        peer.Progress();
        Assert.That(peer.Target.Handshake.IsConfirmed, Is.True, () => peer.Target.CloseReason?.ToString() ?? "no error");
    }

    [Test]
    public void The_first_copy_of_handshake_bytes_wins()
    {
        HostilePeer peer = _bench.Client();
        byte[] hello = peer.Handshake(EncryptionLevel.Initial);
        peer.Send(EncryptionLevel.Initial, CryptoData(10, hello.AsSpan(10, 100)));
        peer.Send(EncryptionLevel.Initial, CryptoData(50, new byte[100].AsSpan().Slice(0, 60)));
        peer.Send(EncryptionLevel.Initial, CryptoData(0, hello.AsSpan(0, 50)));
        peer.Send(EncryptionLevel.Initial, CryptoData(110, hello.AsSpan(110, hello.Length - 110)));
        Assert.That(peer.Target.CloseReason, Is.Null);
        _bench.AssertUnharmed();
    }

    [Test]
    public void Crypto_data_far_ahead_is_refused_in_the_handshake([Values(1L << 17, 1L << 40, (1L << 62) - 2)] long offset)
    {
        HostilePeer peer = _bench.Client();
        peer.Send(EncryptionLevel.Initial, CryptoData(offset, [1]));
        peer.AssertClosedWith(TransportErrorCode.CryptoBufferExceeded);
    }

    [Test]
    public void Scattered_handshake_bytes_cost_bounded_memory()
    {
        HostilePeer peer = _bench.Client();
        for (int i = 0; i < 400 && peer.Target.CloseReason is null; i++)
        {
            int start = 1 + (i * 300);
            peer.Send(EncryptionLevel.Initial, Repeat(150, at => CryptoData(start + (2 * at), [0])));
        }

        peer.AssertClosedWith(TransportErrorCode.CryptoBufferExceeded);
    }

    [Test]
    public void A_message_at_the_wrong_level_ends_the_handshake()
    {
        // An acknowledgement at the Handshake level would end the Initial one.
        HostilePeer peer = _bench.Client(new HostileOptions { Acknowledge = false }).Reach(EncryptionLevel.Handshake);
        peer.Send(EncryptionLevel.Initial, CryptoData(peer.Handshake(EncryptionLevel.Initial).Length, peer.Handshake(EncryptionLevel.Handshake)));
        peer.AssertClosedWith(TransportErrorCode.ProtocolViolation);
    }

    [Test]
    public void A_premature_HANDSHAKE_DONE_waits_for_the_handshake_and_harms_only_its_sender()
    {
        HostilePeer peer = _bench.Server();
        peer.Begin();
        peer.Progress();
        peer.Send(EncryptionLevel.Application, HandshakeDone);
        Assert.That(peer.Target.Handshake.IsConfirmed, Is.False);
        peer.FlushUpTo = EncryptionLevel.Application;
        peer.Progress();
        Assert.That(peer.Target.CloseReason, Is.Null);
        Assert.That(peer.Target.Handshake.IsConfirmed, Is.True);
    }

    [Test]
    public void Undecryptable_packets_are_kept_up_to_a_number_of_bytes()
    {
        HostilePeer peer = _bench.Client();
        byte[] hello = peer.Handshake(EncryptionLevel.Initial);
        peer.Send(EncryptionLevel.Initial, CryptoData(0, hello.AsSpan(0, 20)));
        ConnectionId id = peer.OriginalId;
        Random random = new(5);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 64; i++)
        {
            byte[] junk = new byte[60_000];
            random.NextBytes(junk);
            junk[0] = (byte)(0x40 | (junk[0] & 0x3f));
            id.CopyTo(junk.AsSpan(1));
            peer.SendRaw(junk);
        }

        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.That(grown, Is.LessThan(300_000));
        Assert.That(peer.Target.CloseReason, Is.Null);
        GC.KeepAlive(peer);
    }

    // RFC 9000, section 9: no migration before the handshake is confirmed.
    [Test]
    public void Packets_from_elsewhere_are_ignored_in_the_handshake()
    {
        HostilePeer peer = _bench.Client().Reach(EncryptionLevel.Handshake);
        NetworkAddress elsewhere = NetworkAddress.FromIPv4(0x0a0000ff, 1);
        long dropped = peer.Target.Statistics.PacketsDropped;
        peer.SendRaw(peer.Seal(EncryptionLevel.Handshake, Ping), elsewhere);
        Assert.That(peer.Target.Statistics.PacketsDropped, Is.EqualTo(dropped + 1));
        Assert.That(peer.Target.Remote, Is.EqualTo(peer.Address));
    }

    private static IEnumerable<TestCaseData> ServerParameterCases()
    {
        return
        [
            Case("a wrong initial_source_connection_id", static p => p.InitialSourceConnectionId = _wrongId),
            Case("no initial_source_connection_id", static p => p.InitialSourceConnectionId = null),
            Case("a wrong original_destination_connection_id", static p => p.OriginalDestinationConnectionId = _wrongId),
            Case("no original_destination_connection_id", static p => p.OriginalDestinationConnectionId = null),
            Case("a retry_source_connection_id without a Retry", static p => p.RetrySourceConnectionId = _wrongId),
            .. CommonCases(),
        ];
    }

    private static IEnumerable<TestCaseData> ClientParameterCases()
    {
        return
        [
            Case("a wrong initial_source_connection_id", static p => p.InitialSourceConnectionId = _wrongId),
            Case("no initial_source_connection_id", static p => p.InitialSourceConnectionId = null),
            Raw("original_destination_connection_id from a client", Join(Of(0x00, 5), new byte[5])),
            Raw("stateless_reset_token from a client", Join(Of(0x02, 16), new byte[16])),
            Raw("retry_source_connection_id from a client", Join(Of(0x10, 5), new byte[5])),
            .. CommonCases(),
        ];
    }

    private static IEnumerable<TestCaseData> CommonCases()
    {
        return
        [
            Raw("max_udp_payload_size 1199", Of(0x03, 2, 1199)),
            Raw("ack_delay_exponent 21", Of(0x0a, 1, 21)),
            Raw("max_ack_delay 2^14", Of(0x0b, 4, 1 << 14)),
            Raw("a duplicate", Of(0x04, 1, 5)),
            Raw("a parameter cut off", Of(0x3fff, 9)),
        ];
    }

    private static TestCaseData Case(string name, Action<TransportParameters> change) =>
        new TestCaseData(change, Array.Empty<byte>()).SetArgDisplayNames(name);

    private static TestCaseData Raw(string name, byte[] bytes) =>
        new TestCaseData((Action<TransportParameters>)(static _ => { }), bytes).SetArgDisplayNames(name);
}
