namespace Connet.Quic.Core.Streams;

/// <summary>
/// The pages that hold stream data, sent and received, of one connection. A plain stack and not a shared pool: pages
/// never travel between connections, so one peer's bytes cannot surface in another's buffer, and renting needs no lock.
/// </summary>
internal sealed class PagePool(int maxIdlePages = PagePool.DefaultMaxIdlePages)
{
    /// <summary>
    /// Bytes in a page: about seven packets' worth, so that a mostly idle stream costs little and a bulk one few page changes.
    /// </summary>
    public const int PageSize = 8192;

    /// <summary>The pages kept for reuse by default (16 MiB): as many as one stream at its largest window turns over.</summary>
    public const int DefaultMaxIdlePages = 2048;

    private readonly Stack<byte[]> _idle = new();

    /// <summary>The pages rented and not yet returned.</summary>
    public int RentedPages { get; private set; }

    /// <summary>The pages waiting for reuse.</summary>
    public int IdlePages => _idle.Count;

    /// <summary>Hands out a page of <see cref="PageSize"/> bytes with arbitrary contents.</summary>
    public byte[] Rent()
    {
        RentedPages++;
        return _idle.TryPop(out byte[]? page) ? page : GC.AllocateUninitializedArray<byte>(PageSize);
    }

    /// <summary>Takes a page back; beyond the bound it is left to the garbage collector.</summary>
    public void Return(byte[] page)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(page.Length, PageSize);
        RentedPages--;
        if (_idle.Count < maxIdlePages)
        {
            _idle.Push(page);
        }
    }

    /// <summary>Drops the idle pages, for a connection that has gone quiet.</summary>
    public void Trim()
    {
        _idle.Clear();
        _idle.TrimExcess();
    }
}
