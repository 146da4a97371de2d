using Connet.Protocol.Identities;
using Connet.Quic;

namespace Connet.HandPeer;

/// <summary>Certificates for hand-driven peers, relays and control servers.</summary>
internal static class HandIdentity
{
    private static readonly IdentityFactory s_factory = new(TimeProvider.System);

    public static PeerIdentity Peer() => s_factory.CreatePeer();

    public static GeneratedCertificate Relay() => s_factory.CreateRelay();

    public static QuicCertificate ToQuic(this GeneratedCertificate certificate) =>
        QuicCertificate.FromDer([certificate.Certificate.ToArray()], certificate.ExportPkcs8());
}
