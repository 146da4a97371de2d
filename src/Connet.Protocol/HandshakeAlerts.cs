namespace Connet.Protocol;

/// <summary>Why a TLS handshake within QUIC was refused, by the transport error code that ended the connection (RFC 9001, section 4.8).</summary>
internal static class HandshakeAlerts
{
    private const int CryptoErrorBase = 0x100;

    // RFC 8446, section 6.2; those from bad_certificate to certificate_unknown all refuse a certificate.
    private const int BadCertificate = 42;
    private const int CertificateUnknown = 46;
    private const int UnknownCa = 48;
    private const int NoApplicationProtocol = 120;

    /// <summary>Whether somebody's certificate was refused.</summary>
    public static bool IsForCertificate(long? transportErrorCode) =>
        (transportErrorCode - CryptoErrorBase) is (>= BadCertificate and <= CertificateUnknown) or UnknownCa;

    /// <summary>Whether the other side does not speak the protocol that was asked for.</summary>
    public static bool IsForProtocol(long? transportErrorCode) => transportErrorCode == CryptoErrorBase + NoApplicationProtocol;
}
