using Connet.Quic.Core;
using Connet.Quic.Core.Tls;

namespace Connet.Quic.Io;

/// <summary>How a first packet is answered.</summary>
internal sealed class IncomingVerdict
{
    /// <summary>No answer.</summary>
    public static IncomingVerdict Ignore { get; } = new() { Kind = IncomingVerdictKind.Ignore };

    /// <summary>CONNECTION_CLOSE with CONNECTION_REFUSED.</summary>
    public static IncomingVerdict Refuse { get; } = new() { Kind = IncomingVerdictKind.Refuse };

    /// <summary>Retry, unless the client has answered one already.</summary>
    public bool RequireRetry { get; init; }

    public IncomingVerdictKind Kind { get; init; }

    public ConnectionConfig Config { get; init; } = new();

    /// <summary>Makes the TLS session of an accepted connection; see <see cref="ConnectionSetup.CreateTls"/>.</summary>
    public Func<Func<ConnectionConfig, byte[]>, ITlsSession>? CreateTls { get; init; }

    /// <summary>Makes the check of the client's certificate.</summary>
    public CertificateCheck? CertificateCheck { get; init; }
}
