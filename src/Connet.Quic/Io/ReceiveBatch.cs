using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Io;

/// <summary>
/// The messages of one receive call, in buffers that are used again by the next. A message is one datagram, or several
/// of the same size back to back where the system coalesces. The bytes may be changed in place (decryption).
/// Used by one thread at a time.
/// </summary>
internal sealed class ReceiveBatch : IDisposable
{
    /// <summary>Enough that a call costs little per message when nothing coalesces (measured: 16 to 32).</summary>
    public const int DefaultCapacity = 32;

    /// <summary>Larger than any UDP payload and than any coalesced message, so that nothing is ever cut.</summary>
    public const int DefaultSlotSize = 65536;

    private readonly ReceivedMessage[] _messages;
    private byte[] _memory;

    public ReceiveBatch(int capacity = DefaultCapacity, int slotSize = DefaultSlotSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(slotSize, 1);
        _messages = new ReceivedMessage[capacity];
        _memory = GC.AllocateUninitializedArray<byte>(checked(capacity * slotSize), pinned: true);
        SlotSize = slotSize;
    }

    /// <summary>How many messages fit; 0 once disposed.</summary>
    public int Capacity => _memory.Length / SlotSize;

    /// <summary>The size of one message's buffer.</summary>
    public int SlotSize { get; }

    /// <summary>How many messages are here.</summary>
    public int Count { get; private set; }

    /// <summary>The whole buffer, one slot after another; pinned.</summary>
    internal Span<byte> Memory => _memory;

    /// <summary>The bytes of a message; empty for an empty datagram and for one that was cut.</summary>
    public Span<byte> Data(int index) => _memory.AsSpan(index * SlotSize, Message(index).Length);

    /// <summary>Who sent it; an IPv4 sender has the same form on every kind of socket.</summary>
    public NetworkAddress From(int index) => Message(index).From;

    /// <summary>The size of the datagrams in a message, of which the last may be shorter; the whole length for a single one.</summary>
    public int SegmentSize(int index) => Message(index).SegmentSize;

    /// <summary>The two ECN bits of the IP header; 0 where the system does not tell.</summary>
    public byte Ecn(int index) => Message(index).Ecn;

    /// <summary>Forgets all messages.</summary>
    public void Clear() => Count = 0;

    /// <summary>The buffer that the next <see cref="Commit"/> completes.</summary>
    public Span<byte> NextSlot() => _memory.AsSpan(Count * SlotSize, SlotSize);

    /// <summary>
    /// Adds the message whose bytes lie in the next slot. A segment size that makes no sense (a broken driver) is taken
    /// for a single datagram.
    /// </summary>
    public void Commit(int length, in NetworkAddress from, int segmentSize, byte ecn)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, SlotSize);
        int segment = segmentSize <= 0 || segmentSize > length ? length : segmentSize;
        _messages[Count] = new(length, segment, ecn, from);
        Count++;
    }

    /// <summary>Adds a copy of a message: for sockets that are not the system's (test networks).</summary>
    /// <returns>Whether there was room.</returns>
    public bool TryAdd(ReadOnlySpan<byte> data, in NetworkAddress from, byte ecn = 0, int segmentSize = 0)
    {
        if (Count >= Capacity || data.Length > SlotSize)
        {
            return false;
        }

        data.CopyTo(NextSlot());
        Commit(data.Length, from, segmentSize, ecn);
        return true;
    }

    public void Dispose()
    {
        Count = 0;
        _memory = [];
    }

    private ref readonly ReceivedMessage Message(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return ref _messages[index];
    }
}
