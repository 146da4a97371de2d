using System.Net;

namespace Connet.Quic;

/// <summary>How a connection to a server is opened.</summary>
public sealed class QuicClientConnectionOptions : QuicConnectionOptions
{
    /// <summary>The server's address.</summary>
    /// <value>Required.</value>
    public IPEndPoint? RemoteEndPoint { get; set; }

    /// <summary>
    /// The name that the server's certificate must be for, sent as SNI. An IP literal is matched against the certificate's
    /// IP addresses, and no SNI is sent.
    /// </summary>
    /// <value>Required unless the validation looks at no name, as <see cref="QuicCertificateValidation.Pinned"/> does.</value>
    public string? TargetHost { get; set; }

    /// <summary>The application protocols (ALPN) offered, the preferred one first.</summary>
    /// <value>Required: QUIC has no connection without one (RFC 9001, section 8.1).</value>
    public IReadOnlyList<string> ApplicationProtocols { get; set; } = [];

    /// <summary>How the server's certificate is checked.</summary>
    /// <value><see cref="QuicCertificateValidation.System"/> by default.</value>
    public QuicCertificateValidation CertificateValidation { get; set; } = QuicCertificateValidation.System();

    /// <summary>The certificate shown if the server asks for one.</summary>
    /// <value>None by default.</value>
    public QuicCertificate? ClientCertificate { get; set; }
}
