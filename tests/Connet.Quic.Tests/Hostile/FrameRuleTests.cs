using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using static Connet.Quic.Tests.Hostile.FrameBytes;

namespace Connet.Quic.Tests.Hostile;

/// <summary>Frames that break a rule: each closes its connection with the right error, and nothing else.</summary>
public sealed class FrameRuleTests
{
    private const long Largest = VarInt.MaxValue;
    private static readonly byte[] _id = HostilePeer.NewId(50).ToArray();
    private static readonly byte[] _otherId = HostilePeer.NewId(51).ToArray();

    private HostileBench _bench = null!;

    [OneTimeSetUp]
    public void SetUp() => _bench = new HostileBench();

    [OneTimeTearDown]
    public void The_other_connection_is_unharmed() => _bench.AssertUnharmed(waitForCleanUp: true);

    // RFC 9000, table 3.
    [Test]
    public void A_frame_at_the_wrong_level_is_a_protocol_violation(
        [Values(0, 1)] int level,
        [Values(0x04, 0x05, 0x07, 0x08, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1d, 0x1e)] int type,
        [Values] bool toServer)
    {
        EncryptionLevel at = (EncryptionLevel)level;
        HostilePeer peer = Reach(at, toServer);
        peer.Send(at, Join(Of(type), new byte[60]), toServer ? null : new PacketShape { PadTo = 1200 });
        peer.AssertClosedWith(TransportErrorCode.ProtocolViolation);
    }

    [TestCaseSource(nameof(ServerCases))]
    public void A_frame_that_breaks_a_rule_closes_the_servers_connection(byte[] payload, int code) =>
        Check(_bench.Client(), payload, (TransportErrorCode)code);

    [TestCaseSource(nameof(ClientCases))]
    public void A_frame_that_breaks_a_rule_closes_the_clients_connection(byte[] payload, int code) =>
        Check(_bench.Server(), payload, (TransportErrorCode)code);

    [TestCaseSource(nameof(HarmlessCases))]
    public void A_frame_that_is_only_odd_is_survived(byte[] payload)
    {
        HostilePeer peer = _bench.Client().Reach(EncryptionLevel.Application);
        peer.Send(EncryptionLevel.Application, payload);
        peer.AssertAlive();
        peer.Send(EncryptionLevel.Application, ConnectionClose(0));
    }

    // RFC 9000, sections 12.4, 17.2 and 17.3.1.
    [Test]
    public void Reserved_bits_and_empty_packets_are_protocol_violations([Values(0, 1, 2)] int level, [Values] bool toServer, [Values] bool empty)
    {
        EncryptionLevel at = (EncryptionLevel)level;
        HostilePeer peer = Reach(at, toServer);
        byte bits = at == EncryptionLevel.Application ? (byte)0x10 : (byte)0x08;
        byte[] first = empty ? [] : Ping;
        PacketShape shape = new() { FirstByteBits = empty ? (byte)0 : bits, PadTo = empty ? 0 : null };
        byte[] packet = peer.Seal(at, first, shape);
        if (empty && toServer && at == EncryptionLevel.Initial)
        {
            // An Initial comes in 1,200 bytes; another packet may fill them.
            packet = [.. packet, .. new byte[1200 - packet.Length]];
        }

        peer.SendRaw(packet);
        peer.AssertClosedWith(TransportErrorCode.ProtocolViolation);
    }

    private HostilePeer Reach(EncryptionLevel level, bool toServer)
    {
        HostilePeer peer = toServer ? _bench.Client() : _bench.Server();
        if (level != EncryptionLevel.Initial)
        {
            return peer.Reach(level);
        }

        // The Initial keys are gone as soon as TLS gets on.
        peer.Begin();
        peer.Drain();
        return peer;
    }

