using System.Runtime.CompilerServices;
using Connet.Quic.Core.Streams;
using Connet.Quic.Io;

namespace Connet.Quic;

/// <summary>
/// A stream of a <see cref="QuicConnection"/> (RFC 9000, section 2). Reading and writing may go on at the same time; of
/// each, one call at a time.
/// </summary>
/// <remarks>
/// Disposing a stream whose writing side is still open ends it in order, as <see cref="CompleteWrites"/> does; what was
/// not read is dropped and the peer is asked to stop sending. Either side's end leaves the other open. A write that was cut
/// short, by cancellation or because it is still pending, is no orderly end: then disposal resets the writing side instead.
/// </remarks>
public sealed class QuicStream : Stream
{
    private const long DisposedBeforeEnd = 0;

    private readonly StreamDriver _driver;
    private readonly QuicConnection _connection;
    private bool _disposed;
    private bool _endRead;
    private bool _readsAborted;
    private bool _writesEnded;
    private bool _writeCutShort;

    internal QuicStream(QuicConnection connection, StreamDriver driver)
    {
        _connection = connection;
        _driver = driver;
        Type = driver.Id.IsUnidirectional ? QuicStreamType.Unidirectional : QuicStreamType.Bidirectional;
    }

    /// <summary>The stream identifier (RFC 9000, section 2.1).</summary>
    public long Id => _driver.Id.Value;

    /// <summary>The directions in which data flows.</summary>
    public QuicStreamType Type { get; }

    /// <inheritdoc/>
    public override bool CanRead => !_disposed && HasReadingSide;

    /// <inheritdoc/>
    public override bool CanWrite => !_disposed && HasWritingSide;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanTimeout => false;

    /// <summary>Not supported.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Length => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Completes when nothing more will be read: the end was reached, or the stream or connection ended. Never faults.</summary>
    public Task ReadsClosed => _driver.ReadsClosed.Task;

    /// <summary>Completes when the peer has acknowledged everything written and the end, or the stream or connection ended. Never faults.</summary>
    public Task WritesClosed => _driver.WritesClosed.Task;

