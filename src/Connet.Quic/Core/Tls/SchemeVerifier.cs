using System.Security.Cryptography;
using Org.BouncyCastle.Tls.Crypto;

namespace Connet.Quic.Core.Tls;

/// <summary>Verifies one CertificateVerify with a platform key, which it owns.</summary>
internal sealed class SchemeVerifier(IDisposable key, Func<byte[], byte[], bool> verify) : Tls13Verifier, IDisposable
{
    private readonly MemoryStream _message = new();

    public Stream Stream => _message;

    public bool VerifySignature(byte[] signature)
    {
        try
        {
            return verify(_message.ToArray(), signature);
        }
        catch (CryptographicException)
        {
            return false;
        }
        finally
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        key.Dispose();
        _message.Dispose();
    }
}
