using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Connet.Client.Endpoints.Sockets;

/// <summary>
/// A socket with TLS as the outer side of a carried connection. The end of a direction is close_notify (RFC 8446 section 6.1), which leaves the other
/// direction open; a connection that is cut without it has broken, because anybody on the way can forge the end of the socket alone.
/// </summary>
/// <param name="socket">The socket.</param>
/// <param name="stream">TLS over a <see cref="TlsTransport"/>, after its handshake.</param>
internal sealed class TlsChannel(Socket socket, SslStream stream) : OuterChannel(socket)
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            throw Fail(exception);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            throw Fail(exception);
        }
    }

    protected override async ValueTask EndWritesAsync(CancellationToken cancellationToken)
    {
        // The alert waits for room like everything that is written, but takes no token.
        using CancellationTokenRegistration giveUp = cancellationToken.UnsafeRegister(static channel => ((TlsChannel)channel!).Reset(), this);
        try
        {
            await stream.ShutdownAsync().ConfigureAwait(false);

            // Programs that look at the socket alone see the end too.
            Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            throw Fail(exception);
        }
    }

    protected override void DisposeContent() => stream.Dispose();
}
