using Connet.Quic.Core.Wire;

namespace Connet.Quic.Core.Recovery;

/// <summary>
/// The numbers of packets of one space that were declared lost since the window was last cut, in ascending order, so
/// that a late acknowledgement shows the loss to have been spurious (RFC 9002, section 6.1; RFC 9438, section 4.9).
/// </summary>
internal sealed class LostPackets
{
    /// <summary>Beyond this many the loss was hardly spurious, and is not undone.</summary>
    private const int Limit = 64;

    private long[] _numbers = [];

    public int Count { get; private set; }

    /// <summary>Notes a lost packet, larger than all before; false if there are too many.</summary>
    public bool TryAdd(long number)
    {
        if (Count == Limit)
        {
            return false;
        }

        if (_numbers.Length == 0)
        {
            _numbers = new long[Limit];
        }

        _numbers[Count++] = number;
        return true;
    }

    /// <summary>Forgets the packets of an acknowledged range and returns how many they were.</summary>
    public int RemoveAcked(PacketNumberRange range)
    {
        if (Count == 0 || range.Largest < _numbers[0] || range.Smallest > _numbers[Count - 1])
        {
            return 0;
        }

        int kept = 0;
        for (int i = 0; i < Count; i++)
        {
            long number = _numbers[i];
            if (number < range.Smallest || number > range.Largest)
            {
                _numbers[kept++] = number;
            }
        }

        int removed = Count - kept;
        Count = kept;
        return removed;
    }

    /// <summary>Forgets all but the newest <paramref name="count"/>.</summary>
    public void KeepNewest(int count)
    {
        int dropped = Math.Max(0, Count - count);
        Array.Copy(_numbers, dropped, _numbers, 0, Count - dropped);
        Count -= dropped;
    }

    public void Clear() => Count = 0;
}
