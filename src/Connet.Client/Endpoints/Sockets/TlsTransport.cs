using System.Net.Sockets;

namespace Connet.Client.Endpoints.Sockets;

/// <summary>
/// What TLS runs over: a socket whose end is a failure. <see cref="System.Net.Security.SslStream"/> reports an end without close_notify as if it were
/// the orderly one; with close_notify it never gets to read the end of the socket.
/// </summary>
internal sealed class TlsTransport(Socket socket) : NetworkStream(socket, ownsSocket: false)
{
    /// <summary>Reads what has arrived. A read into an empty buffer only waits, and says nothing about the end.</summary>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await base.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        return count > 0 || buffer.Length == 0
            ? count
            : throw new EndOfStreamException("the other side has cut the TLS connection without close_notify");
    }
}
