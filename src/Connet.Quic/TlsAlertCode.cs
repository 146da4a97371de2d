namespace Connet.Quic;

/// <summary>The TLS alerts that this layer gives itself (RFC 8446, section 6).</summary>
internal enum TlsAlertCode
{
    BadCertificate = 42,
    UnrecognizedName = 112,
    NoApplicationProtocol = 120,
}
