namespace Connet.Quic.Core.Tls;

/// <summary>Whether a server asks its clients for a certificate.</summary>
internal enum ClientCertificateMode
{
    None,

    /// <summary>The client is asked and may answer with no certificate.</summary>
    Optional,

    /// <summary>A client without a certificate is refused with certificate_required.</summary>
    Required,
}
