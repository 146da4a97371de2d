using Connet.Quic.Core.Tls;

namespace Connet.Quic;

/// <summary>Accepts every client, and no server: on a client this would be no authentication at all.</summary>
internal sealed class AnyClientCertificateValidation : QuicCertificateValidation
{
    internal override ValueTask<CertificateVerdict> ValidateAsync(
        IReadOnlyList<byte[]> chain, string? targetHost, bool peerIsServer, CancellationToken cancellationToken) =>
        new(peerIsServer
            ? CertificateVerdict.Refuse(
                TlsAlert.CertificateUnknown, "AnyCertificate is for servers and does not accept a server's certificate.")
            : CertificateVerdict.Accepted);
}
