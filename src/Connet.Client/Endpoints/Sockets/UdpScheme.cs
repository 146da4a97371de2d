using System.Net.Sockets;

namespace Connet.Client.Endpoints.Sockets;

/// <summary>The scheme <c>udp</c>.</summary>
internal sealed class UdpScheme : IEndpointScheme
{
    public string Name => "udp";

    public ConnetTraffic Traffic => ConnetTraffic.Datagrams;

    public string? Check(EndpointAddress address, ConnetRole role) => SocketAddresses.Check(address, role);

    public async ValueTask<IEndpointListener> StartSourceAsync(
        ConnetSource source, EndpointAddress address, EndpointContext context, CancellationToken cancellationToken)
    {
        Socket socket = await UdpSockets.BindAsync(address, cancellationToken).ConfigureAwait(false);
        return new UdpSource(source.Name, socket, async cancel => await source.DialDatagramsAsync(cancel).ConfigureAwait(false), context);
    }

    public IAsyncDisposable StartDestination(ConnetDestination destination, EndpointAddress address, EndpointContext context)
    {
        (string host, int port) = address.GetHostAndPort();
        return new UdpDestination(
            destination.Name,
            address,
            cancel => UdpSockets.ConnectAsync(host, port, cancel),
            async cancel => new DatagramTunnelRequest(await destination.AcceptRequestAsync(cancel).ConfigureAwait(false)),
            context);
    }
}
