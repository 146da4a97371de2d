namespace Connet.Quic.Core.Streams;

/// <summary>
/// The pages of one direction of one stream, found by stream offset. A page is rented when a byte of it is first touched,
/// so memory follows the bytes that arrived and never their offsets; only the table of references (8 bytes for 8 KiB of
/// the span in use, which flow control bounds) covers the gaps.
/// </summary>
internal sealed class PageRing(PagePool pool)
{
    private const int SmallestTable = 8;

    private byte[]?[] _slots = [];

    private long _firstPage;

    /// <summary>The page after the highest one touched.</summary>
    private long _endPage;

    /// <summary>The bytes from <paramref name="offset"/> to the end of its page, which is rented if need be.</summary>
    public Span<byte> Touch(long offset)
    {
        long page = offset / PagePool.PageSize;
        if (page >= _endPage)
        {
            EnsureTable(page - _firstPage + 1);
            _endPage = page + 1;
        }

        ref byte[]? slot = ref _slots[page & (_slots.Length - 1)];
        slot ??= pool.Rent();
        return slot.AsSpan((int)(offset % PagePool.PageSize));
    }

    /// <summary>The bytes from <paramref name="offset"/>, of a page touched before, to the end of its page.</summary>
    public ReadOnlySpan<byte> Peek(long offset) =>
        _slots[(offset / PagePool.PageSize) & (_slots.Length - 1)].AsSpan((int)(offset % PagePool.PageSize));

    /// <summary>Copies bytes of touched pages out.</summary>
    public void CopyTo(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            ReadOnlySpan<byte> source = Peek(offset);
            int count = Math.Min(source.Length, destination.Length);
            source[..count].CopyTo(destination);
            destination = destination[count..];
            offset += count;
        }
    }

    /// <summary>Copies bytes in, touching the pages they fall on.</summary>
    public void CopyFrom(long offset, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            Span<byte> destination = Touch(offset);
            int count = Math.Min(source.Length, destination.Length);
            source[..count].CopyTo(destination);
            source = source[count..];
            offset += count;
        }
    }

    /// <summary>Returns the pages that lie wholly before <paramref name="offset"/>; nothing before it is touched again.</summary>
    public void ReleaseBefore(long offset)
    {
        long page = offset / PagePool.PageSize;
        for (; _firstPage < Math.Min(page, _endPage); _firstPage++)
        {
            Release(_firstPage);
        }

        _firstPage = Math.Max(_firstPage, page);
        _endPage = Math.Max(_endPage, _firstPage);
    }

    /// <summary>Returns every page; the next byte touched is at <paramref name="nextOffset"/> or later.</summary>
    public void ReleaseAll(long nextOffset)
    {
        for (long page = _firstPage; page < _endPage; page++)
        {
            Release(page);
        }

        _firstPage = _endPage = nextOffset / PagePool.PageSize;
    }

    private void Release(long page)
    {
        ref byte[]? slot = ref _slots[page & (_slots.Length - 1)];
        if (slot is not null)
        {
            pool.Return(slot);
            slot = null;
        }
    }

    private void EnsureTable(long span)
    {
        if (span <= _slots.Length)
        {
            return;
        }

        int length = Math.Max(SmallestTable, _slots.Length);
        while (length < span)
        {
            length = checked(length * 2);
        }

        byte[]?[] larger = new byte[]?[length];
        for (long page = _firstPage; page < _endPage; page++)
        {
            larger[page & (length - 1)] = _slots[page & (_slots.Length - 1)];
        }

        _slots = larger;
    }
}
