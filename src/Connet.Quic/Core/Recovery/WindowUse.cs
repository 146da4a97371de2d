namespace Connet.Quic.Core.Recovery;

/// <summary>
/// Whether the window is used well enough to grow (RFC 9002, section 7.8). What counts is the most that was in flight in
/// the round trip, as a burst that once filled the window drains while its ACKs come in.
/// </summary>
internal sealed class WindowUse
{
    private long _peak;
    private long _roundEnd = -1;

    /// <summary>The application has nothing more to send while there is room in the window.</summary>
    public bool ApplicationLimited { get; set; }

    public void OnPacketSent(long bytesInFlight) => _peak = Math.Max(_peak, bytesInFlight);

    /// <summary>A 1-RTT ACK arrived, while <paramref name="bytesInFlight"/> still counts what it acknowledges.</summary>
    public void OnAckReceived(long largestAcked, long largestSent, long bytesInFlight)
    {
        if (largestAcked > _roundEnd)
        {
            _roundEnd = largestSent;
            _peak = bytesInFlight;
        }
    }

    /// <summary>Whether the window must not grow. Slow start may double what is in flight, so half of it is enough there.</summary>
    public bool IsTooLittle(ICongestionController congestion)
    {
        long window = congestion.CongestionWindow;
        return ApplicationLimited && _peak < (congestion.InSlowStart ? window / 2 : window - (window / 8));
    }

    public void OnPathChanged() => _peak = 0;
}
