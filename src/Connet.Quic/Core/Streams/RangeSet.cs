namespace Connet.Quic.Core.Streams;

/// <summary>
/// A set of stream offsets as sorted, disjoint, non-touching ranges in one small array. Removal at the front and growth at
/// the back, which is what ordered traffic does, cost O(1) amortised; anything else costs a binary search and a move.
/// </summary>
internal sealed class RangeSet
{
    private OffsetRange[] _ranges = [];

    /// <summary>Where the first range is: ranges removed at the front leave room that is reclaimed when the array is full.</summary>
    private int _head;

    public int Count { get; private set; }

    public OffsetRange this[int index] => _ranges[_head + index];

    /// <summary>Adds the bytes from <paramref name="start"/> to before <paramref name="end"/> and says how many of them are new.</summary>
    public long Add(long start, long end)
    {
        if (start >= end)
        {
            return 0;
        }

        int first = FirstEndingAtOrAfter(start);
        int last = first;
        long covered = 0;
        long mergedStart = start;
        long mergedEnd = end;
        for (; last < Count && this[last].Start <= end; last++)
        {
            covered += this[last].Length;
            mergedStart = Math.Min(mergedStart, this[last].Start);
            mergedEnd = Math.Max(mergedEnd, this[last].End);
        }

        if (first == last)
        {
            InsertAt(first, new OffsetRange(start, end));
            return end - start;
        }

        _ranges[_head + first] = new OffsetRange(mergedStart, mergedEnd);
        RemoveAt(first + 1, last - first - 1);
        return mergedEnd - mergedStart - covered;
    }

    /// <summary>Removes the bytes from <paramref name="start"/> to before <paramref name="end"/>.</summary>
    public void Remove(long start, long end)
    {
        if (start >= end || Count == 0)
        {
            return;
        }

        int index = FirstEndingAfter(start);
        if (index < Count && this[index].Start < start)
        {
            OffsetRange range = this[index];
            _ranges[_head + index] = new OffsetRange(range.Start, start);
            index++;
            if (range.End > end)
            {
                InsertAt(index, new OffsetRange(end, range.End));
                return;
            }
        }

        int last = index;
        while (last < Count && this[last].End <= end)
        {
            last++;
        }

        if (last < Count && this[last].Start < end)
        {
            _ranges[_head + last] = new OffsetRange(end, this[last].End);
        }

        RemoveAt(index, last - index);
    }

    /// <summary>Removes the first range.</summary>
    public void RemoveFirst() => RemoveAt(0, 1);

    /// <summary>Where the first range is that ends after <paramref name="offset"/>; <see cref="Count"/> if none does.</summary>
    public int FirstEndingAfter(long offset) => FirstEndingAtOrAfter(offset + 1);

    public void Clear()
    {
        _head = 0;
        Count = 0;
    }

    private int FirstEndingAtOrAfter(long offset)
    {
        int low = 0;
        int high = Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (this[middle].End < offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private void InsertAt(int index, OffsetRange range)
    {
        if (_head + Count == _ranges.Length)
        {
            MakeRoom();
        }

        Span<OffsetRange> moved = _ranges.AsSpan(_head + index, Count - index);
        moved.CopyTo(_ranges.AsSpan(_head + index + 1));
        _ranges[_head + index] = range;
        Count++;
    }

    /// <summary>
    /// Moves the ranges to the array's start when half of it is free, so that the move is paid for by the removals before it.
    /// </summary>
    private void MakeRoom()
    {
        OffsetRange[] target = _head > 0 && _head >= _ranges.Length / 2 ? _ranges : new OffsetRange[Math.Max(4, _ranges.Length * 2)];
        _ranges.AsSpan(_head, Count).CopyTo(target);
        _ranges = target;
        _head = 0;
    }

    private void RemoveAt(int index, int count)
    {
        if (index == 0)
        {
            _head += count;
        }
        else if (count > 0)
        {
            _ranges.AsSpan(_head + index + count, Count - index - count).CopyTo(_ranges.AsSpan(_head + index));
        }

        Count -= count;
        if (Count == 0)
        {
            _head = 0;
        }
    }
}
