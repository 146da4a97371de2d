using System.Net.Security;
using System.Net.Sockets;

namespace Connet.Client.Endpoints.Sockets;

/// <summary>
/// The scheme <c>tls</c>: the source is the TLS server of its users, the destination the TLS client of its service. What crosses the tunnel are the bytes inside.
/// </summary>
internal sealed class TlsScheme : IEndpointScheme
{
    public string Name => "tls";

    public string? Check(EndpointAddress address, ConnetRole role) => SocketAddresses.Check(address, role);

    public async ValueTask<IEndpointListener> StartSourceAsync(
        ConnetSource source, EndpointAddress address, EndpointContext context, CancellationToken cancellationToken)
    {
        SslServerAuthenticationOptions options = context.Tls.ToServerOptions();
        Socket socket = await TcpSockets.ListenAsync(address, cancellationToken).ConfigureAwait(false);
        return SocketSource.Of(source, socket, context, async (user, cancel) =>
        {
            TcpSockets.Prepare(user);
            return await TlsHandshake.AcceptAsync(user, options, context, cancel).ConfigureAwait(false);
        });
    }

    public IAsyncDisposable StartDestination(ConnetDestination destination, EndpointAddress address, EndpointContext context)
    {
        (string host, int port) = address.GetHostAndPort();
        SslClientAuthenticationOptions options = context.Tls.ToClientOptions(host);
        return SocketDestination.Of(destination, address, context, async cancel =>
        {
            Socket socket = await TcpSockets.ConnectAsync(host, port, cancel).ConfigureAwait(false);
            return await TlsHandshake.ConnectAsync(socket, options, context, cancel).ConfigureAwait(false);
        });
    }
}
