using System.Net.Sockets;

namespace Connet.Client.Endpoints.Sockets;

/// <summary>The scheme <c>unix</c>: stream sockets with a path in the file system.</summary>
internal sealed class UnixScheme : IEndpointScheme
{
    public string Name => "unix";

    public string? Check(EndpointAddress address, ConnetRole role) => UnixSockets.Check(address);

    public async ValueTask<IEndpointListener> StartSourceAsync(
        ConnetSource source, EndpointAddress address, EndpointContext context, CancellationToken cancellationToken)
    {
        Socket socket = await UnixSockets.ListenAsync(address, cancellationToken).ConfigureAwait(false);
        return SocketSource.Of(source, socket, context, static (user, _) => new(new SocketChannel(user)));
    }

    public IAsyncDisposable StartDestination(ConnetDestination destination, EndpointAddress address, EndpointContext context) => SocketDestination.Of(
        destination,
        address,
        context,
        async cancel => new SocketChannel(await UnixSockets.ConnectAsync(address, context.TimeProvider, cancel).ConfigureAwait(false)));
}
