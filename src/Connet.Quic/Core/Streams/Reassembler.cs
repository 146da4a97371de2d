namespace Connet.Quic.Core.Streams;

/// <summary>
/// Puts the received bytes of a stream in order (RFC 9000, section 2.2). Bytes are copied to their place in pages, so no
/// packet buffer is held and small fragments cost no more than the pages they touch.
/// </summary>
internal sealed class Reassembler(PagePool pool)
{
    /// <summary>
    /// The gaps that received data may have in any case. A sender that sends every second byte passes this at once, and
    /// would make every insertion expensive.
    /// </summary>
    public const int MaxGaps = 1000;

    /// <summary>
    /// More gaps are fine where so many bytes were received for each: a large window on a path that loses much has many,
    /// and their cost stays small beside that of the data.
    /// </summary>
    public const int BytesPerGap = 512;

    private readonly PageRing _pages = new(pool);

    /// <summary>What was received beyond <see cref="ContiguousEnd"/>.</summary>
    private readonly RangeSet _ahead = new();

    /// <summary>The next byte to read.</summary>
    public long ReadOffset { get; private set; }

    /// <summary>The first byte that is missing.</summary>
    public long ContiguousEnd { get; private set; }

    /// <summary>The bytes received and not yet read, each counted once.</summary>
    public long Buffered { get; private set; }

    /// <summary>
    /// Stores what is new of <paramref name="data"/>. Of bytes received twice the first copy stays, so that a later packet
    /// cannot change data that may have been read. Returns false when the gaps became too many.
    /// </summary>
    public bool Insert(long offset, ReadOnlySpan<byte> data)
    {
        long end = offset + data.Length;
        long start = Math.Max(offset, ContiguousEnd);
        if (start >= end)
        {
            return true;
        }

        StoreMissing(start, data[(int)(start - offset)..]);
        if (start > ContiguousEnd)
        {
            Buffered += _ahead.Add(start, end);
            return _ahead.Count <= MaxGaps || _ahead.Count <= Buffered / BytesPerGap;
        }

        Advance(end);
        return true;
    }

    /// <summary>Copies bytes out in order and returns the pages they leave empty.</summary>
    public int Read(Span<byte> destination)
    {
        int count = (int)Math.Min(destination.Length, ContiguousEnd - ReadOffset);
        if (count == 0)
        {
            return 0;
        }

        _pages.CopyTo(ReadOffset, destination[..count]);
        ReadOffset += count;
        Buffered -= count;
        if (Buffered == 0)
        {
            // An idle stream holds no page, not even the partly used one.
            _pages.ReleaseAll(ReadOffset);
        }
        else
        {
            _pages.ReleaseBefore(ReadOffset);
        }

        return count;
    }

    /// <summary>Drops everything buffered and returns how many bytes that was.</summary>
    public long Discard()
    {
        long dropped = Buffered;
        Buffered = 0;
        ContiguousEnd = ReadOffset;
        _ahead.Clear();
        _pages.ReleaseAll(ReadOffset);
        return dropped;
    }

    private void StoreMissing(long start, ReadOnlySpan<byte> data)
    {
        long end = start + data.Length;
        long position = start;
        for (int i = _ahead.FirstEndingAfter(start); i < _ahead.Count && _ahead[i].Start < end; i++)
        {
            if (_ahead[i].Start > position)
            {
                _pages.CopyFrom(position, data[(int)(position - start)..(int)(_ahead[i].Start - start)]);
            }

            position = _ahead[i].End;
        }

        if (position < end)
        {
            _pages.CopyFrom(position, data[(int)(position - start)..]);
        }
    }

    private void Advance(long end)
    {
        long alreadyAhead = 0;
        long from = ContiguousEnd;
        while (_ahead.Count > 0 && _ahead[0].Start <= end)
        {
            alreadyAhead += _ahead[0].Length;
            end = Math.Max(end, _ahead[0].End);
            _ahead.RemoveFirst();
        }

        ContiguousEnd = end;
        Buffered += end - from - alreadyAhead;
    }
}
