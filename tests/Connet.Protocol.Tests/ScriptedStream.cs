namespace Connet.Protocol.Tests;

/// <summary>
/// Gives its input in pieces of a chosen size, then ends, or waits until cancelled; keeps each write apart; can fail a write.
/// </summary>
internal sealed class ScriptedStream(byte[] input, int piece = int.MaxValue) : Stream
{
    private int _position;

    public List<byte[]> Writes { get; } = [];

    /// <summary>Bytes that nobody has read.</summary>
    public int Unread => input.Length - _position;

    /// <summary>From this position on a read waits until it is cancelled.</summary>
    public int StallAt { get; set; } = int.MaxValue;

    /// <summary>The largest buffer that a read was given.</summary>
    public int LargestRead { get; private set; }

    public bool FailWrites { get; set; }

    public bool IsDisposed { get; private set; }

    public byte[] Written => [.. Writes.SelectMany(write => write)];

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_position >= StallAt)
        {
            TaskCompletionSource<int> never = new();
            await using CancellationTokenRegistration registration = cancellationToken.Register(() => never.SetCanceled(cancellationToken));
            return await never.Task;
        }

        LargestRead = Math.Max(LargestRead, buffer.Length);
        int count = Math.Min(Math.Min(buffer.Length, piece), Math.Min(Unread, StallAt - _position));
        input.AsMemory(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (FailWrites)
        {
            throw new IOException("The stream was reset.");
        }

        Writes.Add(buffer.ToArray());
        return ValueTask.CompletedTask;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}
