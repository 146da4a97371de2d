using Org.BouncyCastle.Tls.Crypto;

namespace Connet.Quic.Core.Tls;

/// <summary>A key encapsulation whose agreements answer a bad share with the right alert.</summary>
internal sealed class GuardedKemDomain(TlsKemDomain inner) : TlsKemDomain
{
    public TlsAgreement CreateKem() => new GuardedAgreement(inner.CreateKem());
}
