namespace Connet.Quic.Core.Tls;

/// <summary>The TLS alerts this stack raises by itself (RFC 8446, section 6; RFC 7301; RFC 9001, section 8).</summary>
internal static class TlsAlert
{
    public const int UnexpectedMessage = 10;
    public const int HandshakeFailure = 40;
    public const int BadCertificate = 42;
    public const int UnsupportedCertificate = 43;
    public const int CertificateExpired = 45;
    public const int CertificateUnknown = 46;
    public const int IllegalParameter = 47;
    public const int UnknownCa = 48;
    public const int DecodeError = 50;
    public const int InternalError = 80;
    public const int MissingExtension = 109;
    public const int CertificateRequired = 116;
    public const int NoApplicationProtocol = 120;
}
