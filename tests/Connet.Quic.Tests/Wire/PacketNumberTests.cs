using System.Text.Json;
using Connet.Quic.Core.Wire;
using CsCheck;

namespace Connet.Quic.Tests.Wire;

/// <summary>RFC 9000, section 17.1 and appendices A.2 and A.3.</summary>
public sealed class PacketNumberTests
{
    [Test]
    public void The_encoding_samples_of_the_rfc()
    {
        foreach (JsonElement sample in WireVectors.Root.GetProperty("rfc9000_a2_pn_encode").EnumerateArray())
        {
            long number = WireVectors.Integer(sample, "full_pn");
            int length = PacketNumber.EncodedLength(number, WireVectors.Integer(sample, "largest_acked"));
            Assert.That(length, Is.EqualTo(WireVectors.Integer(sample, "num_bytes")));
            byte[] encoded = new byte[length];
            PacketNumber.Write(encoded, number, length);
            Assert.That(encoded, Is.EqualTo(WireVectors.Bytes(sample, "encoded")));
        }
    }

    [Test]
    public void The_decoding_samples_of_the_rfc_and_the_window_boundaries()
    {
        foreach (JsonElement sample in WireVectors.Root.GetProperty("rfc9000_a3_pn_decode").EnumerateArray()
            .Concat(WireVectors.Root.GetProperty("pn_decode_boundaries_derived").GetProperty("cases").EnumerateArray()))
        {
            long number = PacketNumber.Decode(
                WireVectors.Integer(sample, "largest_pn"),
                (uint)WireVectors.Integer(sample, "truncated_pn"),
                (int)WireVectors.Integer(sample, "pn_nbits") / 8);
            Assert.That(number, Is.EqualTo(WireVectors.Integer(sample, "full_pn")), sample.GetRawText());
        }
    }

    [TestCase(0L, -1L, 1)]
    [TestCase(126L, -1L, 1)]
    [TestCase(127L, -1L, 2)]
    [TestCase(1000L, 873L, 1)]
    [TestCase(1000L, 872L, 2)]
    [TestCase(40_000L, 7_233L, 2)]
    [TestCase(40_000L, 7_232L, 3)]
    [TestCase(1L << 24, (1L << 24) - (1L << 23), 4)]
    [TestCase(VarInt.MaxValue, -1L, 4)]
    public void The_encoding_covers_more_than_twice_what_is_unacknowledged(long number, long largestAcked, int length) =>
        Assert.That(PacketNumber.EncodedLength(number, largestAcked), Is.EqualTo(length));

    [Test]
    public void A_peer_that_received_anything_since_the_acknowledged_one_recovers_the_number()
    {
        Gen<(long Acked, long Sent, long Received)> values =
            from acked in Gen.OneOf(Gen.Const(-1L), Property.VarInts)
            from distance in Gen.Long[1, (1L << 31) - 1]
            from received in Gen.Long[0, distance - 1]
            where acked + distance <= VarInt.MaxValue
            select (acked, acked + distance, acked + received);
        Property.Holds(values, value =>
        {
            int length = PacketNumber.EncodedLength(value.Sent, value.Acked);
            byte[] encoded = new byte[4];
            PacketNumber.Write(encoded, value.Sent, length);
            uint truncated = 0;
            foreach (byte b in encoded.AsSpan(0, length))
            {
                truncated = (truncated << 8) | b;
            }

            Assert.That(PacketNumber.Decode(value.Received, truncated, length), Is.EqualTo(value.Sent));
        });
    }

    [Test]
    public void No_input_decodes_to_a_number_out_of_range() =>
        Property.Holds(Gen.Select(Gen.OneOf(Gen.Const(-1L), Property.VarInts), Gen.UInt, Gen.Int[1, 4]), input =>
        {
            (long largest, uint bits, int length) = input;
            uint truncated = length == 4 ? bits : bits & ((1u << (8 * length)) - 1);
            long number = PacketNumber.Decode(largest, truncated, length);
            Assert.That(number, Is.InRange(0L, VarInt.MaxValue));
            Assert.That((uint)number & (uint)((1L << (8 * length)) - 1), Is.EqualTo(truncated), "the low bits are the truncated ones");
        }, rounds: 5000);
}
