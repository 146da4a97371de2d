using System.Diagnostics;

namespace Connet.Quic.Core.Streams;

/// <summary>
/// The sending part of a stream (RFC 9000, section 3.1): keeps what the application wrote until the peer has it, and says
/// which bytes go next. Bytes declared lost go before bytes never sent.
/// </summary>
internal sealed class SendingPart(PagePool pool, long limit)
{
    private readonly PageRing _pages = new(pool);

    /// <summary>What was acknowledged beyond <see cref="_acknowledgedPrefix"/>.</summary>
    private readonly RangeSet _acknowledged = new();

    private readonly RangeSet _lost = new();

    private long _acknowledgedPrefix;

    private bool _isFinPending;

    private bool _isFinSent;

    private bool _isFinAcknowledged;

    private bool _isResetAcknowledged;

    /// <summary>The peer's limit for this stream and how much of it was written.</summary>
    public SendCredit Credit { get; } = new(limit);

    /// <summary>The bytes written so far, which is the next byte's offset.</summary>
    public long Written { get; private set; }

    /// <summary>The first byte never sent. After a reset this is the final size (RFC 9000, section 4.5).</summary>
    public long Sent { get; private set; }

    /// <summary>The bytes written and not acknowledged, each counted once.</summary>
    public long Unacknowledged { get; private set; }

    /// <summary>The span that pages are held for: from the first byte not acknowledged to the last written.</summary>
    public long Held => ResetCode is null ? Written - _acknowledgedPrefix : 0;

    /// <summary>Whether the application ended the stream.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>The code of the reset, ours or the one the peer's STOP_SENDING asked for.</summary>
    public long? ResetCode { get; private set; }

    /// <summary>Whether a RESET_STREAM frame is to be sent.</summary>
    public bool IsResetPending { get; private set; }

    /// <summary>The code of the peer's STOP_SENDING.</summary>
    public long? StopCode { get; private set; }

    public bool IsTerminal => State is SendingState.DataReceived or SendingState.ResetReceived;

    /// <summary>Whether the application may still write.</summary>
    public bool CanWrite => !IsFinished && ResetCode is null;

    /// <summary>Whether a STREAM frame is to be sent.</summary>
    public bool HasChunk => ResetCode is null && (_lost.Count > 0 || Sent < Written || _isFinPending);

    public SendingState State
    {
        get
        {
            if (ResetCode is not null)
            {
                return _isResetAcknowledged ? SendingState.ResetReceived : SendingState.ResetSent;
            }

            if (_isFinAcknowledged && _acknowledgedPrefix == Written)
            {
                return SendingState.DataReceived;
            }

            if (_isFinSent && Sent == Written)
            {
                return SendingState.DataSent;
            }

            return Sent > 0 || _isFinSent ? SendingState.Send : SendingState.Ready;
        }
    }

    /// <summary>Takes bytes from the application; the caller has checked that credit and room allow them.</summary>
    public void Write(ReadOnlySpan<byte> data)
    {
        Debug.Assert(CanWrite && data.Length <= Credit.Available, "Writes are bounded by the stream map.");
        _pages.CopyFrom(Written, data);
        Written += data.Length;
        Unacknowledged += data.Length;
        Credit.Take(data.Length);
    }

    /// <summary>Ends the stream after what was written; false if it was reset.</summary>
    public bool TryFinish()
    {
        if (ResetCode is not null)
        {
            return false;
        }

        _isFinPending = _isFinPending || !IsFinished;
        IsFinished = true;
        return true;
    }

    /// <summary>
    /// Abandons the stream (RFC 9000, section 3.1): drops the data and has RESET_STREAM sent. False when that changes
    /// nothing, because it was reset before or the peer has everything. The bytes that were never sent, whose connection
    /// credit the caller gets back, are in <paramref name="unsent"/>; all that were buffered in <paramref name="dropped"/>.
    /// </summary>
    public bool TryReset(long code, out long unsent, out long dropped)
    {
        unsent = 0;
        dropped = 0;
        if (ResetCode is not null || IsTerminal)
        {
            return false;
        }

        ResetCode = code;
        IsResetPending = true;
        unsent = Written - Sent;
        dropped = Unacknowledged;
        Unacknowledged = 0;
        _isFinPending = false;
        Credit.CancelReport();
        ReleaseBuffers();
        return true;
    }

