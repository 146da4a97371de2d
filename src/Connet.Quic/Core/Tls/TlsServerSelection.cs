namespace Connet.Quic.Core.Tls;

/// <summary>What a server decided for one connection, or the alert it refuses with.</summary>
internal sealed class TlsServerSelection
{
    private readonly TlsIdentity? _identity;

    public TlsServerSelection(TlsIdentity identity, byte[] alpn, byte[] transportParameters)
    {
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(alpn);
        ArgumentNullException.ThrowIfNull(transportParameters);
        _identity = identity;
        Alpn = alpn;
        TransportParameters = transportParameters;
    }

    private TlsServerSelection(int alert)
    {
        RefusalAlert = alert;
        Alpn = [];
        TransportParameters = [];
    }

    /// <summary>The certificate to present.</summary>
    public TlsIdentity Identity => _identity ?? throw new InvalidOperationException("A refusal has no identity.");

    /// <summary>The application protocol chosen; one of those the client offered.</summary>
    public byte[] Alpn { get; }

    /// <summary>The encoded transport parameters for this connection.</summary>
    public byte[] TransportParameters { get; }

    public ClientCertificateMode ClientCertificates { get; init; }

    /// <summary>Whatever the connection's owner wants to find again in <see cref="ServerSelectedOutput"/>.</summary>
    public object? State { get; init; }

    /// <summary>The alert to refuse with; <see langword="null"/> for a selection that goes on.</summary>
    public int? RefusalAlert { get; }

    /// <summary>Refuses the connection with a TLS alert.</summary>
    public static TlsServerSelection Refuse(int alert) => new(alert);
}
