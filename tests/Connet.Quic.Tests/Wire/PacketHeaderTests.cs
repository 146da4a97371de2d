using System.Buffers.Binary;
using System.Text.Json;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using CsCheck;

namespace Connet.Quic.Tests.Wire;

/// <summary>RFC 9000, section 17; RFC 8999.</summary>
public sealed class PacketHeaderTests
{
    private const uint Version1 = PacketHeaderWriter.Version1;

    [Test]
    public void The_clients_initial_of_rfc_9001()
    {
        byte[] packet = WireVectors.Bytes(WireVectors.Root.GetProperty("client_initial"), "protected_packet");
        byte[] datagram = [.. packet, 0x40, 0x01];
        Assert.That(PacketHeader.TryParse(datagram, 8, out PacketHeader header), Is.True);
        Assert.That(header.Type, Is.EqualTo(PacketType.Initial));
        Assert.That(header.Version, Is.EqualTo(Version1));
        Assert.That(header.DestinationId.ToString(), Is.EqualTo("8394c8f03e515708"));
        Assert.That(header.SourceId.Length, Is.Zero);
        Assert.That(header.Token.Length, Is.Zero);
        Assert.That(header.PacketNumberOffset, Is.EqualTo(18));
        Assert.That(header.Length, Is.EqualTo(packet.Length), "what follows is another packet");
        Assert.That(header.FirstByte, Is.EqualTo(packet[0]));
    }

    [Test]
    public void The_servers_initial_of_rfc_9001()
    {
        byte[] packet = WireVectors.Bytes(WireVectors.Root.GetProperty("server_initial"), "protected_packet");
        Assert.That(PacketHeader.TryParse(packet, 8, out PacketHeader header), Is.True);
        Assert.That(header.Type, Is.EqualTo(PacketType.Initial));
        Assert.That(header.SourceId.ToString(), Is.EqualTo("f067a5502a4262b5"));
        Assert.That(header.Length, Is.EqualTo(packet.Length));
    }

    [Test]
    public void The_retry_of_rfc_9001_is_read_and_written()
    {
        JsonElement vector = WireVectors.Root.GetProperty("retry");
        byte[] packet = WireVectors.Bytes(vector, "packet");
        Assert.That(PacketHeader.TryParse(packet, 8, out PacketHeader header), Is.True);
        Assert.That(header.Type, Is.EqualTo(PacketType.Retry));
        Assert.That(header.Token.ToArray(), Is.EqualTo(WireVectors.Bytes(vector, "token")));
        Assert.That(header.RetryIntegrityTag.ToArray(), Is.EqualTo(WireVectors.Bytes(vector, "integrity_tag")));
        Assert.That(header.Length, Is.EqualTo(packet.Length));

        byte[] written = new byte[packet.Length];
        int length = PacketHeaderWriter.WriteRetry(written, header.DestinationId, header.SourceId, header.Token, unusedBits: 0xff);
        Assert.That(written[..length], Is.EqualTo(packet[..^16]));
    }

    [Test]
    public void The_short_header_of_rfc_9001()
    {
        byte[] packet = WireVectors.Bytes(WireVectors.Root.GetProperty("chacha20_short_header"), "protected_packet");
        Assert.That(PacketHeader.TryParse(packet, 0, out PacketHeader header), Is.True);
        Assert.That(header.Type, Is.EqualTo(PacketType.OneRtt));
        Assert.That(header.PacketNumberOffset, Is.EqualTo(1));
        Assert.That(header.Length, Is.EqualTo(packet.Length));
    }

    [TestCase("client_initial", "c300000001088394c8f03e515708000044")]
    [TestCase("server_initial", "c1000000010008f067a5502a4262b50040")]
    public void Long_headers_are_written_as_in_rfc_9001(string name, string start)
    {
        JsonElement vector = WireVectors.Root.GetProperty(name);
        byte[] expected = WireVectors.Bytes(vector, "unprotected_header");
        int numberLength = (int)WireVectors.Integer(vector, "packet_number_length");
        Assert.That(PacketHeader.TryParse(WireVectors.Bytes(vector, "protected_packet"), 0, out PacketHeader header), Is.True);

        byte[] written = new byte[expected.Length];
        int length = PacketHeaderWriter.WriteLong(
            written, PacketType.Initial, header.DestinationId, header.SourceId, default, numberLength, out int lengthOffset);
        VarInt.WriteTwoBytes(written.AsSpan(lengthOffset), header.Length - header.PacketNumberOffset);
        PacketNumber.Write(written.AsSpan(length), WireVectors.Integer(vector, "packet_number"), numberLength);
        Assert.That(written, Is.EqualTo(expected));
        Assert.That(Convert.ToHexStringLower(written), Does.StartWith(start));
    }

