using Connet.Protocol.Forwarding;
using Connet.Quic;

namespace Connet.Relay.Forwarding;

/// <summary>A stream as one end of a forwarded connection.</summary>
internal sealed class StreamChannel(QuicStream stream, ForwardingCounters counters) : IDuplexChannel
{
    private volatile bool _endWasRead;
    private volatile bool _endWasWritten;
    private volatile bool _isReading;
    private volatile bool _isWriting;

    /// <summary>Completes when the reading direction has ended: by the other side's end or reset, or with its connection.</summary>
    /// <returns>The code of a reset; null if the end was in order, or whoever is reading right now gets to know of it.</returns>
    public async Task<long?> ReadsBrokenAsync()
    {
        await stream.ReadsClosed.ConfigureAwait(false);
        return _endWasRead || _isReading ? null : await CodeOfAsync(stream.ReadAsync(Memory<byte>.Empty).AsTask()).ConfigureAwait(false);
    }

    /// <summary>Completes when the other side has everything, wants no more bytes, or is gone with its connection.</summary>
    /// <returns>The code that it gave; null if it has everything, or whoever is writing right now gets to know of it.</returns>
    public async Task<long?> WritesBrokenAsync()
    {
        await stream.WritesClosed.ConfigureAwait(false);
        return _endWasWritten || _isWriting ? null : await CodeOfAsync(stream.WriteAsync(ReadOnlyMemory<byte>.Empty).AsTask()).ConfigureAwait(false);
    }

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        _isReading = true;
        int read;
        try
        {
            read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            _endWasRead |= read == 0;
        }
        finally
        {
            _isReading = false;
        }

        // Either this look or ReadsBrokenAsync sees what happened meanwhile, so the order of the two lines counts.
        Interlocked.MemoryBarrier();
        if (read > 0 && stream.ReadsClosed.IsCompleted)
        {
            await stream.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
        }

        return read;
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        _isWriting = true;
        try
        {
            await stream.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
            counters.Forwarded(buffer.Length);
        }
        finally
        {
            _isWriting = false;
        }

        // As above.
        Interlocked.MemoryBarrier();
        if (stream.WritesClosed.IsCompleted)
        {
            await stream.WriteAsync(ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false);
        }
    }

    public ValueTask CompleteWritesAsync(CancellationToken cancellationToken)
    {
        _endWasWritten = true;
        stream.CompleteWrites();
        return ValueTask.CompletedTask;
    }

    public void AbortReads(long code) => stream.Abort(QuicAbortDirection.Read, code);

    public void AbortWrites(long code) => stream.Abort(QuicAbortDirection.Write, code);

    public long CodeOf(Exception failure) => Code(failure);

    /// <summary>The code of a stream's end is for the other side of it too; that of a connection's end is not.</summary>
    private static long Code(Exception failure) =>
        failure is QuicException { QuicError: QuicError.StreamAborted, ApplicationErrorCode: { } code } ? code : 0;

    private static async Task<long?> CodeOfAsync(Task operation)
    {
        try
        {
            await operation.ConfigureAwait(false);
            return 0;
        }
        catch (Exception failure) when (failure is IOException or InvalidOperationException)
        {
            return Code(failure);
        }
    }
}
