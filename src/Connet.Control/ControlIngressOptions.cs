using Connet.Quic;

namespace Connet.Control;

/// <summary>One address at which a control server accepts clients or relays.</summary>
public sealed class ControlIngressOptions
{
    /// <summary>Where to listen: <c>host:port</c>, <c>[v6]:port</c> or <c>:port</c> for all interfaces; port 0 takes a free one.</summary>
    /// <value>Empty by default: all interfaces, at port 19190 for clients and 19189 for relays.</value>
    public string Address { get; set; } = string.Empty;

    /// <summary>The certificate of the ingress; it wins over the files.</summary>
    /// <value>Null by default.</value>
    public QuicCertificate? Certificate { get; set; }

    /// <summary>A PEM file with the certificate, the leaf first.</summary>
    /// <value>Null by default: the server's <see cref="ControlServerOptions.CertificateFile"/>.</value>
    public string? CertificateFile { get; set; }

    /// <summary>A PEM file with the certificate's unencrypted private key.</summary>
    /// <value>Null by default: the server's <see cref="ControlServerOptions.KeyFile"/>.</value>
    public string? KeyFile { get; set; }

    /// <summary>Addresses or prefixes that may connect; others are refused before any TLS.</summary>
    /// <value>Empty, all addresses, by default.</value>
    public IList<string> AllowCidrs { get; set; } = [];

    /// <summary>Addresses or prefixes that may not connect, whatever <see cref="AllowCidrs"/> says.</summary>
    /// <value>Empty by default.</value>
    public IList<string> DenyCidrs { get; set; } = [];

    /// <summary>
    /// Changes how the socket is set up, after the server has filled in address, reset key and logging. A filter for admission
    /// set here is asked after the rules for addresses.
    /// </summary>
    /// <value>Null by default.</value>
    public Action<QuicEndpointOptions>? ConfigureEndpoint { get; set; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Address} (certificate {CertificateFile ?? Certificate?.ToString() ?? "of the server"}, allow [{string.Join(", ", AllowCidrs)}], deny [{string.Join(", ", DenyCidrs)}])";
}
