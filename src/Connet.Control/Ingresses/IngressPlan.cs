using System.Net;
using Connet.Protocol;
using Connet.Protocol.Addressing;
using Connet.Protocol.Restrictions;
using Connet.Quic;

namespace Connet.Control.Ingresses;

/// <summary>An ingress whose files have been read and whose name has been looked up; nothing is bound yet.</summary>
internal sealed class IngressPlan
{
    /// <summary>The wire's: other programs count on them.</summary>
    private static readonly TimeSpan s_idleTimeout = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan s_keepAlive = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A request has one or two thousand bytes; windows of streams that are read grow by themselves.
    /// </summary>
    private const int StreamWindow = 4096;

    /// <summary>What a peer can make the server hold before it has authenticated, on all the streams that it may open.</summary>
    private const int UnauthenticatedLimit = 4 * StreamWindow;

    public required ConnectionKind Kind { get; init; }

    /// <summary>The address as it was configured.</summary>
    public required string Address { get; init; }

    /// <summary>Where to listen; null if the socket is bound already.</summary>
    public IPEndPoint? LocalEndPoint { get; private init; }

    /// <summary>How clients are answered, with the ingress's certificate.</summary>
    public required QuicServerConnectionOptions ServerOptions { get; init; }

    public required IpRestriction Addresses { get; init; }

    public Action<QuicEndpointOptions>? Configure { get; init; }

    /// <summary>What the ingress is for, in words.</summary>
    public string Side => Kind == ConnectionKind.ControlClients ? "clients" : "relays";

    /// <summary>The address of an ingress as it was configured, or the default.</summary>
    public static string AddressOf(ConnectionKind kind, ControlIngressOptions options) =>
        options.Address.Length > 0 ? options.Address : $":{kind.DefaultPort()}";

    /// <summary>Reads what an ingress needs.</summary>
    /// <param name="kind">Who connects there.</param>
    /// <param name="options">The ingress.</param>
    /// <param name="server">What holds where the ingress says nothing.</param>
    /// <param name="isBound">Whether its socket is open already, so that nobody needs to know its address.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ControlServerException">A file cannot be read, a key does not fit, or a name is unknown.</exception>
    public static async ValueTask<IngressPlan> CreateAsync(
        ConnectionKind kind, ControlIngressOptions options, ControlServerOptions server, bool isBound, CancellationToken cancellationToken)
    {
        string address = AddressOf(kind, options);
        try
        {
            return new IngressPlan
            {
                Kind = kind,
                Address = address,
                LocalEndPoint = isBound ? null : await AddressText.ToLocalEndPointAsync(address, kind.DefaultPort(), cancellationToken).ConfigureAwait(false),
                ServerOptions = new QuicServerConnectionOptions
                {
                    ServerCertificate = await ReadCertificateAsync(options, server, cancellationToken).ConfigureAwait(false),
                    IdleTimeout = s_idleTimeout,
                    KeepAliveInterval = s_keepAlive,
                    HandshakeIdleTimeout = server.HandshakeIdleTimeout,
                    MaxInboundBidirectionalStreams = server.Limits.MaxStreamsPerSession,
                    MaxInboundUnidirectionalStreams = 0,
                    InitialStreamWindow = StreamWindow,
                    ReceiveLimitUntilLifted = UnauthenticatedLimit,
                },
                Addresses = IpRestriction.Parse(options.AllowCidrs, options.DenyCidrs),
                Configure = options.ConfigureEndpoint,
            };
        }
        catch (FormatException exception)
        {
            throw new ControlServerException($"The ingress at '{address}' cannot be set up: {exception.Message}", exception);
        }
    }

    private static async ValueTask<QuicCertificate> ReadCertificateAsync(
        ControlIngressOptions options, ControlServerOptions server, CancellationToken cancellationToken)
    {
        if (options.Certificate is { } given)
        {
            return given;
        }

        (string? certificateFile, string? keyFile) = options.CertificateFile is null
            ? (server.CertificateFile, server.KeyFile)
            : (options.CertificateFile, options.KeyFile);
        if (options.CertificateFile is null && server.Certificate is { } common)
        {
            return common;
        }

        string certificate = await ReadFileAsync("certificate", certificateFile!, cancellationToken).ConfigureAwait(false);
        string key = await ReadFileAsync("key", keyFile!, cancellationToken).ConfigureAwait(false);
        try
        {
            return QuicCertificate.FromPem(certificate, key);
        }
        catch (ArgumentException exception)
        {
            string reason = exception.Message.Split('\n')[0];
            throw new ControlServerException($"The certificate '{certificateFile}' with the key '{keyFile}' cannot be used: {reason}", exception);
        }
    }

    private static async ValueTask<string> ReadFileAsync(string what, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ControlServerException($"The {what} file '{path}' cannot be read: {exception.Message}", exception);
        }
    }
}
