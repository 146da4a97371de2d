namespace Connet.Quic.Core.Streams;

/// <summary>
/// What the peer allows to be sent, on a stream or on the connection (RFC 9000, section 4.1). Credit is taken when the
/// application writes, not when a packet leaves: whatever is buffered can be sent, so the packet builder never asks.
/// </summary>
internal sealed class SendCredit(long limit)
{
    private long _reportedLimit = -1;

    /// <summary>The peer's limit: an absolute offset or a sum of offsets.</summary>
    public long Limit { get; private set; } = limit;

    public long Used { get; private set; }

    public long Available => Limit - Used;

    /// <summary>Whether a DATA_BLOCKED or STREAM_DATA_BLOCKED frame with <see cref="Limit"/> is to be sent.</summary>
    public bool IsReportPending { get; private set; }

    /// <summary>
    /// Applies a limit from the peer. One that is not larger is ignored: frames may arrive in any order (RFC 9000, section 4.1).
    /// </summary>
    public bool TryRaise(long limit)
    {
        if (limit <= Limit)
        {
            return false;
        }

        Limit = limit;
        IsReportPending = false;
        return true;
    }

    public void Take(long bytes) => Used += bytes;

    /// <summary>Gives back credit for bytes that were written and will never be sent, because the stream was reset.</summary>
    public void GiveBack(long bytes) => Used -= bytes;

    /// <summary>
    /// Notes that the application wanted more; the peer is told once per limit (RFC 9000, section 4.1). True if it is to be told
    /// now.
    /// </summary>
    public bool ReportBlocked()
    {
        if (_reportedLimit == Limit)
        {
            return false;
        }

        _reportedLimit = Limit;
        IsReportPending = true;
        return true;
    }

    public void OnReportSent() => IsReportPending = false;

    /// <summary>
    /// The frame with <paramref name="limit"/> was lost: it is repeated only while that limit still blocks (RFC 9000, section
    /// 13.3).
    /// </summary>
    public bool OnReportLost(long limit)
    {
        IsReportPending = IsReportPending || (limit == Limit && Available == 0);
        return IsReportPending;
    }

    /// <summary>Forgets a report that is not sent yet, because the stream no longer sends.</summary>
    public void CancelReport() => IsReportPending = false;
}
