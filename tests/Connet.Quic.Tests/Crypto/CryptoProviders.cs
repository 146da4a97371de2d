using Connet.Quic.Core.Crypto;

namespace Connet.Quic.Tests.Crypto;

/// <summary>The providers that every test of packet protection runs against.</summary>
internal static class CryptoProviders
{
    public const string Platform = nameof(Platform);
    public const string LibCrypto = nameof(LibCrypto);

    public static string[] Names => [Platform, LibCrypto];

    public static CipherSuite[] Suites =>
        [CipherSuite.Aes128GcmSha256, CipherSuite.Aes256GcmSha384, CipherSuite.ChaCha20Poly1305Sha256];

    /// <summary>The provider; a missing libcrypto skips the test, but fails it where CI promises the library.</summary>
    public static CryptoProvider Get(string name)
    {
        if (name == Platform)
        {
            return CryptoProvider.Platform;
        }

        if (CryptoProvider.LibCrypto is null)
        {
            const string Reason = "libcrypto does not load on this machine";
            if (TestMachine.IsBuildMachine)
            {
                Assert.Fail(Reason);
            }

            Assert.Ignore(Reason);
        }

        return CryptoProvider.LibCrypto!;
    }
}
