using System.Net;
using Connet.Protocol;
using Connet.Protocol.Addressing;
using Connet.Protocol.Restrictions;
using Connet.Quic;

namespace Connet.Control.Ingresses;

/// <summary>An ingress whose files have been read and whose name has been looked up; nothing is bound yet.</summary>
internal sealed class IngressPlan
{
    public required ConnectionKind Kind { get; init; }

    /// <summary>The address as it was configured.</summary>
    public required string Address { get; init; }

    public required IPEndPoint LocalEndPoint { get; init; }

    public required QuicCertificate Certificate { get; init; }

    public required IpRestriction Addresses { get; init; }

    public Action<QuicEndpointOptions>? Configure { get; init; }

    /// <summary>What the ingress is for, in words.</summary>
    public string Side => Kind == ConnectionKind.ControlClients ? "clients" : "relays";

    /// <exception cref="ControlServerException">A file cannot be read, a key does not fit, or a name is unknown.</exception>
    public static async ValueTask<IngressPlan> CreateAsync(
        ConnectionKind kind, ControlIngressOptions options, ControlServerOptions server, CancellationToken cancellationToken)
    {
        string address = options.Address.Length > 0 ? options.Address : $":{kind.DefaultPort()}";
        try
        {
            return new IngressPlan
            {
                Kind = kind,
                Address = address,
                LocalEndPoint = await AddressText.ToLocalEndPointAsync(address, kind.DefaultPort(), cancellationToken).ConfigureAwait(false),
                Certificate = await ReadCertificateAsync(options, server, cancellationToken).ConfigureAwait(false),
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
