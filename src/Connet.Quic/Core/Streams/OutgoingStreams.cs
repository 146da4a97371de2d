namespace Connet.Quic.Core.Streams;

/// <summary>How many streams of one type we opened and may open (RFC 9000, section 4.6), within a bound of our own.</summary>
internal sealed class OutgoingStreams(long maxConcurrent)
{
    private long _forgotten;

    /// <summary>The peer's MAX_STREAMS and the streams opened under it.</summary>
    public SendCredit Credit { get; } = new(0);

    /// <summary>The number of streams opened so far, which is also the index of the next.</summary>
    public long Opened => Credit.Used;

    /// <summary>Whether an attempt to open failed and the application is to hear when the next can succeed.</summary>
    public bool IsWanted { get; private set; }

    /// <summary>Takes the place of a new stream; where the peer's limit is in the way it is to be told, once per limit.</summary>
    public bool TryOpen(out long index)
    {
        index = Opened;
        if (Credit.Available > 0 && Opened - _forgotten < maxConcurrent)
        {
            IsWanted = false;
            Credit.Take(1);
            return true;
        }

        IsWanted = true;
        if (Credit.Available == 0)
        {
            Credit.ReportBlocked();
        }

        return false;
    }

    public void OnForgotten() => _forgotten++;

    /// <summary>Whether an application that waits can go on; says so once.</summary>
    public bool TakeAvailability()
    {
        bool available = IsWanted && Credit.Available > 0 && Opened - _forgotten < maxConcurrent;
        IsWanted &= !available;
        return available;
    }
}