    [Test]
    public void Long_headers_round_trip()
    {
        Gen<(byte[] Destination, byte[] Source, byte[] Token, bool Handshake, int NumberLength)> values =
            from destination in Gen.Byte.Array[0, 20]
            from source in Gen.Byte.Array[0, 20]
            from token in Gen.Byte.Array[0, 100]
            from handshake in Gen.Bool
            from numberLength in Gen.Int[1, 4]
            select (destination, source, token, handshake, numberLength);
        Property.Holds(values, value =>
        {
            ConnectionId destination = new(value.Destination);
            ConnectionId source = new(value.Source);
            PacketType type = value.Handshake ? PacketType.Handshake : PacketType.Initial;
            byte[] token = value.Handshake ? [] : value.Token;
            byte[] packet = new byte[300];
            int offset = PacketHeaderWriter.WriteLong(packet, type, destination, source, token, value.NumberLength, out int lengthOffset);
            Assert.That(offset, Is.EqualTo(PacketHeaderWriter.LongHeaderLength(type, destination, source, token.Length)));
            VarInt.WriteTwoBytes(packet.AsSpan(lengthOffset), 30);

            Assert.That(PacketHeader.TryParse(packet, 8, out PacketHeader header), Is.True);
            Assert.That(header.Type, Is.EqualTo(type));
            Assert.That(header.DestinationId, Is.EqualTo(destination));
            Assert.That(header.SourceId, Is.EqualTo(source));
            Assert.That(header.Token.ToArray(), Is.EqualTo(token));
            Assert.That(header.PacketNumberOffset, Is.EqualTo(offset));
            Assert.That(header.Length, Is.EqualTo(offset + 30));
            Assert.That(header.FirstByte & 0x03, Is.EqualTo(value.NumberLength - 1));
            Assert.That(PacketHeader.HasReservedBits(header.FirstByte), Is.False);
            for (int length = 0; length < header.Length; length++)
            {
                Assert.That(PacketHeader.TryParse(packet.AsSpan(0, length), 8, out _), Is.False, $"truncated to {length}");
            }
        }, rounds: 100);
    }

    [Test]
    public void Short_headers_round_trip([Values] bool keyPhase, [Values(1, 2, 3, 4)] int numberLength, [Values(0, 8, 20)] int idLength)
    {
        ConnectionId id = new(new byte[20].AsSpan(0, idLength));
        byte[] packet = new byte[40];
        int offset = PacketHeaderWriter.WriteShort(packet, id, keyPhase, numberLength);
        Assert.That(offset, Is.EqualTo(PacketHeaderWriter.ShortHeaderLength(id)));
        Assert.That(PacketHeader.TryParse(packet, idLength, out PacketHeader header), Is.True);
        Assert.That(header.Type, Is.EqualTo(PacketType.OneRtt));
        Assert.That(header.DestinationId, Is.EqualTo(id));
        Assert.That(header.PacketNumberOffset, Is.EqualTo(offset));
        Assert.That(header.Length, Is.EqualTo(packet.Length));
        Assert.That(PacketHeader.HasKeyPhase(header.FirstByte), Is.EqualTo(keyPhase));
        Assert.That(PacketHeader.HasReservedBits(header.FirstByte), Is.False);
        Assert.That(PacketHeader.TryParse(packet.AsSpan(0, idLength), idLength, out _), Is.False, "the ID is cut short");
    }

    [Test]
    public void A_packet_of_version_1_without_the_fixed_bit_is_dropped()
    {
        byte[] shortHeader = new byte[40];
        Assert.That(PacketHeader.TryParse(shortHeader, 8, out _), Is.False);
        byte[] initial = WireVectors.Bytes(WireVectors.Root.GetProperty("client_initial"), "protected_packet");
        initial[0] &= 0xbf;
        Assert.That(PacketHeader.TryParse(initial, 8, out _), Is.False);
    }

