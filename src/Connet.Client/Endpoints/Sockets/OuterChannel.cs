using System.Buffers;
using System.Net.Sockets;
using Connet.Protocol.Forwarding;
using Connet.Protocol.Timing;

namespace Connet.Client.Endpoints.Sockets;

/// <summary>
/// The outer side of a carried connection: a socket, bare or with TLS. A socket cannot reset one direction alone: an aborted writing
/// direction closes it at once, and a connection that breaks raises <see cref="Broken"/>, because the direction that waits for nothing would not notice.
/// </summary>
internal abstract class OuterChannel(Socket socket) : IDuplexChannel, IDisposable
{
    /// <summary>
    /// How long a user that has heard everything may go on saying what nobody wants: long enough to read what is in the system's buffers and to end
    /// too, short for a service that sends for as long as it is let.
    /// </summary>
    private static readonly TimeSpan s_lingerTime = TimeSpan.FromSeconds(5);

    private const int DiscardBuffer = 16 * 1024;

    private volatile bool _endWasWritten;
    private Task? _discarding;
    private int _closed;

    /// <summary>Called once, when the connection turns out to be gone in both directions.</summary>
    public Action? Broken { get; set; }

    protected Socket Socket => socket;

    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken);

    public async ValueTask CompleteWritesAsync(CancellationToken cancellationToken)
    {
        await EndWritesAsync(cancellationToken).ConfigureAwait(false);
        _endWasWritten = true;
    }

    /// <summary>
    /// Nothing to tell yet: what was not read when the socket is closed makes the system reset it, as it does for any program. An
    /// earlier reset would take away what the user has not read of the other direction. While that goes on, what the user says is dropped: one that
    /// answers as it reads would wait for a reader of its answer, and read no more.
    /// </summary>
    public void AbortReads(long code)
    {
        if (!_endWasWritten)
        {
            _discarding ??= Task.Run(DiscardAsync);
        }
    }

    public void AbortWrites(long code) => Reset();

    /// <summary>Sockets have no codes.</summary>
    public long CodeOf(Exception failure) => 0;

    /// <summary>Closes the socket so that its user sees an error, not an orderly end, as far as the kind of socket can tell the two apart.</summary>
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

    /// <summary>
    /// Waits, once both directions are over, for the end of a user whose bytes are dropped: closed earlier, the socket would be reset, and with it what
    /// the user has not read yet. Whoever does not end in time is reset.
    /// </summary>
    public async ValueTask LingerAsync(TimeProvider clock, CancellationToken cancellationToken)
    {
        if (_discarding is not { } discarding)
        {
            return;
        }

        try
        {
            await clock.WaitUpToAsync(discarding, s_lingerTime, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
        }

        if (!discarding.IsCompleted)
        {
            Reset();
            await discarding.ConfigureAwait(false);
        }
    }

    /// <summary>Closes the socket, if that has not happened. Nothing may be under way.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            socket.Dispose();
        }

        DisposeContent();
    }

    /// <inheritdoc cref="CompleteWritesAsync"/>
    protected abstract ValueTask EndWritesAsync(CancellationToken cancellationToken);

    /// <summary>Frees what stands over the socket.</summary>
    protected virtual void DisposeContent()
    {
    }

    /// <summary>Notes that an operation has failed: unless it was ended from here, both directions are over.</summary>
    /// <returns>What to throw.</returns>
    protected IOException Fail(Exception exception)
    {
        // An operation that our own reset ended says OperationAborted.
        if (exception is not SocketException { SocketErrorCode: SocketError.OperationAborted } && Volatile.Read(ref _closed) == 0)
        {
            Reset();
            Broken?.Invoke();
        }

        return new IOException($"The connection was lost: {exception.Message.TrimEnd('.')}.", exception);
    }

    private async Task DiscardAsync()
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(DiscardBuffer);
        try
        {
            while (await ReadAsync(buffer, CancellationToken.None).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The connection is gone, which whoever writes gets to know.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
