using System.Threading.Channels;

namespace Connet.Protocol.Tests.Encryption.Tls;

/// <summary>
/// One direction between two sides, as a relay sees it: every record that is written is kept, and may be changed, left out, or be the last one.
/// </summary>
/// <param name="capacity">How many records may wait to be read.</param>
internal sealed class TlsLane(int capacity = int.MaxValue)
{
    private readonly Channel<byte[]> _records = Channel.CreateBounded<byte[]>(capacity);
    private byte[] _rest = [];

    /// <summary>What was written, record by record.</summary>
    public List<byte[]> Sent { get; } = [];

    /// <summary>What becomes of a record: its number and its bytes in, what is passed on out; null ends the stream there.</summary>
    public Func<int, byte[], byte[]?> Pass { get; set; } = (_, record) => record;

    /// <summary>The number of the record after which the stream ends, for the reader.</summary>
    public int Last { get; set; } = int.MaxValue;

    /// <summary>Whether the writer has ended the stream in order.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>The code of a writer that reset the stream.</summary>
    public long? ResetCode { get; private set; }

    /// <summary>The code of a reader that reads no more.</summary>
    public long? StopCode { get; private set; }

    /// <summary>Whether somebody waits for room.</summary>
    public TaskCompletionSource Full { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public byte[] AllSent => [.. Sent.SelectMany(record => record)];

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, bool isLast, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        foreach (byte[] record in Split(buffer.ToArray()))
        {
            int number = Sent.Count;
            Sent.Add(record);
            byte[]? passed = Pass(number, record);
            if (passed is null)
            {
                _records.Writer.TryComplete();
            }
            else if (passed.Length > 0 && !_records.Writer.TryWrite(passed) && !_records.Reader.Completion.IsCompleted)
            {
                Full.TrySetResult();
                try
                {
                    await _records.Writer.WriteAsync(passed, cancellationToken);
                }
                catch (ChannelClosedException)
                {
                    throw new IOException("stopped");
                }
            }

            if (number == Last)
            {
                _records.Writer.TryComplete();
            }
        }

        if (StopCode is not null)
        {
            throw new IOException("stopped");
        }

        IsEnded |= isLast;
        if (isLast)
        {
            _records.Writer.TryComplete();
        }
    }

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (_rest.Length == 0)
        {
            if (!await _records.Reader.WaitToReadAsync(cancellationToken))
            {
                return 0;
            }

            if (_records.Reader.TryRead(out byte[]? next))
            {
                _rest = next;
            }
        }

        int count = Math.Min(buffer.Length, _rest.Length);
        _rest.AsSpan(0, count).CopyTo(buffer.Span);
        _rest = _rest[count..];
        return count;
    }

    public void Reset(long code)
    {
        ResetCode ??= code;
        _records.Writer.TryComplete(new IOException($"reset {code}"));
    }

    public void Stop(long code)
    {
        StopCode ??= code;
        _records.Writer.TryComplete();
        while (_records.Reader.TryRead(out _))
        {
        }
    }

    private static IEnumerable<byte[]> Split(byte[] bytes)
    {
        for (int at = 0; at < bytes.Length;)
        {
            int length = 5 + (bytes[at + 3] << 8) + bytes[at + 4];
            yield return bytes[at..(at + length)];
            at += length;
        }
    }
}
