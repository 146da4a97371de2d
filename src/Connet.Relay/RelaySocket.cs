using System.Net.Sockets;
using Connet.Protocol;
using Connet.Protocol.Addressing;
using Connet.Protocol.Common;
using Connet.Protocol.Restrictions;
using Connet.Protocol.State;
using Connet.Quic;
using Microsoft.Extensions.Logging;

namespace Connet.Relay;

/// <summary>The socket of one ingress.</summary>
internal sealed class RelaySocket
{
    /// <summary>What a client can make the relay hold before it is admitted: several times what a proof has.</summary>
    private const int UnauthenticatedLimit = 16 * 1024;

    private readonly RelayAddressRules _rules;

    private RelaySocket(RelayIngressOptions options, QuicEndpoint endpoint, RelayAddressRules rules, IReadOnlyList<HostPort> hostPorts)
    {
        _rules = rules;
        Address = options.Address;
        Endpoint = endpoint;
        HostPorts = hostPorts;
    }

    /// <summary>The address as it was configured.</summary>
    public string Address { get; }

    public QuicEndpoint Endpoint { get; }

    /// <summary>Where clients reach it.</summary>
    public IReadOnlyList<HostPort> HostPorts { get; }

    /// <summary>The same as text.</summary>
    public IReadOnlyList<string> HostPortTexts => [.. HostPorts.Select(each => AddressText.Join(each.Host, (int)each.Port))];

    /// <summary>Which addresses may connect, or stay connected. The rules can change while the socket is open.</summary>
    public IpRestriction Addresses
    {
        get => _rules.Addresses;
        set => _rules.Addresses = value;
    }

    /// <summary>Opens the socket.</summary>
    /// <exception cref="RelayServerException">The address cannot be used, or the socket's key cannot be read or kept.</exception>
    public static async ValueTask<RelaySocket> OpenAsync(
        RelayIngressOptions options, RelayServerOptions server, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            IpRestriction addresses = IpRestriction.Parse(options.AllowCidrs, options.DenyCidrs);
            QuicEndpointOptions endpointOptions = new()
            {
                LocalEndPoint = await AddressText
                    .ToLocalEndPointAsync(options.Address, ConnectionKind.RelayClients.DefaultPort(), cancellationToken).ConfigureAwait(false),
                LoggerFactory = server.LoggerFactory,
            };
            if (server.StateDirectory is { } folder)
            {
                endpointOptions.StatelessResetKey = ResetKeyFile.ReadOrCreate(Path.Combine(folder, ResetKeyFile.NameFor(options.Address)));
            }

            options.ConfigureEndpoint?.Invoke(endpointOptions);

            // After the callback, and beside its filter: the rules hold whatever it sets.
            RelayAddressRules rules = new(
                addresses, options.Address, endpointOptions.AdmissionFilter, server.TimeProvider ?? TimeProvider.System, logger);
            endpointOptions.AdmissionFilter = rules.Admit;
            QuicEndpoint endpoint = QuicEndpoint.Bind(endpointOptions);
            return new RelaySocket(options, endpoint, rules, AdvertisedAddresses.Of(options, endpoint.LocalEndPoint.Port));
        }
        catch (QuicException exception)
        {
            throw new RelayServerException(
                $"The relay cannot listen on '{options.Address}': {exception.Message.TrimEnd('.')}; choose another address, or end the program that uses it.",
                exception);
        }
        catch (Exception exception) when (exception is FormatException or IOException or UnauthorizedAccessException or SocketException)
        {
            throw new RelayServerException($"The relay cannot listen on '{options.Address}': {exception.Message}", exception);
        }
    }

    /// <summary>Accepts clients of both generations, unless the options name one.</summary>
    public QuicListener Listen(QuicCertificate certificate, RelayServerOptions options) => Endpoint.Listen(new QuicListenerOptions
    {
        ApplicationProtocols = Alpn.Identifiers(ConnectionKind.RelayClients, options.Generation),
        ServerOptions = new QuicServerConnectionOptions
        {
            ServerCertificate = certificate,
            ClientCertificateMode = QuicClientCertificateMode.Required,
            ClientCertificateValidation = QuicCertificateValidation.AnyCertificate(),
            HandshakeIdleTimeout = options.HandshakeIdleTimeout,
            IdleTimeout = RelayTransport.IdleTimeout,
            KeepAliveInterval = RelayTransport.KeepAliveInterval,
            MaxInboundBidirectionalStreams = options.MaxStreamsPerConnection,
            MaxOutboundBidirectionalStreams = options.MaxStreamsPerConnection,
            MaxInboundUnidirectionalStreams = 0,
            ReceiveLimitUntilLifted = UnauthenticatedLimit,
        },
    });
}
