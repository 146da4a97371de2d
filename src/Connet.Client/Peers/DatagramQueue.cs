using System.Buffers;
using System.Threading.Channels;

namespace Connet.Client.Peers;

/// <summary>
/// Datagrams that wait, in order. What finds no room is dropped, as in the buffer of a socket: whoever adds never waits, and memory is bounded.
/// Anybody may add; one at a time takes.
/// </summary>
/// <param name="maxCount">How many may wait; this bounds what each costs beyond its bytes.</param>
/// <param name="maxBytes">How many bytes may wait.</param>
internal sealed class DatagramQueue(int maxCount, int maxBytes)
{
    /// <summary>What a flow keeps in each direction: about what systems give the buffer of a UDP socket.</summary>
    private const int FlowBytes = 256 * 1024;

    private const int FlowCount = 1024;

    private readonly Channel<(byte[] Buffer, int Length)> _waiting = Channel.CreateBounded<(byte[], int)>(new BoundedChannelOptions(maxCount) { SingleReader = true });
    private int _bytes;
    private long _dropped;

    /// <summary>A queue for one direction of a flow.</summary>
    public static DatagramQueue ForFlow() => new(FlowCount, FlowBytes);

    /// <summary>How many datagrams wait.</summary>
    public int Count => _waiting.Reader.Count;

    /// <summary>How many datagrams found no room.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>How many bytes wait, and with them a length of two bytes each.</summary>
    public int FramedLength => Volatile.Read(ref _bytes) + (2 * Count);

    /// <summary>Adds a copy of a datagram.</summary>
    /// <returns>False if it was dropped: there is no room, or the queue is complete.</returns>
    public bool TryAdd(ReadOnlySpan<byte> datagram)
    {
        if (Interlocked.Add(ref _bytes, datagram.Length) <= maxBytes)
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(datagram.Length);
            datagram.CopyTo(buffer);
            if (_waiting.Writer.TryWrite((buffer, datagram.Length)))
            {
                return true;
            }

            ArrayPool<byte>.Shared.Return(buffer);
        }

        Interlocked.Add(ref _bytes, -datagram.Length);
        Interlocked.Increment(ref _dropped);
        return false;
    }

    /// <summary>Waits until there is something to take.</summary>
    /// <returns>False when the queue is complete and empty.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _waiting.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>The length of the datagram that is taken next.</summary>
    public bool TryPeek(out int length)
    {
        bool any = _waiting.Reader.TryPeek(out (byte[] Buffer, int Length) next);
        length = next.Length;
        return any;
    }

    /// <summary>Takes a datagram. What does not fit into the buffer is cut off.</summary>
    public bool TryTake(Span<byte> buffer, out int length)
    {
        if (!_waiting.Reader.TryRead(out (byte[] Buffer, int Length) next))
        {
            length = 0;
            return false;
        }

        length = Math.Min(next.Length, buffer.Length);
        next.Buffer.AsSpan(0, length).CopyTo(buffer);
        Interlocked.Add(ref _bytes, -next.Length);
        ArrayPool<byte>.Shared.Return(next.Buffer);
        return true;
    }

    /// <summary>Takes nothing more in; what waits can still be taken.</summary>
    public void Complete() => _waiting.Writer.TryComplete();
}
