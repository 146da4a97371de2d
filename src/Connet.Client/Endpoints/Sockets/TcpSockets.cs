using System.Net;
using System.Net.Sockets;
using Connet.Protocol.Addressing;

namespace Connet.Client.Endpoints.Sockets;

/// <summary>What the schemes over TCP have in common: addresses of host and port, listening and connecting.</summary>
internal static class TcpSockets
{
    /// <summary>Connections that the system takes before we do.</summary>
    private const int ListenBacklog = 512;

    /// <summary>Whether an address is <c>scheme://host:port</c>, as far as its role needs one.</summary>
    /// <returns>Null if it is; else one sentence.</returns>
    public static string? Check(EndpointAddress address, ConnetRole role)
    {
        string scheme = address.Scheme;
        try
        {
            (string host, int port) = address.GetHostAndPort();
            return address.Path.Length > 0 ? $"'{address}' has a path, which {scheme} does not know: write {scheme}://host:port."
                : role == ConnetRole.Source ? null
                : host.Length == 0 ? $"'{address}' names no host to connect to: write {scheme}://host:port."
                : port == 0 ? $"'{address}' names no port to connect to: write {scheme}://host:port with a port from 1 to 65535."
                : null;
        }
        catch (FormatException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>Takes an address.</summary>
    /// <exception cref="ConnetEndpointException">It cannot be taken.</exception>
    public static async ValueTask<Socket> ListenAsync(EndpointAddress address, CancellationToken cancellationToken)
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

    /// <summary>Connects.</summary>
    /// <exception cref="SocketException">Nobody is there, or the process has no file descriptor left.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async ValueTask<Socket> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            Prepare(socket);

            // A cancelled connect closes the socket, which the system may have connected meanwhile: the service must not see an orderly end.
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            await socket.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
            socket.LingerState = new LingerOption(enable: false, seconds: 0);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sets up a socket of a carried connection.</summary>
    public static void Prepare(Socket socket)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
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
