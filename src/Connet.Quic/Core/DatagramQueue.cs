using System.Buffers.Binary;
using Connet.Quic.Core.Streams;

namespace Connet.Quic.Core;

/// <summary>
/// Datagrams one after the other, in the order they came, each with its length before it. Memory follows what waits; the
/// pages are the connection's, so a queue in use allocates nothing.
/// </summary>
/// <param name="pages">Where the bytes are kept.</param>
/// <param name="maxBytes">The most bytes that wait; one datagram is always taken, however large.</param>
internal sealed class DatagramQueue(PagePool pages, int maxBytes)
{
    /// <summary>As many bytes of the limit stand for a datagram at least: without it, empty ones would wait without bound.</summary>
    public const int SmallestShare = 32;

    private const int LengthPrefix = sizeof(ushort);

    private readonly PageRing _ring = new(pages);
    private long _head;
    private long _tail;

    /// <summary>How many datagrams wait.</summary>
    public int Count { get; private set; }

    /// <summary>How many bytes wait, lengths aside.</summary>
    public int Bytes { get; private set; }

    /// <summary>The length of the next datagram; only where there is one.</summary>
    public int NextLength
    {
        get
        {
            Span<byte> prefix = stackalloc byte[LengthPrefix];
            _ring.CopyTo(_head, prefix);
            return BinaryPrimitives.ReadUInt16LittleEndian(prefix);
        }
    }

    /// <summary>Adds a datagram of at most 65,535 bytes; false, and nothing added, if the queue is full.</summary>
    public bool TryAdd(ReadOnlySpan<byte> datagram)
    {
        if (Count > 0 && (datagram.Length > maxBytes - Bytes || Count >= maxBytes / SmallestShare))
        {
            return false;
        }

        Span<byte> prefix = stackalloc byte[LengthPrefix];
        BinaryPrimitives.WriteUInt16LittleEndian(prefix, checked((ushort)datagram.Length));
        _ring.CopyFrom(_tail, prefix);
        _ring.CopyFrom(_tail + LengthPrefix, datagram);
        _tail += LengthPrefix + datagram.Length;
        Bytes += datagram.Length;
        Count++;
        return true;
    }

    /// <summary>Takes the next datagram, whose length <see cref="NextLength"/> says.</summary>
    public void Take(Span<byte> destination)
    {
        _ring.CopyTo(_head + LengthPrefix, destination[..NextLength]);
        Drop();
    }

    /// <summary>Takes the next datagram and forgets it.</summary>
    public void Drop()
    {
        int length = NextLength;
        _head += LengthPrefix + length;
        Bytes -= length;
        Count--;
        if (Count == 0)
        {
            _ring.ReleaseAll(_head);
        }
        else
        {
            _ring.ReleaseBefore(_head);
        }
    }

    public void Clear()
    {
        _head = _tail;
        Bytes = 0;
        Count = 0;
        _ring.ReleaseAll(_head);
    }
}
