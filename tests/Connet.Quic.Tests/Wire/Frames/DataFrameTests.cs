using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;
using CsCheck;

namespace Connet.Quic.Tests.Wire.Frames;

/// <summary>The frames that carry bytes: CRYPTO, NEW_TOKEN and STREAM (RFC 9000, sections 19.6 to 19.8), and DATAGRAM (RFC 9221, section 4).</summary>
public sealed class DataFrameTests
{
    private static readonly Gen<(long Offset, byte[] Data)> _pieces =
        from data in Gen.Byte.Array[0, 300]
        from offset in Gen.OneOf(Gen.Const(0L), Property.VarInts)
        where offset <= VarInt.MaxValue - data.Length
        select (offset, data);

    [Test]
    public void Crypto() => Property.Holds(_pieces, piece =>
    {
        int overhead = CryptoFrame.Overhead(piece.Offset, piece.Data.Length);
        byte[] bytes = new byte[overhead + piece.Data.Length];
        Span<byte> rest = bytes;
        CryptoFrame.WriteHeader(ref rest, piece.Offset, piece.Data.Length);
        Assert.That(bytes.Length - rest.Length, Is.EqualTo(overhead));
        piece.Data.CopyTo(rest);
        FrameCheck.Read(bytes, FrameType.Crypto, (_, ref payload) =>
            CryptoFrame.TryParse(ref payload, out CryptoFrame read) && read.Offset == piece.Offset && read.Data.SequenceEqual(piece.Data));
    }, rounds: 100);

    [Test]
    public void Stream() => Property.Holds(Gen.Select(_pieces, Property.VarInts, Gen.Bool), value =>
    {
        ((long offset, byte[] data), long number, bool fin) = value;
        StreamId id = new(number);
        int header = StreamFrame.HeaderLength(id, offset, data.Length);
        byte[] bytes = new byte[header + data.Length];
        Span<byte> rest = bytes;
        StreamFrame.WriteHeader(ref rest, id, offset, data.Length, fin);
        Assert.That(bytes.Length - rest.Length, Is.EqualTo(header));
        data.CopyTo(rest);
        FrameType type = (FrameType)(0x0a | (offset > 0 ? 4 : 0) | (fin ? 1 : 0));
        FrameCheck.Read(bytes, type, (found, ref payload) =>
            StreamFrame.TryParse(found, ref payload, out StreamFrame read)
            && read.Id == id && read.Offset == offset && read.Fin == fin && read.Data.SequenceEqual(data));
    }, rounds: 100);

    [Test]
    public void New_token() => Property.Holds(Gen.Byte.Array[1, 300], token =>
    {
        byte[] bytes = FrameCheck.Write((ref destination) => new NewTokenFrame(token).TryWrite(ref destination));
        FrameCheck.Read(bytes, FrameType.NewToken, (_, ref payload) =>
            NewTokenFrame.TryParse(ref payload, out NewTokenFrame read) && read.Token.SequenceEqual(token));
    }, rounds: 50);

    [Test]
    public void Datagram() => Property.Holds(Gen.OneOf(Gen.Byte.Array[0, 300], Gen.Byte.Array[62, 66], Gen.Byte.Array[16_380, 16_390]), data =>
    {
        byte[] bytes = new byte[DatagramFrame.Size(data.Length)];
        Span<byte> rest = bytes;
        DatagramFrame.WriteHeader(ref rest, data.Length);
        Assert.That(rest.Length, Is.EqualTo(data.Length));
        data.CopyTo(rest);
        Assert.That(DatagramFrame.LargestData(bytes.Length), Is.EqualTo(data.Length));
        if (data.Length < 1000)
        {
            FrameCheck.Read(bytes, FrameType.DatagramWithLength, (found, ref payload) =>
                DatagramFrame.TryParse(found, ref payload, out DatagramFrame read) && read.Data.SequenceEqual(data));
        }
    }, rounds: 150);

    [TestCase(0x30, "", "", "")]
    [TestCase(0x30, "010203", "010203", "")]
    [TestCase(0x31, "00", "", "")]
    [TestCase(0x31, "02 0102 03", "0102", "03")]
    [TestCase(0x31, "4002 0102 03", "0102", "03", Description = "a length may be longer than it need be")]
    public void Datagrams_in_both_forms(int type, string hex, string data, string rest)
    {
        ReadOnlySpan<byte> payload = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.That(DatagramFrame.TryParse((FrameType)type, ref payload, out DatagramFrame frame), Is.True);
        Assert.That(Convert.ToHexStringLower(frame.Data), Is.EqualTo(data));
        Assert.That(Convert.ToHexStringLower(payload), Is.EqualTo(rest));
    }

