namespace Connet.Quic.Core.Streams;

/// <summary>
/// How many streams of one type the peer opened and may open (RFC 9000, section 4.6). A stream's place is given again only
/// when it is forgotten, which takes the application and, for what we sent, the peer's acknowledgement: opening and
/// resetting streams in a loop gets the peer at most <paramref name="max"/> of them per round trip.
/// </summary>
internal sealed class IncomingStreams(int max)
{
    /// <summary>Places are given again when this part of them is free, or at once to a peer that has none left.</summary>
    private const int Batches = 8;

    private bool _isLost;

    /// <summary>The number of streams opened so far, which is also the index of the next.</summary>
    public long Opened { get; set; }

    public long Forgotten { get; private set; }

    /// <summary>The limit the peer was told.</summary>
    public long Limit { get; private set; } = max;

    public bool IsUpdateDue
    {
        get
        {
            long gain = Forgotten + max - Limit;
            return _isLost || (gain > 0 && (gain >= max / Batches || Opened == Limit));
        }
    }

    public void OnForgotten() => Forgotten++;

    /// <summary>Takes the value for a MAX_STREAMS frame.</summary>
    public long Advance()
    {
        _isLost = false;
        Limit = Forgotten + max;
        return Limit;
    }

    /// <summary>
    /// The frame that carried <paramref name="limit"/> was lost; if a later one is under way it does not matter (RFC 9000,
    /// section 13.3).
    /// </summary>
    public void OnLost(long limit) => _isLost |= limit == Limit;
}
