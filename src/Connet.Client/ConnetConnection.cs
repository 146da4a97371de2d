using System.Net;
using System.Runtime.CompilerServices;
using Connet.Client.Peers;
using Connet.Protocol;
using Connet.Protocol.Encryption.Tls;
using Connet.Quic;

namespace Connet.Client;

/// <summary>
/// A connection between a source and a destination: bytes in both directions, each of which ends by itself. Reading and writing may go on
/// at the same time; of each, one call at a time.
/// </summary>
/// <remarks>
/// Disposing a connection whose writing side is still open ends it in order, as <see cref="CompleteWrites"/> does; what was not read is
/// dropped, and the other side is asked to stop sending.
/// </remarks>
#pragma warning disable CA1710 // What it is to its users is a connection; that it is a stream too is its form.
public sealed class ConnetConnection : Stream
#pragma warning restore CA1710
{
    private readonly QuicStream _stream;
    private readonly Stream _content;
    private readonly PeerPath _path;
    private int _isDisposed;

    /// <param name="stream">The stream of the path; the path counts it until this connection is disposed of.</param>
    /// <param name="content">What is read and written: the stream itself, or the encryption over it.</param>
    /// <param name="path">Where the stream is from.</param>
    /// <param name="isEncrypted">Whether only the two clients can read the bytes.</param>
    /// <param name="peerId">The other client, where it is known.</param>
    internal ConnetConnection(QuicStream stream, Stream content, PeerPath path, bool isEncrypted, string? peerId)
    {
        _stream = stream;
        _content = content;
        _path = path;
        IsEncrypted = isEncrypted;
        PeerId = peerId;
    }

    /// <summary>How the bytes travel.</summary>
    public ConnetPathKind PathKind => _path.Kind;

    /// <summary>Whether the bytes are readable to nobody but the two clients: always on a direct path, through a relay if it was negotiated.</summary>
    public bool IsEncrypted { get; }

    /// <summary>The other client, as the control server names it; null where a relay chose the client and the connection is not encrypted.</summary>
    public string? PeerId { get; }

    /// <summary>The address of this client's socket.</summary>
    public EndPoint LocalEndPoint => _path.Connection.LocalEndPoint;

    /// <summary>The address of the other client, or of the relay.</summary>
    public EndPoint RemoteEndPoint => _path.Connection.RemoteEndPoint;

    /// <summary>The smoothed round-trip time to the other client, or to the relay.</summary>
    public TimeSpan RoundTripTime => _path.Connection.SmoothedRtt;

    /// <inheritdoc/>
    public override bool CanRead => _content.CanRead;

    /// <inheritdoc/>
    public override bool CanWrite => _content.CanWrite;

    /// <inheritdoc/>
    public override bool CanSeek => false;

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

    internal QuicStream QuicStream => _stream;

    internal PeerPath Path => _path;

    /// <summary>Where the datagrams of a flow arrive whose stream this is; set before anybody else has it.</summary>
    internal DatagramQueue? Received { get; set; }

    /// <summary>Where load balancing counts the connection until it is disposed of; set before anybody else has it.</summary>
    internal PeerLoad? Load { get; set; }

    /// <summary>Ends the writing side in order: the other side reads everything and then the end, and may go on sending.</summary>
    /// <exception cref="InvalidOperationException">A write is pending.</exception>
    public void CompleteWrites()
    {
        if (_content is TlsRelayStream tls)
        {
            tls.CompleteWrites();
        }
        else
        {
            _stream.CompleteWrites();
        }
    }

    /// <summary>Ends both directions at once; the other side learns that it is no orderly end.</summary>
    /// <param name="code">Told to the other side; 0 to 2^62 − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The code is out of range.</exception>
    public void Abort(long code) => _stream.Abort(QuicAbortDirection.Both, code);

    /// <summary>Reads what has arrived, waiting for the first byte.</summary>
    /// <param name="buffer">Where the bytes go.</param>
    /// <param name="cancellationToken">Gives up the wait; nothing is lost by it.</param>
    /// <returns>How many bytes were read; 0 at the end.</returns>
    /// <exception cref="ConnetConnectionException">
    /// The other side reset the connection, the path was lost, or what came through a relay is not what the other side sent.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is QuicException or ProtocolException)
        {
            throw Translate(exception);
        }
    }

    /// <summary>Writes all of the buffer, waiting while the other side does not read.</summary>
    /// <param name="buffer">What to write.</param>
    /// <param name="cancellationToken">Gives up the wait. Part of the buffer may have been written: abort the connection then.</param>
    /// <returns>A task that completes when everything was taken over.</returns>
    /// <exception cref="ConnetConnectionException">The other side reads no more, or the path was lost.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await _content.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is QuicException or ProtocolException)
        {
            throw Translate(exception);
        }
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
    public override string ToString() => $"{PathKind} connection with {PeerId ?? RemoteEndPoint.ToString()}";

    /// <summary>The connection as one end of a forwarding.</summary>
    internal ConnectionChannel AsDuplexChannel() => new(this);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            if (Received is not null)
            {
                _path.Datagrams.Remove(_stream.Id);
            }

            _content.Dispose();
            Load?.Remove();
            _path.ReleaseWhenWritten(_stream);
        }

        base.Dispose(disposing);
    }

    private static ConnetConnectionException Translate(Exception exception) =>
        new(exception.Message, (exception as QuicException)?.ApplicationErrorCode, exception);

    private static NotSupportedException OnlyAsync() =>
        new("A connection is read and written asynchronously: use ReadAsync and WriteAsync.");
}
