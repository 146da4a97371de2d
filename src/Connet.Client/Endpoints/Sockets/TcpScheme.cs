using System.Net.Sockets;

namespace Connet.Client.Endpoints.Sockets;

/// <summary>The scheme <c>tcp</c>.</summary>
internal sealed class TcpScheme : IEndpointScheme
{
    public string Name => "tcp";

    public string? Check(EndpointAddress address, ConnetRole role) => SocketAddresses.Check(address, role);

    public async ValueTask<IEndpointListener> StartSourceAsync(
        ConnetSource source, EndpointAddress address, EndpointContext context, CancellationToken cancellationToken)
    {
        Socket socket = await TcpSockets.ListenAsync(address, cancellationToken).ConfigureAwait(false);
        return SocketSource.Of(source, socket, context, static (user, _) =>
        {
            TcpSockets.Prepare(user);
            return new(new SocketChannel(user));
        });
    }

    public IAsyncDisposable StartDestination(ConnetDestination destination, EndpointAddress address, EndpointContext context)
    {
        (string host, int port) = address.GetHostAndPort();
        return SocketDestination.Of(
            destination, address, context, async cancel => new SocketChannel(await TcpSockets.ConnectAsync(host, port, cancel).ConfigureAwait(false)));
    }
}