    /// <summary>Notes the peer's STOP_SENDING; false if it is not the first or comes too late to matter.</summary>
    public bool TryStop(long code)
    {
        if (StopCode is not null || ResetCode is not null || IsTerminal)
        {
            return false;
        }

        StopCode = code;
        return true;
    }

    /// <summary>
    /// Where the next STREAM frame starts and how many bytes it could carry; <see cref="HasChunk"/> must hold. No bytes means
    /// only the end is left to send.
    /// </summary>
    public void PeekChunk(out long offset, out long available)
    {
        if (_lost.Count > 0)
        {
            offset = _lost[0].Start;
            available = _lost[0].Length;
            return;
        }

        offset = Sent;
        available = Written - Sent;
    }

    /// <summary>Whether a frame that reaches <paramref name="end"/> carries the FIN bit.</summary>
    public bool EndsAt(long end) => IsFinished && end == Written;

    /// <summary>Copies buffered bytes out, across pages.</summary>
    public void CopyTo(long offset, Span<byte> destination) => _pages.CopyTo(offset, destination);

    /// <summary>A frame with these bytes, the start of the chunk last peeked, was put into a packet.</summary>
    public void OnSent(long offset, int length, bool fin)
    {
        if (offset < Sent)
        {
            _lost.Remove(offset, offset + length);
        }
        else
        {
            Sent += length;
        }

        if (fin)
        {
            _isFinPending = false;
            _isFinSent = true;
        }
    }

    /// <summary>The peer has these bytes. Returns how many it is the first to say so for; they no longer count as buffered.</summary>
    public long OnAcknowledged(long offset, int length, bool fin)
    {
        if (ResetCode is not null)
        {
            return 0;
        }

        if (fin)
        {
            _isFinAcknowledged = true;
            _isFinPending = false;
        }

        long end = offset + length;
        long start = Math.Max(offset, _acknowledgedPrefix);
        if (start >= end)
        {
            return 0;
        }

        _lost.Remove(start, end);
        long added = Acknowledge(start, end);
        Unacknowledged -= added;
        return added;
    }

    /// <summary>
    /// The packet with these bytes was lost: what of them is not acknowledged by now is sent again (RFC 9000, section 13.3).
    /// </summary>
    public void OnLost(long offset, int length, bool fin)
    {
        if (ResetCode is not null)
        {
            return;
        }

        _isFinPending |= fin && !_isFinAcknowledged;
        long end = offset + length;
        long start = Math.Max(offset, _acknowledgedPrefix);
        _lost.Add(start, end);
        for (int i = _acknowledged.FirstEndingAfter(start); i < _acknowledged.Count && _acknowledged[i].Start < end; i++)
        {
            _lost.Remove(_acknowledged[i].Start, _acknowledged[i].End);
        }
    }

    public void OnResetSent() => IsResetPending = false;

    public void OnResetAcknowledged()
    {
        _isResetAcknowledged = true;
        IsResetPending = false;
    }

    public void OnResetLost() => IsResetPending = !_isResetAcknowledged;

    /// <summary>Returns all pages, when the connection ends.</summary>
    public void ReleaseBuffers()
    {
        _pages.ReleaseAll(Written);
        _acknowledged.Clear();
        _lost.Clear();
    }

    private long Acknowledge(long start, long end)
    {
        if (start > _acknowledgedPrefix)
        {
            return _acknowledged.Add(start, end);
        }

        long added = end - start;
        while (_acknowledged.Count > 0 && _acknowledged[0].Start <= end)
        {
            OffsetRange range = _acknowledged[0];
            added -= Math.Min(range.End, end) - range.Start;
            end = Math.Max(end, range.End);
            _acknowledged.RemoveFirst();
        }

        _acknowledgedPrefix = end;
        if (end == Written)
        {
            // An idle stream holds no page, not even the partly used one.
            _pages.ReleaseAll(end);
        }
        else
        {
            _pages.ReleaseBefore(end);
        }

        return added;
    }
}
