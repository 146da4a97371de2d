using System.Runtime.Intrinsics.X86;
using Connet.Quic.Core.Crypto;

namespace Connet.Quic.Tests.Crypto;

/// <summary>What one provider seals, the other makes the same of and opens; the header masks agree.</summary>
public sealed class ProviderDifferentialTests
{
    private const int Cases = 2000;
    private const int MaxLength = 1600;

    private static CipherSuite[] Suites => CryptoProviders.Suites;

    [TestCaseSource(nameof(Suites))]
    public void Libcrypto_and_the_platform_agree(object suite)
    {
        CryptoProvider libCrypto = CryptoProviders.Get(CryptoProviders.LibCrypto);
        const int Seed = 20_010_525;
        Random random = new(Seed);
        byte[] key = new byte[CipherSuiteParameters.KeyLength((CipherSuite)suite)];
        Aead? first = null;
        Aead? second = null;
        for (int i = 0; i < Cases; i++)
        {
            if (i % 20 == 0)
            {
                first?.Dispose();
                second?.Dispose();
                random.NextBytes(key);
                first = libCrypto.CreateAead((CipherSuite)suite, key);
                second = CryptoProvider.Platform.CreateAead((CipherSuite)suite, key);
            }

            byte[] nonce = new byte[Aead.NonceLength];
            byte[] header = new byte[random.Next(0, 64)];
            byte[] plaintext = new byte[i <= MaxLength ? i : random.Next(0, MaxLength + 1)];
            random.NextBytes(nonce);
            random.NextBytes(header);
            random.NextBytes(plaintext);
            byte[] one = [.. plaintext, .. new byte[Aead.TagLength]];
            byte[] other = [.. one];
            first!.Seal(nonce, header, one);
            second!.Seal(nonce, header, other);
            string context = $"seed {Seed}, case {i}, {plaintext.Length} bytes, header {header.Length}";
            Assert.That(one.AsSpan().SequenceEqual(other), Is.True, context);
            Assert.That(first.TryOpen(nonce, header, one), Is.True, context);
            Assert.That(second.TryOpen(nonce, header, other), Is.True, context);
            Assert.That(one.AsSpan(0, plaintext.Length).SequenceEqual(plaintext), Is.True, context);
            Assert.That(other.AsSpan(0, plaintext.Length).SequenceEqual(plaintext), Is.True, context);
        }

        first?.Dispose();
        second?.Dispose();
    }

    [TestCaseSource(nameof(Suites))]
    public void All_header_masks_of_a_suite_agree(object suite)
    {
        const int Seed = 77;
        Random random = new(Seed);
        byte[] key = new byte[CipherSuiteParameters.KeyLength((CipherSuite)suite)];
        byte[] sample = new byte[HeaderMask.SampleLength];
        for (int i = 0; i < 50; i++)
        {
            random.NextBytes(key);
            List<HeaderMask> masks = Masks((CipherSuite)suite, key);
            for (int j = 0; j < Cases / 50; j++)
            {
                random.NextBytes(sample);
                byte[]? expected = null;
                foreach (HeaderMask mask in masks)
                {
                    byte[] output = new byte[HeaderMask.MaskLength];
                    mask.Compute(sample, output);
                    expected ??= output;
                    Assert.That(output, Is.EqualTo(expected), $"seed {Seed}, key {i}, sample {j}, {mask.GetType().Name}");
                }
            }

            masks.ForEach(mask => mask.Dispose());
        }
    }

    [Test]
    public void The_kept_transform_allocates_nothing()
    {
        using AesTransformHeaderMask mask = new(new byte[16]);
        byte[] sample = new byte[HeaderMask.SampleLength];
        byte[] output = new byte[HeaderMask.MaskLength];
        mask.Compute(sample, output);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            mask.Compute(sample, output);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static List<HeaderMask> Masks(CipherSuite suite, byte[] key)
    {
        List<HeaderMask> masks = [CryptoProvider.Platform.CreateHeaderMask(suite, key)];
        if (suite != CipherSuite.ChaCha20Poly1305Sha256)
        {
            masks.Add(new AesTransformHeaderMask(key));
            if (Aes.IsSupported)
            {
                masks.Add(new AesInstructionHeaderMask(key));
            }
        }

        if (CryptoProvider.LibCrypto is not null)
        {
            masks.Add(CryptoProviders.Get(CryptoProviders.LibCrypto).CreateHeaderMask(suite, key));
        }

        return masks;
    }
}
