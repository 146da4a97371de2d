using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Connet.Protocol.Forwarding;

namespace Connet.Client.Endpoints;

/// <summary>
/// The outer side of a carried connection. TCP cannot reset one direction alone: an aborted writing direction resets the socket,
/// and a reset of the socket raises <see cref="Broken"/>, because the direction that waits for nothing would not notice.
/// </summary>
internal sealed class SocketChannel(Socket socket) : IDuplexChannel, IDisposable
{
    private int _closed;

    /// <summary>Called once, when the system reports that the connection is gone in both directions.</summary>
    public Action? Broken { get; init; }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException exception)
        {
            throw Fail(exception);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            while (buffer.Length > 0)
            {
                buffer = buffer[await socket.SendAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false)..];
            }
        }
        catch (SocketException exception)
        {
            throw Fail(exception);
        }
    }

    public ValueTask CompleteWritesAsync(CancellationToken cancellationToken)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
            return ValueTask.CompletedTask;
        }
        catch (SocketException exception)
        {
            throw Fail(exception);
        }
    }

    /// <summary>
    /// Nothing to tell yet: what was not read when the socket is closed makes the system reset it, as it does for any program. An
    /// earlier reset would take away what the user has not read of the other direction.
    /// </summary>
    public void AbortReads(long code)
    {
    }

    public void AbortWrites(long code) => Reset();

    /// <summary>TCP has no codes.</summary>
    public long CodeOf(Exception failure) => 0;

    /// <summary>Closes the socket so that its user sees an error, not an orderly end.</summary>
    public void Reset()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            Reset(socket);
        }
    }

    /// <inheritdoc cref="Reset()"/>
    public static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Gone already.
        }

        // Not Dispose: while another thread is inside a call on the socket, that would send an orderly end first.
        socket.Close(timeout: 0);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            socket.Dispose();
        }
    }

    private IOException Fail(SocketException exception)
    {
        // An operation that our own reset ended says OperationAborted.
        if (exception.SocketErrorCode != SocketError.OperationAborted && Volatile.Read(ref _closed) == 0)
        {
            Reset();
            Broken?.Invoke();
        }

        return new IOException($"The connection was lost: {exception.Message}.", exception);
    }
}