    [TestCase(20, 20, true)]
    [TestCase(21, 8, false)]
    [TestCase(8, 21, false)]
    [TestCase(255, 255, false)]
    public void Connection_ids_of_more_than_20_bytes_are_dropped_in_every_version(int destinationLength, int sourceLength, bool accepted)
    {
        foreach (uint version in (uint[])[0, Version1, 0x6b3343cf, 0xffff_ffff])
        {
            byte[] packet = [0xe0, 0, 0, 0, 0, (byte)destinationLength, .. new byte[destinationLength], (byte)sourceLength, .. new byte[sourceLength], 4, 0, 0, 0, 0];
            packet = version == 0 ? packet[..^1] : packet;
            BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(1), version);
            Assert.That(PacketHeader.TryParse(packet, 8, out PacketHeader header), Is.EqualTo(accepted), $"version {version:x}");
            if (accepted)
            {
                Assert.That(header.Length, Is.EqualTo(packet.Length));
            }
        }
    }

    [Test]
    public void A_long_header_of_another_version_gives_its_ids_only()
    {
        byte[] packet = [0x80, 0x1a, 0x2a, 0x3a, 0x4a, 2, 1, 2, 1, 3, 9, 9, 9];
        Assert.That(PacketHeader.TryParse(packet, 8, out PacketHeader header), Is.True);
        Assert.That(header.Type, Is.EqualTo(PacketType.UnknownVersion));
        Assert.That(header.Version, Is.EqualTo(0x1a2a3a4au));
        Assert.That(header.DestinationId.ToString(), Is.EqualTo("0102"));
        Assert.That(header.SourceId.ToString(), Is.EqualTo("03"));
        Assert.That(header.Length, Is.EqualTo(packet.Length));
    }

    [Test]
    public void Version_negotiation_is_read_and_written()
    {
        ConnectionId destination = new([1, 2, 3]);
        ConnectionId source = new([4, 5]);
        byte[] packet = new byte[64];
        int length = PacketHeaderWriter.WriteVersionNegotiation(packet, destination, source, unusedBits: 0x15, [Version1, 0x0a1a2a3a]);
        Assert.That(packet[0], Is.EqualTo(0xd5), "form bit, the bit that demultiplexers look at, and the random ones");
        Assert.That(PacketHeader.TryParse(packet.AsSpan(0, length), 8, out PacketHeader header), Is.True);
        Assert.That(header.Type, Is.EqualTo(PacketType.VersionNegotiation));
        Assert.That(header.DestinationId, Is.EqualTo(destination));
        Assert.That(header.SourceId, Is.EqualTo(source));
        Assert.That(header.SupportedVersions.ToArray(), Is.EqualTo((byte[])[0, 0, 0, 1, 0x0a, 0x1a, 0x2a, 0x3a]));
        for (int cut = 1; cut < 4; cut++)
        {
            Assert.That(PacketHeader.TryParse(packet.AsSpan(0, length - cut), 8, out _), Is.False, "half a version");
        }

        Assert.That(PacketHeader.TryParse(packet.AsSpan(0, length - 8), 8, out _), Is.False, "no version");
    }

    [Test]
    public void A_retry_without_a_token_or_without_its_whole_tag_is_dropped()
    {
        byte[] start = [0xf0, 0, 0, 0, 1, 0, 0];
        Assert.That(PacketHeader.TryParse([.. start, .. new byte[15]], 8, out _), Is.False);
        Assert.That(PacketHeader.TryParse([.. start, .. new byte[16]], 8, out _), Is.False, "RFC 9000, section 17.2.5.2");
        Assert.That(PacketHeader.TryParse([.. start, .. new byte[17]], 8, out _), Is.True);
    }

    [TestCase("c000000001000040ff00", Description = "token longer than the datagram")]
    [TestCase("c0000000010000ffffffffffffffff01", Description = "token length 2^62 - 1")]
    [TestCase("c000000001000000ffffffffffffffff", Description = "length 2^62 - 1")]
    [TestCase("e000000001000005ffffffff", Description = "length one more than there is")]
    public void A_length_beyond_the_datagram_is_dropped(string hex) =>
        Assert.That(PacketHeader.TryParse(Convert.FromHexString(hex), 8, out _), Is.False);

    [TestCase((byte)0xc3, false)]
    [TestCase((byte)0xc4, true)]
    [TestCase((byte)0xe8, true)]
    [TestCase((byte)0x47, false)]
    [TestCase((byte)0x48, true)]
    [TestCase((byte)0x50, true)]
    [TestCase((byte)0x60, false, Description = "the spin bit is not reserved")]
    public void Reserved_bits_are_told_by_header_form(byte firstByte, bool reserved) =>
        Assert.That(PacketHeader.HasReservedBits(firstByte), Is.EqualTo(reserved));
}
