using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Connet.Client.Endpoints;

/// <summary>
/// TLS between an endpoint and the programs or the service beside it (schemes <c>tls</c>, <c>https</c>, <c>wss</c>). What passes between the two clients is
/// encrypted in any case. Files are read when the endpoint starts, and with <see cref="ConnetClient.ReloadFiles"/>.
/// </summary>
public sealed class EndpointTlsOptions
{
    /// <summary>PEM file with the endpoint's own certificate and its chain: required for a source, a client certificate for a destination.</summary>
    /// <value>Null by default.</value>
    public string? CertificateFile { get; set; }

    /// <summary>PEM file with the private key of <see cref="CertificateFile"/>: RSA or ECDSA, without a password.</summary>
    /// <value>Null, the key is in the certificate's file, by default.</value>
    public string? KeyFile { get; set; }

    /// <summary>
    /// PEM file of the certificates that vouch for the other side: for a destination those of its service, for a source those that client certificates must
    /// chain to, which are then required. The other side's own certificate may stand there too. Revocation is not checked.
    /// </summary>
    /// <value>Null by default: a destination trusts what the system trusts, a source asks for no certificate.</value>
    public string? CaFile { get; set; }

    /// <summary>
    /// Whether a destination accepts any certificate of its service, whatever <see cref="CaFile"/> says. Anybody between the two can then read and change
    /// everything.
    /// </summary>
    /// <value>False by default.</value>
    public bool SkipVerification { get; set; }

    /// <summary>How long a TLS handshake may take, with a user of a source as with the service of a destination.</summary>
    /// <value>10 seconds by default; more than zero, at most a day.</value>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Reads the files for the TLS server that a source is to its users. The result may serve any number of connections.</summary>
    /// <returns>What <see cref="SslStream"/> needs. Set what else the protocol inside asks for, as ALPN.</returns>
    /// <exception cref="ConnetEndpointException">
    /// There is no certificate, a file cannot be read or has nothing in it, or the key is for another certificate; the message is one sentence that names
    /// the file.
    /// </exception>
    public SslServerAuthenticationOptions ToServerOptions()
    {
        SslServerAuthenticationOptions options = new()
        {
            ServerCertificateContext = ReadIdentity()
                ?? throw new ConnetEndpointException("A source with TLS needs a certificate: name its PEM file as CertificateFile, and that of its key as KeyFile."),
            AllowRenegotiation = false,
        };
        if (CaFile is not null)
        {
            PeerCertificateCheck check = new(TlsFiles.ReadAuthorities(CaFile), peerIsServer: false);
            options.ClientCertificateRequired = true;
            options.CertificateChainPolicy = check.Policy;
            options.RemoteCertificateValidationCallback = check.Accepts;

            // A resumed session shows no certificate that could be judged.
            options.AllowTlsResume = false;
        }

        return options;
    }

    /// <summary>Reads the files for the TLS client that a destination is to its service. The result may serve any number of connections.</summary>
    /// <param name="targetHost">The name, or the address, that the service's certificate must be for; a name is sent as SNI.</param>
    /// <returns>What <see cref="SslStream"/> needs. Set what else the protocol inside asks for, as ALPN.</returns>
    /// <exception cref="ConnetEndpointException">
    /// A file cannot be read or has nothing in it, or the key is for another certificate; the message is one sentence that names the file.
    /// </exception>
    public SslClientAuthenticationOptions ToClientOptions(string targetHost)
    {
        ArgumentNullException.ThrowIfNull(targetHost);
        X509Certificate2Collection? authorities = CaFile is null ? null : TlsFiles.ReadAuthorities(CaFile);
        PeerCertificateCheck check = new(authorities, peerIsServer: true);
        return new SslClientAuthenticationOptions
        {
            TargetHost = targetHost,
            ClientCertificateContext = ReadIdentity(),
            CertificateChainPolicy = check.Policy,
#pragma warning disable CA5359 // Asked for by whoever set SkipVerification.
            RemoteCertificateValidationCallback = SkipVerification ? static (_, _, _, _) => true : check.Accepts,
#pragma warning restore CA5359
            AllowRenegotiation = false,
        };
    }

    private SslStreamCertificateContext? ReadIdentity() =>
        CertificateFile is not null ? TlsFiles.ReadIdentity(CertificateFile, KeyFile)
        : KeyFile is null ? null
        : throw new ConnetEndpointException($"There is a KeyFile, {KeyFile}, but no CertificateFile: name the certificate that the key is for.");
}
