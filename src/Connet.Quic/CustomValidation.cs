using Connet.Quic.Core.Tls;

namespace Connet.Quic;

/// <summary>Leaves the decision to the application.</summary>
internal sealed class CustomValidation(Func<QuicPeerCertificateContext, CancellationToken, ValueTask<bool>> validate)
    : QuicCertificateValidation
{
    internal override async ValueTask<CertificateVerdict> ValidateAsync(
        IReadOnlyList<byte[]> chain, string? targetHost, bool peerIsServer, CancellationToken cancellationToken)
    {
        try
        {
            QuicPeerCertificateContext context = new(chain, targetHost, peerIsServer);
            return await validate(context, cancellationToken).ConfigureAwait(false)
                ? CertificateVerdict.Accepted
                : CertificateVerdict.Refuse(TlsAlert.BadCertificate, "The application refused the peer's certificate.");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            // A check that cannot tell must not let anyone in.
            return CertificateVerdict.Refuse(
                TlsAlert.InternalError, $"The application's certificate check failed with {e.GetType().Name}.");
        }
    }
}
