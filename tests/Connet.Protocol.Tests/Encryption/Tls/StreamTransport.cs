using System.Net.Sockets;
using Connet.Protocol.Encryption.Tls;

namespace Connet.Protocol.Tests.Encryption.Tls;

/// <summary>A TCP connection below TLS.</summary>
internal sealed class StreamTransport(Socket socket) : ITlsTransport
{
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        await socket.ReceiveAsync(buffer, cancellationToken);

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, bool isLast, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            buffer = buffer[await socket.SendAsync(buffer, cancellationToken)..];
        }

        if (isLast)
        {
            socket.Shutdown(SocketShutdown.Send);
        }
    }

    public void AbortReads(long code)
    {
    }

    public void AbortWrites(long code) => socket.Close(0);

    public void Dispose() => socket.Dispose();
}
