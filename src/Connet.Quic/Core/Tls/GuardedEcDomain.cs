using Org.BouncyCastle.Tls.Crypto;

namespace Connet.Quic.Core.Tls;

/// <summary>An elliptic curve whose agreements answer a bad share with the right alert.</summary>
internal sealed class GuardedEcDomain(TlsECDomain inner) : TlsECDomain
{
    public TlsAgreement CreateECDH() => new GuardedAgreement(inner.CreateECDH());
}
