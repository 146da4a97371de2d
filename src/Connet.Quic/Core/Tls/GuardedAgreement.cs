using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace Connet.Quic.Core.Tls;

/// <summary>
/// Turns whatever a malformed key share makes an agreement throw into illegal_parameter (RFC 8446, section 4.2.8): the
/// engine reports a bad ML-KEM key as an internal error and an all-zero X25519 result as handshake_failure.
/// </summary>
internal sealed class GuardedAgreement(TlsAgreement inner) : TlsAgreement
{
    public byte[] GenerateEphemeral() => inner.GenerateEphemeral();

    public void ReceivePeerValue(byte[] peerValue)
    {
        try
        {
            inner.ReceivePeerValue(peerValue);
        }
        catch (Exception e)
        {
            throw new TlsFatalAlert(AlertDescription.illegal_parameter, e);
        }
    }

    public TlsSecret CalculateSecret()
    {
        try
        {
            return inner.CalculateSecret();
        }
        catch (Exception e)
        {
            throw new TlsFatalAlert(AlertDescription.illegal_parameter, e);
        }
    }
}
