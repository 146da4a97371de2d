namespace Connet.Client.Endpoints;

/// <summary>
/// TLS between an endpoint and the programs or the service beside it (schemes <c>tls</c>, <c>https</c>, <c>wss</c>). What passes between the two clients is
/// encrypted in any case. Files are read when the endpoint starts.
/// </summary>
public sealed class EndpointTlsOptions
{
    /// <summary>PEM file with the endpoint's own certificate and its chain: required for a source, a client certificate for a destination.</summary>
    /// <value>Null by default.</value>
    public string? CertificateFile { get; set; }

    /// <summary>PEM file with the private key of <see cref="CertificateFile"/>.</summary>
    /// <value>Null, the key is in the certificate's file, by default.</value>
    public string? KeyFile { get; set; }

    /// <summary>
    /// PEM file of the certificates that vouch for the other side: for a destination those of its service, for a source those that client certificates must
    /// chain to, which are then required.
    /// </summary>
    /// <value>Null by default: a destination trusts what the system trusts, a source asks for no certificate.</value>
    public string? CaFile { get; set; }

    /// <summary>Whether a destination accepts any certificate of its service. Anybody between the two can then read and change everything.</summary>
    /// <value>False by default.</value>
    public bool SkipVerification { get; set; }
}
