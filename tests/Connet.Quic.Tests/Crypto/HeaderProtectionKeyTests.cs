using Connet.Quic.Core.Crypto;

namespace Connet.Quic.Tests.Crypto;

[TestFixtureSource(typeof(CryptoProviders), nameof(CryptoProviders.Names))]
public sealed class HeaderProtectionKeyTests(string providerName)
{
    [Test]
    public void Every_packet_number_length_round_trips_in_both_header_forms(
        [Values(1, 2, 3, 4)] int numberLength, [Values(0x40, 0xc0)] int form, [Values(1, 30)] int offset)
    {
        using HeaderProtectionKey key = Create();
        byte[] packet = new byte[64];
        new TestRandom(numberLength).Fill(packet);
        packet[0] = (byte)(form | (numberLength - 1));
        byte[] original = [.. packet];
        key.Protect(packet, offset, numberLength);
        Assert.That(packet.AsSpan(offset + numberLength).SequenceEqual(original.AsSpan(offset + numberLength)), Is.True);
        int visible = form == 0x40 ? 0xe0 : 0xf0;
        Assert.That(packet[0] & visible, Is.EqualTo(original[0] & visible), "RFC 9001, section 5.4.1");
        Assert.That(key.TryUnprotect(packet, offset, out int length, out uint truncated), Is.True);
        Assert.That(packet, Is.EqualTo(original));
        uint expected = 0;
        for (int i = 0; i < numberLength; i++)
        {
            expected = (expected << 8) | original[offset + i];
        }

        Assert.That((length, truncated), Is.EqualTo((numberLength, expected)));
    }

    [Test]
    public void A_packet_too_short_to_sample_is_left_alone_and_never_sent()
    {
        using HeaderProtectionKey key = Create();
        for (int length = 1; length < 1 + 4 + HeaderMask.SampleLength; length++)
        {
            byte[] packet = new byte[length];
            Assert.That(key.TryUnprotect(packet, 1, out _, out _), Is.False, $"{length} bytes");
            Assert.That(packet, Is.All.Zero);
            Assert.That(() => key.Protect(packet, 1, 1), Throws.ArgumentException);
        }

        Assert.That(key.TryUnprotect(new byte[21], 1, out _, out _), Is.True);
    }

    [Test]
    public void A_packet_too_short_for_a_tag_does_not_open_and_counts_for_nothing()
    {
        using PacketKey key = PacketKey.Create(CryptoProviders.Get(providerName), CipherSuite.Aes128GcmSha256, new byte[32]);
        Assert.That(key.TryOpen(0, new byte[19], 4), Is.False);
        Assert.That(key.TryOpen(0, new byte[3], 4), Is.False);
        Assert.That(key.FailedOpens, Is.Zero);
        Assert.That(key.TryOpen(0, new byte[20], 4), Is.False);
        Assert.That(key.FailedOpens, Is.EqualTo(1));
    }

    private HeaderProtectionKey Create() =>
        HeaderProtectionKey.Create(CryptoProviders.Get(providerName), CipherSuite.Aes256GcmSha384, new byte[48]);
}