    private static IEnumerable<TestCaseData> ServerCases()
    {
        return
        [
            .. CommonCases(),
            Case("HANDSHAKE_DONE to a server", HandshakeDone, TransportErrorCode.ProtocolViolation),
            Case("NEW_TOKEN to a server", Join(Of(7, 4), new byte[4]), TransportErrorCode.ProtocolViolation),
            Case("CRYPTO after the handshake", CryptoData(0, new byte[8]), TransportErrorCode.CryptoErrorBase + 10),
            Case("STREAM on our unidirectional stream", Stream(3, 0, [1]), TransportErrorCode.StreamStateError),
            Case("STREAM on our stream that is not open", Stream(1, 0, [1]), TransportErrorCode.StreamStateError),
            Case("RESET_STREAM on our unidirectional stream", Of(4, 3, 0, 0), TransportErrorCode.StreamStateError),
            Case("STREAM_DATA_BLOCKED on our unidirectional stream", Of(0x15, 3, 0), TransportErrorCode.StreamStateError),
            Case("MAX_STREAM_DATA on a stream we only receive on", Of(0x11, 2, 100), TransportErrorCode.StreamStateError),
            Case("STOP_SENDING on a stream we only receive on", Of(5, 2, 0), TransportErrorCode.StreamStateError),
            Case("STREAM beyond the limit", Stream(400, 0, [1]), TransportErrorCode.StreamLimitError),
            Case("RESET_STREAM beyond the limit", Of(4, 400, 0, 0), TransportErrorCode.StreamLimitError),
            Case("STOP_SENDING beyond the limit", Of(5, 400, 0), TransportErrorCode.StreamLimitError),
            Case("MAX_STREAM_DATA beyond the limit", Of(0x11, 400, 5), TransportErrorCode.StreamLimitError),
            Case("STREAM_DATA_BLOCKED beyond the limit", Of(0x15, 402, 5), TransportErrorCode.StreamLimitError),
            Case("STREAM beyond its window", Stream(0, 1L << 40, [1]), TransportErrorCode.FlowControlError),
            Case("RESET_STREAM beyond its window", Of(4, 0, 0, 1L << 40), TransportErrorCode.FlowControlError),
            Case("data past the end", Join(Stream(0, 0, new byte[10], fin: true), Stream(0, 10, [1])), TransportErrorCode.FinalSizeError),
            Case("two ends", Join(Stream(0, 0, new byte[10], fin: true), Stream(0, 0, new byte[9], fin: true)), TransportErrorCode.FinalSizeError),
            Case("an end before data received", Join(Stream(0, 0, new byte[10]), Of(4, 0, 0, 5)), TransportErrorCode.FinalSizeError),
        ];
    }

    private static IEnumerable<TestCaseData> ClientCases()
    {
        return
        [
            .. CommonCases(),
            Case("an empty NEW_TOKEN", Of(7, 0), TransportErrorCode.FrameEncodingError),
            Case("a NEW_TOKEN longer than the packet", Of(7, 60), TransportErrorCode.FrameEncodingError),
            Case("STREAM on our unidirectional stream", Stream(2, 0, [1]), TransportErrorCode.StreamStateError),
            Case("STREAM on our stream that is not open", Stream(0, 0, [1]), TransportErrorCode.StreamStateError),
            Case("STREAM beyond the limit", Stream(401, 0, [1]), TransportErrorCode.StreamLimitError),
        ];
    }

