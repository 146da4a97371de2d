using System.Net;
using System.Net.Sockets;
using Connet.Protocol.Addressing;

namespace Connet.Client.Endpoints;

/// <summary>The scheme <c>tcp</c>.</summary>
internal sealed class TcpScheme : IEndpointScheme
{
    /// <summary>Connections that the system takes before we do.</summary>
    private const int ListenBacklog = 512;

    public string Name => "tcp";

    public string? Check(EndpointAddress address, ConnetRole role)
    {
        try
        {
            (string host, int port) = address.GetHostAndPort();
            return address.Path.Length > 0 ? $"'{address}' has a path, which tcp does not know: write tcp://host:port."
                : role == ConnetRole.Source ? null
                : host.Length == 0 ? $"'{address}' names no host to connect to: write tcp://host:port."
                : port == 0 ? $"'{address}' names no port to connect to: write tcp://host:port with a port from 1 to 65535."
                : null;
        }
        catch (FormatException exception)
        {
            return exception.Message;
        }
    }

    public async ValueTask<IEndpointListener> StartSourceAsync(
        ConnetSource source, EndpointAddress address, EndpointContext context, CancellationToken cancellationToken)
    {
        Socket socket = await ListenAsync(address, cancellationToken).ConfigureAwait(false);
        return new TcpSource(
            source.Name,
            socket,
            async cancel => new ConnectionTunnel(await source.DialAsync(cancel).ConfigureAwait(false)),
            context);
    }

    public IAsyncDisposable StartDestination(ConnetDestination destination, EndpointAddress address, EndpointContext context) =>
        new TcpDestination(
            destination.Name,
            address,
            async cancel => new ConnectionTunnelRequest(await destination.AcceptRequestAsync(cancel).ConfigureAwait(false)),
            context);

    /// <summary>Takes an address.</summary>
    /// <exception cref="ConnetEndpointException">It cannot be taken.</exception>
    internal static async ValueTask<Socket> ListenAsync(EndpointAddress address, CancellationToken cancellationToken)
    {
        (string host, int port) = address.GetHostAndPort();
        Socket? socket = null;
        try
        {
            IPAddress local = await ResolveLocalAsync(host, cancellationToken).ConfigureAwait(false);
            socket = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (local.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(new IPEndPoint(local, port));
            socket.Listen(ListenBacklog);
            return socket;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket?.Dispose();
            throw new ConnetEndpointException($"Another program listens at {address} already: choose another address, or end that program.", exception);
        }
        catch (Exception exception) when (exception is SocketException or FormatException)
        {
            socket?.Dispose();
            throw new ConnetEndpointException($"Cannot listen at {address}: {exception.Message.TrimEnd('.')}.", exception);
        }
    }

    /// <summary>Of a name's addresses the IPv4 one: who connects by the name tries both.</summary>
    private static async ValueTask<IPAddress> ResolveLocalAsync(string host, CancellationToken cancellationToken)
    {
        if (host.Length == 0)
        {
            return Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
        }

        IPAddress[] addresses = await AddressText.ResolveAsync(host, cancellationToken).ConfigureAwait(false);
        return Array.Find(addresses, each => each.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
    }
}
