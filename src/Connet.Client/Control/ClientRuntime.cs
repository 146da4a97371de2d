using System.Net;
using Connet.Client.Nat;
using Connet.Client.Peers;
using Connet.Protocol.Addressing;
using Connet.Quic;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connet.Client.Control;

/// <summary>What a client has while it runs: the socket, the peers that come in through it, and the link to the control server.</summary>
/// <param name="Context">What the parts share.</param>
/// <param name="Network">The peers.</param>
/// <param name="Link">The control server.</param>
internal sealed record ClientRuntime(ClientContext Context, PeerNetwork Network, ControlLink Link)
{
    private const string LogCategory = "Connet.Client";

    /// <summary>Opens the socket. Nothing is dialled yet.</summary>
    /// <exception cref="ConnetClientException">The socket or the file of authorities cannot be used.</exception>
    public static async ValueTask<ClientRuntime> OpenAsync(ConnetClientOptions options, ILocalInterfaces interfaces, CancellationToken cancellationToken)
    {
        ILogger logger = (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger(LogCategory);
        QuicCertificateValidation trust = ServerTrust.Of(options);
        QuicEndpoint endpoint = Bind(options, await ResolveAsync(options, cancellationToken).ConfigureAwait(false), logger);
        try
        {
            ClientContext context = new(endpoint, options, logger);
            return new ClientRuntime(context, new PeerNetwork(context), new ControlLink(context, trust, interfaces));
        }
        catch
        {
            await endpoint.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Withdraws what is still announced, and closes everything with code 0.</summary>
    public async ValueTask CloseAsync()
    {
        await Link.DisposeAsync().ConfigureAwait(false);
        await Network.DisposeAsync().ConfigureAwait(false);
        await Context.Endpoint.DisposeAsync().ConfigureAwait(false);
    }

    private static async ValueTask<IPEndPoint> ResolveAsync(ConnetClientOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await AddressText.ToLocalEndPointAsync(options.DirectAddress, null, cancellationToken).ConfigureAwait(false);
        }
        catch (FormatException exception)
        {
            throw Unavailable(options, exception.Message, exception);
        }
    }

    private static QuicEndpoint Bind(ConnetClientOptions options, IPEndPoint local, ILogger logger)
    {
        QuicEndpointOptions settings = new()
        {
            LocalEndPoint = local,
            StatelessResetKey = ResetKey.Of(options, logger),
            LoggerFactory = options.LoggerFactory,
        };
        options.ConfigureEndpoint?.Invoke(settings);
        try
        {
            return QuicEndpoint.Bind(settings);
        }
        catch (QuicException exception)
        {
            throw Unavailable(options, exception.Message, exception);
        }
    }

    private static ConnetClientException Unavailable(ConnetClientOptions options, string reason, Exception cause) => new(
        ConnetClientError.AddressUnavailable,
        $"The UDP address '{options.DirectAddress}' of the client (DirectAddress) cannot be used, choose another one or end the program that has it: {reason.TrimEnd('.')}.",
        cause);
}
