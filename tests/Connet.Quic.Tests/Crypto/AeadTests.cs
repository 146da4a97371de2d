using Connet.Quic.Core.Crypto;

namespace Connet.Quic.Tests.Crypto;

[TestFixtureSource(typeof(CryptoProviders), nameof(CryptoProviders.Names))]
public sealed class AeadTests(string providerName)
{
    private CryptoProvider _provider = null!;

    private static CipherSuite[] Suites => CryptoProviders.Suites;

    [OneTimeSetUp]
    public void ChooseProvider() => _provider = CryptoProviders.Get(providerName);

    [TestCaseSource(nameof(Suites))]
    public void Every_flipped_bit_of_tag_text_nonce_and_header_is_refused(object suite)
    {
        byte[] key = new byte[CipherSuiteParameters.KeyLength((CipherSuite)suite)];
        new TestRandom(1).Fill(key);
        using Aead aead = _provider.CreateAead((CipherSuite)suite, key);
        byte[] nonce = new byte[Aead.NonceLength];
        byte[] header = [1, 2, 3, 4, 5];
        byte[] plaintext = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
        byte[] sealedText = new byte[plaintext.Length + Aead.TagLength];
        plaintext.CopyTo(sealedText, 0);
        aead.Seal(nonce, header, sealedText);

        foreach (byte[] part in new[] { sealedText, nonce, header })
        {
            for (int bit = 0; bit < part.Length * 8; bit++)
            {
                part[bit / 8] ^= (byte)(1 << (bit % 8));
                byte[] attempt = [.. sealedText];
                Assert.That(aead.TryOpen(nonce, header, attempt), Is.False, $"bit {bit} of {part.Length} bytes");
                Assert.That(attempt[..plaintext.Length], Is.All.Zero, "nothing unauthenticated may be left");
                part[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }

        Assert.That(aead.TryOpen(nonce, header, sealedText), Is.True, "a failure before must not stick");
        Assert.That(sealedText[..plaintext.Length], Is.EqualTo(plaintext));
    }

    [TestCaseSource(nameof(Suites))]
    public void Wrong_lengths_are_the_callers_mistake(object suite)
    {
        byte[] key = new byte[CipherSuiteParameters.KeyLength((CipherSuite)suite)];
        using Aead aead = _provider.CreateAead((CipherSuite)suite, key);
        using HeaderMask mask = _provider.CreateHeaderMask((CipherSuite)suite, key);
        Assert.That(() => aead.Seal(new byte[11], [], new byte[16]), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => aead.Seal(new byte[12], [], new byte[15]), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => aead.TryOpen(new byte[12], [], new byte[15]), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => mask.Compute(new byte[15], new byte[5]), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => mask.Compute(new byte[16], new byte[4]), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => _provider.CreateAead((CipherSuite)suite, key.AsSpan(1)), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => _provider.CreateHeaderMask((CipherSuite)suite, key.AsSpan(1)), Throws.InstanceOf<ArgumentException>());
    }

    [TestCaseSource(nameof(Suites))]
    public void Use_after_Dispose_throws_and_disposing_twice_does_not(object suite)
    {
        byte[] key = new byte[CipherSuiteParameters.KeyLength((CipherSuite)suite)];
        Aead aead = _provider.CreateAead((CipherSuite)suite, key);
        HeaderMask mask = _provider.CreateHeaderMask((CipherSuite)suite, key);
        aead.Dispose();
        aead.Dispose();
        mask.Dispose();
        mask.Dispose();
        Assert.That(() => aead.Seal(new byte[12], [], new byte[32]), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => aead.TryOpen(new byte[12], [], new byte[32]), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => mask.Compute(new byte[16], new byte[5]), Throws.InstanceOf<ObjectDisposedException>());
    }

    [TestCaseSource(nameof(Suites))]
    public void Ten_thousand_packets_allocate_nothing(object suite)
    {
        using PacketKey write = PacketKey.Create(_provider, (CipherSuite)suite, Secret((CipherSuite)suite));
        using PacketKey read = PacketKey.Create(_provider, (CipherSuite)suite, Secret((CipherSuite)suite));
        using HeaderProtectionKey header = HeaderProtectionKey.Create(_provider, (CipherSuite)suite, Secret((CipherSuite)suite));
        byte[] packet = new byte[1200];
        SealAndOpen(write, read, header, packet, 100);
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool allOpened = SealAndOpen(write, read, header, packet, 10_000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(allOpened, Is.True);
        Assert.That(allocated, Is.Zero);
    }

    [TestCaseSource(nameof(Suites))]
    public void A_forged_packet_allocates_nothing_with_libcrypto_and_an_exception_elsewhere(object suite)
    {
        using PacketKey read = PacketKey.Create(_provider, (CipherSuite)suite, Secret((CipherSuite)suite));
        byte[] packet = new byte[1200];
        for (int i = 0; i < 10; i++)
        {
            read.TryOpen(i, packet, 20);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            read.TryOpen(i, packet, 20);
        }

        long perPacket = (GC.GetAllocatedBytesForCurrentThread() - before) / 100;
        Assert.That(read.FailedOpens, Is.EqualTo(110));
        Assert.That(perPacket, providerName == CryptoProviders.LibCrypto ? Is.Zero : Is.InRange(1, 2000));
    }

    private static byte[] Secret(CipherSuite suite) => new byte[CipherSuiteParameters.HashLength(suite)];

    private static bool SealAndOpen(PacketKey write, PacketKey read, HeaderProtectionKey header, byte[] packet, int count)
    {
        bool opened = true;
        for (int i = 0; i < count; i++)
        {
            packet[0] = 0x41;
            write.Seal(i, packet, 20);
            header.Protect(packet, 18, 2);
            opened &= header.TryUnprotect(packet, 18, out _, out _) && read.TryOpen(i, packet, 20);
        }

        return opened;
    }
}
