namespace Connet.Protocol.Encryption;

/// <summary>
/// A stream through a relay, encrypted by the <c>dhxcp</c> scheme. One read and one write may be under way at once. The scheme has
/// no closing mark: that the other side ended the stream between two frames rests on the relay's word.
/// </summary>
internal sealed class DhxcpStream : Stream
{
    private readonly Stream _inner;
    private readonly DhxcpReader _reader;
    private readonly DhxcpWriter _writer;

    private DhxcpStream(Stream inner, FrameCipher read, FrameCipher write)
    {
        _inner = inner;
        _reader = new DhxcpReader(inner, read);
        _writer = new DhxcpWriter(inner, write);
    }

    /// <inheritdoc/>
    public override bool CanRead => _inner.CanRead;

    /// <inheritdoc/>
    public override bool CanWrite => _inner.CanWrite;

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

    /// <summary>The source's side of a stream. Disposing of it disposes of <paramref name="inner"/>.</summary>
    public static DhxcpStream AtSource(Stream inner, DhxcpKeys keys) =>
        new(inner, FrameCipher.Create(keys.DestinationKey), FrameCipher.Create(keys.SourceKey));

    /// <summary>The destination's side of a stream. Disposing of it disposes of <paramref name="inner"/>.</summary>
    public static DhxcpStream AtDestination(Stream inner, DhxcpKeys keys) =>
        new(inner, FrameCipher.Create(keys.SourceKey), FrameCipher.Create(keys.DestinationKey));

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _reader.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Not supported: use the asynchronous methods.</summary>
    public override int Read(byte[] buffer, int offset, int count) => throw OnlyAsync();

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _writer.WriteAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Not supported: use the asynchronous methods.</summary>
    public override void Write(byte[] buffer, int offset, int count) => throw OnlyAsync();

    /// <inheritdoc/>
    public override void Flush() => _inner.Flush();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
            _reader.Dispose();
            _writer.Dispose();
        }

        base.Dispose(disposing);
    }

    private static NotSupportedException OnlyAsync() => new("An encrypted stream is read and written asynchronously: use ReadAsync and WriteAsync.");
}
