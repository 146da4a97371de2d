using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Connet.EndToEnd.Tests.Services;

/// <summary>A TCP connection to a source, at the other end of which a <see cref="TestService"/> answers.</summary>
internal sealed class TunnelConnection : IDisposable
{
    private readonly Socket _socket;

    private TunnelConnection(Socket socket)
    {
        _socket = socket;
        Stream = new NetworkStream(socket, ownsSocket: true);
    }

    public NetworkStream Stream { get; }

    /// <summary>Connects to a port of 127.0.0.1, in the network of the socket, and sends the line that says what the service does.</summary>
    public static async Task<TunnelConnection> OpenAsync(int port, string command, CancellationToken cancellationToken, Socket? socket = null)
    {
        socket ??= new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken);
            TunnelConnection connection = new(socket);
            await connection.WriteAsync(command + "\n", cancellationToken);
            return connection;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Reads a line without its break, byte by byte, so that what follows stays unread. The end of the stream ends the line.</summary>
    public static async Task<string> ReadLineAsync(Stream stream, CancellationToken cancellationToken)
    {
        StringBuilder line = new();
        byte[] one = new byte[1];
        while (await stream.ReadAsync(one, cancellationToken) > 0 && one[0] != '\n')
        {
            line.Append((char)one[0]);
        }

        return line.ToString().TrimEnd('\r');
    }

    public ValueTask WriteAsync(string text, CancellationToken cancellationToken) => Stream.WriteAsync(Encoding.ASCII.GetBytes(text), cancellationToken);

    public Task<string> ReadLineAsync(CancellationToken cancellationToken) => ReadLineAsync(Stream, cancellationToken);

    /// <summary>Ends the direction to the service: the half-close.</summary>
    public void CompleteWrites() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => Stream.Dispose();
}
