using System.Net.Sockets;

namespace Connet.Client.Endpoints.Sockets;

/// <summary>What the schemes over TCP have in common: listening and connecting.</summary>
internal static class TcpSockets
{
    /// <summary>Connections that the system takes before we do.</summary>
    private const int ListenBacklog = 512;

    /// <summary>Takes an address.</summary>
    /// <exception cref="ConnetEndpointException">It cannot be taken.</exception>
    public static ValueTask<Socket> ListenAsync(EndpointAddress address, CancellationToken cancellationToken) =>
        SocketAddresses.BindAsync(address, SocketType.Stream, ProtocolType.Tcp, static socket => socket.Listen(ListenBacklog), cancellationToken);

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
}