    [TestCase("")]
    [TestCase("01")]
    [TestCase("40")]
    [TestCase("ffffffffffffffff 00")]
    public void A_datagram_longer_than_its_packet_is_refused(string hex)
    {
        ReadOnlySpan<byte> payload = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.That(DatagramFrame.TryParse(FrameType.DatagramWithLength, ref payload, out _), Is.False);
    }

    [Test]
    public void The_largest_data_of_a_frame_fills_it_or_leaves_a_byte_of_its_length()
    {
        Assert.That(Enumerable.Range(-5, 7).Select(DatagramFrame.LargestData), Is.All.Negative);
        for (int size = 2; size <= 20_000; size++)
        {
            int data = DatagramFrame.LargestData(size);
            if (DatagramFrame.Size(data) > size || DatagramFrame.Size(data + 1) <= size)
            {
                Assert.Fail($"{data} bytes in a frame of {size}");
            }
        }

        Assert.That(DatagramFrame.LargestData(66), Is.EqualTo(63), "64 bytes would take 67");
        Assert.That(DatagramFrame.LargestData(65_535), Is.EqualTo(65_530));
    }

    [Test]
    public void An_empty_token_is_refused()
    {
        // RFC 9000, section 19.7: FRAME_ENCODING_ERROR.
        ReadOnlySpan<byte> payload = [0, 1, 2];
        Assert.That(NewTokenFrame.TryParse(ref payload, out _), Is.False);
    }

    [TestCase(0x08, "05 01 02 03", 5L, 0L, "010203", false)]
    [TestCase(0x09, "05", 5L, 0L, "", true)]
    [TestCase(0x0c, "05 4100 01 02", 5L, 256L, "0102", false)]
    [TestCase(0x0f, "05 4100 01 02 ff", 5L, 256L, "02", true)]
    public void Stream_frames_in_the_forms_that_we_do_not_write(int type, string hex, long id, long offset, string data, bool fin)
    {
        ReadOnlySpan<byte> payload = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.That(StreamFrame.TryParse((FrameType)type, ref payload, out StreamFrame frame), Is.True);
        Assert.That(frame.Id.Value, Is.EqualTo(id));
        Assert.That(frame.Offset, Is.EqualTo(offset));
        Assert.That(Convert.ToHexStringLower(frame.Data), Is.EqualTo(data));
        Assert.That(frame.Fin, Is.EqualTo(fin));
        Assert.That(payload.Length, Is.EqualTo((type & 2) != 0 ? 1 : 0), "without a length the frame ends with the packet");
    }

    // RFC 9000, sections 19.6 and 19.8: the largest offset, the length added, is 2^62 - 1.
    [TestCase("ffffffffffffffff 00", true)]
    [TestCase("ffffffffffffffff 01 aa", false)]
    [TestCase("fffffffffffffffe 01 aa", true)]
    [TestCase("fffffffffffffffe 02 aabb", false)]
    [TestCase("00 ffffffffffffffff", false)]
    [TestCase("ffffffffffffffff ffffffffffffffff", false)]
    public void The_end_of_the_data_must_be_a_number_too(string hex, bool accepted)
    {
        byte[] bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        ReadOnlySpan<byte> payload = bytes;
        Assert.That(CryptoFrame.TryParse(ref payload, out _), Is.EqualTo(accepted));
        payload = (byte[])[0x04, .. bytes];
        Assert.That(StreamFrame.TryParse((FrameType)0x0e, ref payload, out _), Is.EqualTo(accepted));
    }

    [Test]
    public void The_end_of_the_data_must_be_a_number_also_without_a_length()
    {
        ReadOnlySpan<byte> payload = Convert.FromHexString("04ffffffffffffffffaa");
        Assert.That(StreamFrame.TryParse((FrameType)0x0c, ref payload, out _), Is.False);
        payload = Convert.FromHexString("04ffffffffffffffff");
        Assert.That(StreamFrame.TryParse((FrameType)0x0c, ref payload, out _), Is.True);
    }
}
