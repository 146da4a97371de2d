using System.Buffers;
using System.Runtime.ExceptionServices;
using Connet.Protocol.Identities;

namespace Connet.Protocol.Encryption.Tls;

/// <summary>
/// A stream through a relay, encrypted by the <c>tls</c> scheme: TLS 1.3, in which each side accepts exactly one certificate of the other. One
/// read and one write may be under way at once; both wait for the handshake. Each direction ends by itself, with close_notify before the
/// stream's end: a stream that ends without it was cut short.
/// </summary>
internal sealed partial class TlsRelayStream : Stream
{
    private readonly Lock _lock = new();
    private readonly ITlsTransport _transport;
    private readonly RelayTlsSession _session;
    private readonly TlsRecordReader _records;
    private readonly SingleUse _reading;

    /// <summary>Completes when the handshake has ended, well or not.</summary>
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What has ended the session; every later call fails with it.</summary>
    private Exception? _fault;
    private Sending _sending;

    private TlsRelayStream(ITlsTransport transport, RelayTlsSession session)
    {
        _transport = transport;
        _session = session;
        _records = new TlsRecordReader(transport, Measure);
        _reading = new SingleUse(_records.Release);
    }

    private enum Sending
    {
        Idle,

        /// <summary>A write is under way.</summary>
        Busy,

        /// <summary>Records may be on the stream in part: nothing can follow them.</summary>
        Broken,

        /// <summary>The end is on its way.</summary>
        Ended,
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The source's side of a stream. Disposing of it disposes of <paramref name="transport"/>.</summary>
    /// <param name="transport">The stream.</param>
    /// <param name="own">The source's client certificate.</param>
    /// <param name="expected">The destination's server certificate.</param>
    public static TlsRelayStream AtSource(ITlsTransport transport, GeneratedCertificate own, CertificateInfo expected) =>
        new(transport, RelayTlsSession.AtSource(own, expected));

    /// <summary>The destination's side of a stream. Disposing of it disposes of <paramref name="transport"/>.</summary>
    /// <param name="transport">The stream.</param>
    /// <param name="own">The destination's server certificate.</param>
    /// <param name="expected">The source's client certificate.</param>
    public static TlsRelayStream AtDestination(ITlsTransport transport, GeneratedCertificate own, CertificateInfo expected) =>
        new(transport, RelayTlsSession.AtDestination(own, expected));

    /// <summary>Reads data that has arrived, waiting for the first byte.</summary>
    /// <returns>The bytes read; 0 if the other side has said that it sends no more, or <paramref name="buffer"/> is empty.</returns>
    /// <exception cref="ProtocolException">The stream was cut short, a record is not what the other side sent, or the handshake failed.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _reading.Enter(this);
        try
        {
            await ReadyAsync(cancellationToken).ConfigureAwait(false);
            while (true)
            {
                lock (_lock)
                {
                    ThrowIfDisposed();
                    if (_session.Available > 0)
                    {
                        return _session.Read(buffer);
                    }

                    if (_session.IsPeerClosed)
                    {
                        return 0;
                    }

                    ThrowIfFailed();
                }

                await ReadRecordAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _reading.Exit();
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Not supported: use the asynchronous methods.</summary>
    public override int Read(byte[] buffer, int offset, int count) => throw OnlyAsync();

    /// <summary>Writes all of the buffer in as many records as it needs, one at a time.</summary>
    /// <exception cref="ProtocolException">The handshake failed, the writing side has ended, or an earlier write did not finish.</exception>
    /// <exception cref="InvalidOperationException">Another write is under way.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        BeginWrite();
        Sending after = Sending.Idle;
        try
        {
            await ReadyAsync(cancellationToken).ConfigureAwait(false);
            while (!buffer.IsEmpty)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int length = Math.Min(buffer.Length, TlsParameters.MaxPlaintext);
                (byte[] records, int total) = Seal(buffer.Span[..length]);
                after = Sending.Broken;
                try
                {
                    await _transport.WriteAsync(records.AsMemory(0, total), isLast: false, cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(records);
                }

                after = Sending.Idle;
                buffer = buffer[length..];
            }
        }
        finally
        {
            EndWrite(after);
        }
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Not supported: use the asynchronous methods.</summary>
    public override void Write(byte[] buffer, int offset, int count) => throw OnlyAsync();

    /// <summary>Does nothing: what is written is sent at once.</summary>
    public override void Flush()
    {
    }

    /// <summary>Does nothing: what is written is sent at once.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    private static NotSupportedException OnlyAsync() => new("An encrypted stream is read and written asynchronously: use ReadAsync and WriteAsync.");

    /// <summary>Waits for the end of the handshake.</summary>
    private async ValueTask ReadyAsync(CancellationToken cancellationToken)
    {
        if (!_ready.Task.IsCompleted)
        {
            await _ready.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask ReadRecordAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!await _records.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                throw new ProtocolException(
                    ProtocolErrorCode.Unknown, "The encrypted stream was cut short: it ended before the other side had said that it sends no more.");
            }

            OfferRecord();
        }
        catch (ProtocolException exception)
        {
            _records.Release();
            lock (_lock)
            {
                _fault ??= exception;
            }

            SendAlert();
            throw;
        }
    }

    private int Measure(byte[] header)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isReleased, this);
            try
            {
                return _session.Measure(header);
            }
            catch (ProtocolException exception)
            {
                _fault ??= exception;
                throw;
            }
        }
    }

    private void OfferRecord()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isReleased, this);
            try
            {
                _session.Offer(_records.Record!, _records.Length);
            }
            catch (ProtocolException exception)
            {
                // Before anybody else gets the lock: the session takes nothing more.
                _fault ??= exception;
                throw;
            }
        }

        _records.Release();
    }

    private (byte[] Records, int Length) Seal(ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            ThrowIfDisposed();
            ThrowIfFailed();
            _session.Seal(data);
            int length = _session.OutputLength;
            byte[] records = ArrayPool<byte>.Shared.Rent(length);
            _session.TakeOutput(records, length);
            return (records, length);
        }
    }

    private void BeginWrite()
    {
        lock (_lock)
        {
            ThrowIfDisposed();
            ThrowIfFailed();
            _sending = _sending switch
            {
                Sending.Idle => Sending.Busy,
                Sending.Busy => throw new InvalidOperationException("Another operation of this direction of the stream is under way."),
                Sending.Broken => throw new ProtocolException(ProtocolErrorCode.Unknown, "An earlier write to this stream did not finish."),
                _ => throw new ProtocolException(ProtocolErrorCode.Unknown, "The writing side of this stream was ended."),
            };
        }
    }

    private void EndWrite(Sending after)
    {
        lock (_lock)
        {
            // An end has come in between, with the disposal: it stays.
            _sending = _sending == Sending.Busy ? after : _sending;
        }
    }

    private void ThrowIfFailed()
    {
        if (_fault is { } fault)
        {
            ExceptionDispatchInfo.Throw(fault is ProtocolException protocol ? new ProtocolException(protocol.Code, protocol.Message, protocol) : fault);
        }
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);
}
