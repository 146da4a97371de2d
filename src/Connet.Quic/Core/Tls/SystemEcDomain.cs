using Org.BouncyCastle.Tls.Crypto;

namespace Connet.Quic.Core.Tls;

/// <summary>Key agreement on P-256 by the platform.</summary>
internal sealed class SystemEcDomain(QuicTlsCrypto crypto) : TlsECDomain
{
    public TlsAgreement CreateECDH() => new GuardedAgreement(new SystemEcAgreement(crypto));
}
