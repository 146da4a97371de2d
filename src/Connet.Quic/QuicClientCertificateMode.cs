namespace Connet.Quic;

/// <summary>Whether a server asks its clients for certificates.</summary>
public enum QuicClientCertificateMode
{
    /// <summary>It does not ask.</summary>
    None,

    /// <summary>It asks; a client without one is welcome.</summary>
    Optional,

    /// <summary>A client without one is refused (certificate_required).</summary>
    Required,
}
