using Connet.Protocol.Forwarding;
using Connet.Quic;

namespace Connet.Relay.Forwarding;

/// <summary>A stream as one end of a forwarded connection.</summary>
internal sealed class StreamChannel(QuicStream stream, ForwardingCounters counters) : IDuplexChannel
{
    private volatile bool _endWasRead;
    private volatile bool _endWasWritten;

    /// <summary>
    /// Completes when the reading direction has ended out of order: reset by the other side, or with its connection. Never completes if the end
    /// was read first.
    /// </summary>
    public async Task<long?> ReadsBrokenAsync()
    {
        await stream.ReadsClosed.ConfigureAwait(false);
        return _endWasRead ? null : await CodeOfAsync(stream.ReadAsync(Memory<byte>.Empty).AsTask()).ConfigureAwait(false);
    }

    /// <summary>Completes when the other side wants no more bytes, though there is no end yet, or with its connection.</summary>
    public async Task<long?> WritesBrokenAsync()
    {
        await stream.WritesClosed.ConfigureAwait(false);
        return _endWasWritten ? null : await CodeOfAsync(stream.WriteAsync(ReadOnlyMemory<byte>.Empty).AsTask()).ConfigureAwait(false);
    }

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (read == 0)
        {
            _endWasRead = true;
        }

        return read;
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        counters.Forwarded(buffer.Length);
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
