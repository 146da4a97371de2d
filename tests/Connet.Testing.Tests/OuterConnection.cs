using System.Net.Security;
using System.Net.Sockets;

namespace Connet.Testing.Tests;

/// <summary>A program's end of a connection that an endpoint carries.</summary>
internal sealed class OuterConnection(Socket socket, Stream stream) : IDisposable
{
    public Stream Stream => stream;

    public Socket Socket => socket;

    /// <summary>Ends the writing direction as the protocol does.</summary>
    public async Task EndAsync()
    {
        if (stream is SslStream tls)
        {
            await tls.ShutdownAsync();
        }
        else
        {
            socket.Shutdown(SocketShutdown.Send);
        }
    }

    /// <summary>Closes at once. Unix sockets report that to the other end only if something was left unread.</summary>
    public void Reset()
    {
        if (socket.AddressFamily != AddressFamily.Unix)
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        socket.Close(timeout: 0);
    }

    public void Dispose()
    {
        stream.Dispose();
        socket.Dispose();
    }
}