    private static IEnumerable<TestCaseData> CommonCases()
    {
        TransportErrorCode encoding = TransportErrorCode.FrameEncodingError;
        TransportErrorCode violation = TransportErrorCode.ProtocolViolation;
        return
        [
            Case("an unknown frame type", Of(0x21), encoding),
            Case("a large unknown frame type", Of(Largest), encoding),
            Case("a frame type in two bytes", [0x40, 0x01], violation),
            Case("a frame type in eight bytes", [0xc0, 0, 0, 0, 0, 0, 0, 1], violation),
            Case("ACK of a packet never sent", Ack(1_000_000), violation),
            Case("ACK of the largest number", Ack(Largest), violation),
            Case("ACK with a range below zero", Ack(0, 1), encoding),
            Case("ACK with a gap below zero", Of(2, 1, 0, 1, 0, 5, 0), encoding),
            Case("ACK with 2^20 ranges", Of(2, 1, 0, 1 << 20, 0), encoding),
            Case("ACK with ECN counts cut off", Of(3, 0, 0, 0, 0, 1), encoding),
            Case("CRYPTO far ahead", CryptoData(1L << 40, [1]), TransportErrorCode.CryptoBufferExceeded),
            Case("CRYPTO beyond the last offset", CryptoData(Largest, [1]), encoding),
            Case("STREAM beyond the last offset", Stream(0, Largest, [1]), encoding),
            Case("MAX_STREAMS above 2^60", Of(0x12, (1L << 60) + 1), encoding),
            Case("STREAMS_BLOCKED above 2^60", Of(0x17, (1L << 60) + 1), encoding),
            Case("CONNECTION_CLOSE with a reason longer than the packet", Of(0x1c, 0, 0, 500), encoding),
            Case("PATH_CHALLENGE cut off", [0x1a, 1, 2, 3], encoding),
            Case("NEW_CONNECTION_ID that retires itself", NewConnectionId(1, 2, _id), encoding),
            Case("NEW_CONNECTION_ID of no bytes", NewConnectionId(1, 0, []), encoding),
            Case("NEW_CONNECTION_ID of 21 bytes", NewConnectionId(1, 0, new byte[21]), encoding),
            Case("a number with two IDs", Join(NewConnectionId(1, 0, _id), NewConnectionId(1, 0, _otherId)), violation),
            Case("an ID with two numbers", Join(NewConnectionId(1, 0, _id), NewConnectionId(2, 0, _id)), violation),
            Case("a token with two numbers", Join(NewConnectionId(1, 0, _id, Token(9)), NewConnectionId(2, 0, _otherId, Token(9))), violation),
            Case("a number with two tokens", Join(NewConnectionId(1, 0, _id, Token(8)), NewConnectionId(1, 0, _id, Token(9))), violation),
            Case(
                "too many IDs",
                Repeat(8, static i => NewConnectionId(i + 1, 0, HostilePeer.NewId(i + 60).ToArray())),
                TransportErrorCode.ConnectionIdLimitError),
            Case(
                "IDs retired without end",
                Repeat(30, static i => NewConnectionId(i + 1, i + 1, HostilePeer.NewId(i + 60).ToArray())),
                TransportErrorCode.ConnectionIdLimitError),
            Case(
                "IDs below the window without end",
                Join(NewConnectionId(99, 99, _id), Repeat(30, static i => NewConnectionId(i + 2, 0, HostilePeer.NewId(i + 60).ToArray()))),
                TransportErrorCode.ConnectionIdLimitError),
            Case("RETIRE_CONNECTION_ID of a number never given", Of(0x19, 99), violation),
            Case("RETIRE_CONNECTION_ID of the ID it came with", Of(0x19, 0), violation),
        ];
    }

    private static IEnumerable<TestCaseData> HarmlessCases()
    {
        return
        [
            new TestCaseData(Of(2, 0, Largest, 0, 0)).SetArgDisplayNames("an ACK delay of 2^62-1"),
            new TestCaseData(Of(3, 0, 0, 0, 0, Largest, Largest, Largest)).SetArgDisplayNames("absurd ECN counts"),
            new TestCaseData(Join(Of(0x1b), new byte[8])).SetArgDisplayNames("a PATH_RESPONSE nobody asked for"),
            new TestCaseData(Of(0x10, 0)).SetArgDisplayNames("MAX_DATA that shrinks"),
            new TestCaseData(Of(0x10, Largest)).SetArgDisplayNames("the largest MAX_DATA"),
            new TestCaseData(Of(0x12, 1L << 60)).SetArgDisplayNames("the largest MAX_STREAMS"),
            new TestCaseData(Of(0x12, 0)).SetArgDisplayNames("MAX_STREAMS that shrinks"),
            new TestCaseData(Of(0x14, Largest)).SetArgDisplayNames("DATA_BLOCKED"),
            new TestCaseData(CryptoData(0, [])).SetArgDisplayNames("an empty CRYPTO"),
            new TestCaseData(Join(NewConnectionId(1, 0, _id), NewConnectionId(1, 0, _id))).SetArgDisplayNames("the same NEW_CONNECTION_ID twice"),
            new TestCaseData(Stream(0, 0, [], fin: true)).SetArgDisplayNames("an empty stream"),
            new TestCaseData(Join(Of(4, 0, 0, 0), Of(4, 0, 0, 0), Stream(0, 0, [], fin: true))).SetArgDisplayNames("a stream reset twice"),
        ];
    }

    private static TestCaseData Case(string name, byte[] payload, TransportErrorCode code) =>
        new TestCaseData(payload, (int)code).SetArgDisplayNames(name);

    private static void Check(HostilePeer peer, byte[] payload, TransportErrorCode code)
    {
        peer.Reach(EncryptionLevel.Application);
        peer.Send(EncryptionLevel.Application, payload);
        peer.AssertClosedWith(code);
    }
}
