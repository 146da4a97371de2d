using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Tests.Wire;

/// <summary>RFC 9000, section 12.4; RFC 9221, section 4.</summary>
public sealed class FrameTypesTests
{
    // Table 3, as it is printed: I initial, H handshake, 0 and 1 for 0-RTT and 1-RTT. In CONNECTION_CLOSE only 0x1c may stand in I and H.
    private static readonly (int First, int Last, string Packets)[] _table3 =
    [
        (0x00, 0x00, "IH01"), // PADDING
        (0x01, 0x01, "IH01"), // PING
        (0x02, 0x03, "IH_1"), // ACK
        (0x04, 0x04, "__01"), // RESET_STREAM
        (0x05, 0x05, "__01"), // STOP_SENDING
        (0x06, 0x06, "IH_1"), // CRYPTO
        (0x07, 0x07, "___1"), // NEW_TOKEN
        (0x08, 0x0f, "__01"), // STREAM
        (0x10, 0x10, "__01"), // MAX_DATA
        (0x11, 0x11, "__01"), // MAX_STREAM_DATA
        (0x12, 0x13, "__01"), // MAX_STREAMS
        (0x14, 0x14, "__01"), // DATA_BLOCKED
        (0x15, 0x15, "__01"), // STREAM_DATA_BLOCKED
        (0x16, 0x17, "__01"), // STREAMS_BLOCKED
        (0x18, 0x18, "__01"), // NEW_CONNECTION_ID
        (0x19, 0x19, "__01"), // RETIRE_CONNECTION_ID
        (0x1a, 0x1a, "__01"), // PATH_CHALLENGE
        (0x1b, 0x1b, "___1"), // PATH_RESPONSE
        (0x1c, 0x1c, "IH01"), // CONNECTION_CLOSE of the transport
        (0x1d, 0x1d, "__01"), // CONNECTION_CLOSE of the application
        (0x1e, 0x1e, "___1"), // HANDSHAKE_DONE
    ];

    [Test]
    public void Each_frame_is_allowed_where_table_3_says()
    {
        int covered = 0;
        foreach ((int first, int last, string packets) in _table3)
        {
            for (int type = first; type <= last; type++, covered++)
            {
                Assert.That(FrameTypes.IsAllowed((FrameType)type, EncryptionLevel.Initial), Is.EqualTo(packets[0] == 'I'), $"0x{type:x2} in Initial");
                Assert.That(FrameTypes.IsAllowed((FrameType)type, EncryptionLevel.Handshake), Is.EqualTo(packets[1] == 'H'), $"0x{type:x2} in Handshake");
                Assert.That(FrameTypes.IsAllowed((FrameType)type, EncryptionLevel.Application), Is.EqualTo(packets[3] == '1'), $"0x{type:x2} in 1-RTT");
            }
        }

        Assert.That(covered, Is.EqualTo(0x1f));
        for (int type = 0x1f; type <= 0xff; type++)
        {
            if (type is 0x30 or 0x31)
            {
                Assert.That(Enum.GetValues<EncryptionLevel>().Where(level => FrameTypes.IsAllowed((FrameType)type, level)), Is.EqualTo([EncryptionLevel.Application]));
                continue;
            }

            Assert.That(Enum.GetValues<EncryptionLevel>().Any(level => FrameTypes.IsAllowed((FrameType)type, level)), Is.False);
        }
    }

    [Test]
    public void Every_known_type_is_read_and_every_other_is_a_frame_encoding_error()
    {
        byte[] buffer = new byte[9];
        for (long value = 0; value <= 70_000; value++)
        {
            Span<byte> rest = buffer;
            VarInt.Write(ref rest, value);
            ReadOnlySpan<byte> payload = buffer;
            bool known = value is <= 0x1e or 0x30 or 0x31;
            TransportErrorCode expected = known ? TransportErrorCode.NoError : TransportErrorCode.FrameEncodingError;
            if (FrameTypes.TryRead(ref payload, out FrameType type) != expected || (known && (long)type != value))
            {
                Assert.Fail($"type {value:x}");
            }
        }
    }

    [TestCase("4001")]
    [TestCase("4030")]
    [TestCase("4006")]
    [TestCase("80000006")]
    [TestCase("c00000000000001e")]
    [TestCase("80003fff", Description = "unknown besides")]
    public void A_longer_form_than_needed_is_a_protocol_violation(string hex)
    {
        ReadOnlySpan<byte> payload = Convert.FromHexString(hex);
        Assert.That(FrameTypes.TryRead(ref payload, out _), Is.EqualTo(TransportErrorCode.ProtocolViolation));
    }

    [TestCase("")]
    [TestCase("40")]
    [TestCase("c0000000000000")]
    [TestCase("ffffffffffffffff")]
    [TestCase("2f")]
    [TestCase("32")]
    [TestCase("4130", Description = "ends like DATAGRAM")]
    public void A_truncated_or_unknown_type_is_a_frame_encoding_error(string hex)
    {
        ReadOnlySpan<byte> payload = Convert.FromHexString(hex);
        Assert.That(FrameTypes.TryRead(ref payload, out _), Is.EqualTo(TransportErrorCode.FrameEncodingError));
    }

    [Test]
    public void All_but_padding_ack_and_close_are_ack_eliciting()
    {
        int[] not = [0x00, 0x02, 0x03, 0x1c, 0x1d];
        foreach (int type in Enumerable.Range(0, 0x1f).Concat([0x30, 0x31]))
        {
            Assert.That(FrameTypes.IsAckEliciting((FrameType)type), Is.EqualTo(!not.Contains(type)), $"0x{type:x2}");
            Assert.That(FrameTypes.IsStream((FrameType)type), Is.EqualTo(type is >= 0x08 and <= 0x0f), $"0x{type:x2}");
        }
    }
}
