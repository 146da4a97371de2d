using System.Text.Json;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Tests.Wire;

/// <summary>RFC 9000, section 16 and appendix A.1.</summary>
public sealed class VarIntTests
{
    [Test]
    public void The_samples_of_the_rfc_decode()
    {
        foreach (JsonElement sample in WireVectors.Root.GetProperty("rfc9000_a1_varint").EnumerateArray())
        {
            ReadOnlySpan<byte> source = WireVectors.Bytes(sample, "bytes");
            Assert.That(VarInt.TryRead(ref source, out long value), Is.True);
            Assert.That(value, Is.EqualTo(WireVectors.Integer(sample, "value")));
            Assert.That(source.Length, Is.Zero);
        }
    }

    [Test]
    public void Every_value_round_trips_in_its_shortest_form() => Property.Holds(Property.VarInts, expected =>
    {
        byte[] buffer = new byte[10];
        Span<byte> rest = buffer;
        VarInt.Write(ref rest, expected);
        int length = buffer.Length - rest.Length;
        Assert.That(length, Is.EqualTo(VarInt.Length(expected)));
        Assert.That(length, Is.EqualTo(expected < 64 ? 1 : expected < 16384 ? 2 : expected < 1L << 30 ? 4 : 8));

        ReadOnlySpan<byte> source = buffer;
        Assert.That(VarInt.TryRead(ref source, out long value), Is.True);
        Assert.That(value, Is.EqualTo(expected));
        Assert.That(source.Length, Is.EqualTo(rest.Length));
    });

    [TestCase(0L, "00")]
    [TestCase(63L, "3f")]
    [TestCase(64L, "4040")]
    [TestCase(16383L, "7fff")]
    [TestCase(16384L, "80004000")]
    [TestCase((1L << 30) - 1, "bfffffff")]
    [TestCase(1L << 30, "c000000040000000")]
    [TestCase(VarInt.MaxValue, "ffffffffffffffff")]
    public void The_limits_of_each_form(long value, string hex)
    {
        byte[] buffer = new byte[8];
        Span<byte> rest = buffer;
        VarInt.Write(ref rest, value);
        Assert.That(Convert.ToHexStringLower(buffer.AsSpan(..^rest.Length)), Is.EqualTo(hex));
        ReadOnlySpan<byte> source = Convert.FromHexString(hex);
        Assert.That(VarInt.TryRead(ref source, out long read), Is.True);
        Assert.That(read, Is.EqualTo(value));
    }

    [TestCase("4000")]
    [TestCase("80000000")]
    [TestCase("c000000000000000")]
    public void Longer_forms_than_needed_decode(string hex)
    {
        ReadOnlySpan<byte> source = Convert.FromHexString(hex);
        Assert.That(VarInt.TryRead(ref source, out long value), Is.True);
        Assert.That(value, Is.Zero);
    }

    [TestCase("")]
    [TestCase("40")]
    [TestCase("80000000")]
    [TestCase("c0000000000000ff")]
    public void A_truncated_one_fails_and_leaves_the_source(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        for (int length = 0; length < bytes.Length; length++)
        {
            ReadOnlySpan<byte> source = bytes.AsSpan(0, length);
            Assert.That(VarInt.TryRead(ref source, out long value), Is.False);
            Assert.That(source.Length, Is.EqualTo(length));
            Assert.That(value, Is.Zero);
        }
    }

    [TestCase(-1L)]
    [TestCase(VarInt.MaxValue + 1)]
    public void A_value_that_does_not_fit_is_a_callers_error(long value) =>
        Assert.That(() => VarInt.Length(value), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [TestCase(0, "4000")]
    [TestCase(37, "4025")]
    [TestCase(16383, "7fff")]
    public void The_two_byte_form_is_kept_for_small_values(int value, string hex)
    {
        byte[] buffer = new byte[2];
        VarInt.WriteTwoBytes(buffer, value);
        Assert.That(Convert.ToHexStringLower(buffer), Is.EqualTo(hex));
    }
}