    /// <summary>Reads what has arrived, waiting for the first byte. What had arrived when the peer closed the connection can be read afterwards.</summary>
    /// <param name="buffer">Where the bytes go.</param>
    /// <param name="cancellationToken">Gives up the wait; nothing is lost by it.</param>
    /// <returns>How many bytes were read; 0 at the end of the stream.</returns>
    /// <exception cref="QuicException">The peer reset the stream, or the connection ended.</exception>
    /// <exception cref="InvalidOperationException">The stream cannot be read, or another read is pending.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Require(CanRead, "read");
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            switch (_driver.Read(buffer.Span, out int read))
            {
                case ReadResult.Ok:
                    return read;
                case ReadResult.Blocked:
                    await _driver.WaitReadableAsync(cancellationToken).ConfigureAwait(false);
                    break;
                case ReadResult.End:
                    _endRead = true;
                    _driver.ReadsClosed.TrySetResult();
                    return 0;
                case ReadResult.Reset:
                    _driver.ReadsClosed.TrySetResult();
                    throw PeerReset();
                case var _ when _endRead:
                    return 0;
                case var _ when _driver.PeerResetCode is not null && !_readsAborted:
                    // The stream, or the connection, is gone meanwhile.
                    throw PeerReset();
                default:
                    throw Ended();
            }
        }
    }

    /// <inheritdoc cref="WriteAsync(ReadOnlyMemory{byte}, bool, CancellationToken)"/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        WriteAsync(buffer, completeWrites: false, cancellationToken);

    /// <summary>Writes all of the buffer, waiting while flow control holds it back. The bytes are on their way when the task completes.</summary>
    /// <param name="buffer">What to write.</param>
    /// <param name="completeWrites">Whether the stream ends with these bytes; the end travels in the same packet.</param>
    /// <param name="cancellationToken">Gives up the wait. Part of the buffer may have been written: abort the stream then.</param>
    /// <returns>A task that completes when everything was taken over.</returns>
    /// <exception cref="QuicException">The peer asked to stop sending, or the connection ended.</exception>
    /// <exception cref="InvalidOperationException">The stream cannot be written, or another write is pending.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, bool completeWrites, CancellationToken cancellationToken = default)
    {
        Require(CanWrite, "written");
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            switch (_driver.Write(buffer.Span, completeWrites, out int written))
            {
                case WriteResult.Ok:
                    _writesEnded |= completeWrites;
                    _writeCutShort = false;
                    return;
                case WriteResult.Blocked:
                    buffer = buffer[written..];
                    _writeCutShort |= written > 0;
                    await _driver.WaitWritableAsync(cancellationToken).ConfigureAwait(false);
                    break;
                case WriteResult.Stopped:
                    _writesEnded = true;
                    throw PeerStopped();
                default:
                    throw _driver.PeerStopCode is null ? Ended() : PeerStopped();
            }
        }
    }

    /// <summary>Ends the writing side in order: the peer reads everything and then the end. Does nothing if it has ended already.</summary>
    /// <exception cref="InvalidOperationException">A write is pending.</exception>
    public void CompleteWrites()
    {
        if (!_writesEnded && HasWritingSide)
        {
            _driver.Write(default, finish: true, out _);
            _writesEnded = true;
        }
    }

    /// <summary>Ends sides of the stream at once, telling the peer a code.</summary>
    /// <param name="direction">Which sides.</param>
    /// <param name="errorCode">The application's code; 0 to 2^62 − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The code is out of range.</exception>
    public void Abort(QuicAbortDirection direction, long errorCode)
    {
        QuicConnection.RequireErrorCode(errorCode);
        bool writes = (direction & QuicAbortDirection.Write) != 0 && HasWritingSide;
        bool reads = (direction & QuicAbortDirection.Read) != 0 && HasReadingSide;
        _writesEnded |= writes;
        _readsAborted |= reads;
        _driver.Abort(writes ? errorCode : null, reads ? errorCode : null);
    }

    /// <summary>Does nothing: what is written is sent at once.</summary>
    public override void Flush()
    {
    }

    /// <summary>Does nothing: what is written is sent at once.</summary>
    /// <param name="cancellationToken">Cancels before it starts.</param>
    /// <returns>A completed task.</returns>
    public override Task FlushAsync(CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Not supported: use the asynchronous methods.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override int Read(byte[] buffer, int offset, int count) => throw OnlyAsync();

    /// <summary>Not supported: use the asynchronous methods.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void Write(byte[] buffer, int offset, int count) => throw OnlyAsync();

    /// <summary>Not supported.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override string ToString() => $"{Type} QUIC stream {Id}";

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _readsAborted = true;
            _driver.Release(finishWrites: HasWritingSide && !_writesEnded, _writeCutShort, DisposedBeforeEnd);
            _writesEnded = true;
        }

        base.Dispose(disposing);
    }

    private bool HasReadingSide => Type == QuicStreamType.Bidirectional || !_driver.IsLocal;

    private bool HasWritingSide => Type == QuicStreamType.Bidirectional || _driver.IsLocal;

    private static NotSupportedException OnlyAsync() =>
        new("A QUIC stream is read and written asynchronously: use ReadAsync and WriteAsync.");

    private void Require(bool possible, string verb)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!possible)
        {
            throw new InvalidOperationException($"This unidirectional stream cannot be {verb} on this side.");
        }
    }

    private QuicException PeerReset()
    {
        long code = _driver.PeerResetCode ?? 0;
        return new QuicException(QuicError.StreamAborted, $"The peer reset stream {Id} with code {code}.", code);
    }

    private QuicException PeerStopped()
    {
        long code = _driver.PeerStopCode ?? 0;
        return new QuicException(QuicError.StreamAborted, $"The peer stopped reading stream {Id} with code {code}.", code);
    }

    private QuicException Ended() => _driver.Connection.IsClosed
        ? _connection.CloseException()
        : new QuicException(QuicError.OperationAborted, $"Stream {Id} was ended on this side.");
}
