namespace Connet.Quic;

/// <summary>How incoming connections are answered.</summary>
public sealed class QuicServerConnectionOptions : QuicConnectionOptions
{
    /// <summary>The server's certificate.</summary>
    /// <value>Required.</value>
    public QuicCertificate? ServerCertificate { get; set; }

    /// <summary>Whether clients are asked for certificates.</summary>
    /// <value><see cref="QuicClientCertificateMode.None"/> by default.</value>
    public QuicClientCertificateMode ClientCertificateMode { get; set; }

    /// <summary>How a client's certificate is checked.</summary>
    /// <value>Required where clients are asked for one.</value>
    public QuicCertificateValidation? ClientCertificateValidation { get; set; }
}
