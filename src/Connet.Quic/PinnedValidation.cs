using Connet.Quic.Core.Tls;

namespace Connet.Quic;

/// <summary>Accepts exact leaf certificates.</summary>
internal sealed class PinnedValidation : QuicCertificateValidation
{
    private readonly byte[][] _pins;

    public PinnedValidation(IEnumerable<ReadOnlyMemory<byte>> certificates)
    {
        ArgumentNullException.ThrowIfNull(certificates);
        _pins = [.. certificates.Select(certificate => certificate.ToArray())];
        if (_pins.Length == 0 || Array.Exists(_pins, pin => pin.Length == 0))
        {
            throw new ArgumentException("At least one certificate is needed, and none may be empty.", nameof(certificates));
        }
    }

    internal override ValueTask<CertificateVerdict> ValidateAsync(
        IReadOnlyList<byte[]> chain, string? targetHost, bool peerIsServer, CancellationToken cancellationToken) =>
        new(Array.Exists(_pins, pin => pin.AsSpan().SequenceEqual(chain[0]))
            ? CertificateVerdict.Accepted
            : CertificateVerdict.Refuse(TlsAlert.BadCertificate, "The peer's certificate is not one of the pinned certificates."));
}
