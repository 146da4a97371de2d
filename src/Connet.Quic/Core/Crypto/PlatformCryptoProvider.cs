using System.Security.Cryptography;
using X86Aes = System.Runtime.Intrinsics.X86.Aes;

namespace Connet.Quic.Core.Crypto;

/// <summary>Packet protection by the classes of System.Security.Cryptography.</summary>
internal sealed class PlatformCryptoProvider : CryptoProvider
{
    public override string Name => "System.Security.Cryptography";

    public override bool IsSupported(CipherSuite suite) => suite switch
    {
        CipherSuite.Aes128GcmSha256 or CipherSuite.Aes256GcmSha384 => AesGcm.IsSupported,
        CipherSuite.ChaCha20Poly1305Sha256 => ChaCha20Poly1305.IsSupported,
        _ => false,
    };

    public override Aead CreateAead(CipherSuite suite, ReadOnlySpan<byte> key)
    {
        CipherSuiteParameters.RequireKeyLength(suite, key);
        return suite == CipherSuite.ChaCha20Poly1305Sha256 ? new PlatformChaChaAead(key) : new PlatformGcmAead(key);
    }

    public override HeaderMask CreateHeaderMask(CipherSuite suite, ReadOnlySpan<byte> key)
    {
        CipherSuiteParameters.RequireKeyLength(suite, key);
        if (suite == CipherSuite.ChaCha20Poly1305Sha256)
        {
            return new ChaChaHeaderMask(key);
        }

        return X86Aes.IsSupported ? new AesInstructionHeaderMask(key) : new AesTransformHeaderMask(key);
    }
}
