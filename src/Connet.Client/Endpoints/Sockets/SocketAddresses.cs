using System.Net;
using System.Net.Sockets;
using Connet.Protocol.Addressing;

namespace Connet.Client.Endpoints.Sockets;

/// <summary>Addresses of host and port, which most schemes have.</summary>
internal static class SocketAddresses
{
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

    /// <summary>Opens a socket and binds it.</summary>
    /// <param name="address">Where.</param>
    /// <param name="type">Of which type.</param>
    /// <param name="protocol">For which protocol.</param>
    /// <param name="prepare">Does what remains to be done with the bound socket.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConnetEndpointException">The address cannot be taken.</exception>
    public static async ValueTask<Socket> BindAsync(
        EndpointAddress address, SocketType type, ProtocolType protocol, Action<Socket> prepare, CancellationToken cancellationToken)
    {
        (string host, int port) = address.GetHostAndPort();
        Socket? socket = null;
        try
        {
            IPAddress local = await ResolveLocalAsync(host, cancellationToken).ConfigureAwait(false);
            socket = new Socket(local.AddressFamily, type, protocol);
            if (local.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(new IPEndPoint(local, port));
            prepare(socket);
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
