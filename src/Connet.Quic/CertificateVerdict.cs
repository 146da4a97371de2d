namespace Connet.Quic;

/// <summary>The answer of a certificate check: accepted, or the TLS alert to refuse with and one sentence why.</summary>
internal readonly record struct CertificateVerdict
{
    private CertificateVerdict(int? alert, string reason)
    {
        Alert = alert;
        Reason = reason;
    }

    public static CertificateVerdict Accepted { get; } = new(null, "The certificate is accepted.");

    /// <summary>The alert to refuse with; <see langword="null"/> if the certificate is accepted.</summary>
    public int? Alert { get; }

    public string Reason { get; }

    public bool IsAccepted => Alert is null && Reason is not null;

    public static CertificateVerdict Refuse(int alert, string reason) => new(alert, reason);
}
