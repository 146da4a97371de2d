using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Core.Streams;

/// <summary>
/// All streams of a connection (RFC 9000, sections 2 to 4): what the application does with them, what frames say about
/// them, what is to be sent, and what the application is to hear. This half is the application's; the other the connection's.
/// </summary>
internal sealed partial class StreamMap
{
    /// <summary>What one stream may hold unacknowledged whatever the others hold: a short exchange never waits for bulk transfers.</summary>
    private const int StreamShare = 64 * 1024;

    private readonly StreamEvents _events = new();

    private readonly StreamTable _table;

    private readonly ConnectionFlow _flow;

    private readonly StreamTransmitter _transmitter;

    private readonly StreamDelivery _delivery;

    public StreamMap(bool isServer, StreamLimits local, PagePool pool)
    {
        local.Validate();
        Limits = local;
        _table = new StreamTable(isServer, local, pool, _events);
        _flow = new ConnectionFlow(local, _events);
        _transmitter = new StreamTransmitter(_table, _flow);
        _delivery = new StreamDelivery(_table, _flow, _events, _transmitter);
    }

    /// <summary>Our limits, with the values for the transport parameters.</summary>
    public StreamLimits Limits { get; }

    /// <summary>The streams not forgotten, both sides' together.</summary>
    public int OpenCount => _table.Count;

    /// <summary>The bytes written and not acknowledged, on all streams.</summary>
    public long BufferedSendBytes => _flow.BufferedSendBytes;

    /// <summary>The bytes that the peer has used of the connection's credit and that were neither read nor discarded.</summary>
    public long UnreadBytes => _flow.Receive.Received - _flow.Receive.Consumed;

    /// <summary>What the connection's credit lets the application write now, on all streams together.</summary>
    public long SendCredit => _flow.Send.Available;

    /// <summary>What the connection's credit lets the peer send now, on all streams together.</summary>
    public long ReceiveCredit => _flow.Receive.Limit - _flow.Receive.Received;

    /// <summary>The bytes received and not read, on all streams. Walks the streams: for diagnostics.</summary>
    public long BufferedReceiveBytes => _table.BufferedReceiveBytes;

    /// <summary>
    /// The credit given on all streams and not consumed; never more than <see cref="StreamLimits.ReceiveBudget"/>. Walks the
    /// streams: for diagnostics.
    /// </summary>
    public long OutstandingReceiveCredit => _table.OutstandingReceiveCredit;

    /// <summary>Opens the next stream of a type. When it cannot, a StreamsAvailable event says when it can.</summary>
    public bool TryOpen(bool unidirectional, out StreamId id) => _table.TryOpen(unidirectional, out id);

    /// <summary>Takes the next stream the peer opened.</summary>
    public bool TryAccept(out StreamId id)
    {
        bool accepted = _table.TryAccept(out StreamEntry? entry);
        id = entry?.Id ?? default(StreamId);
        return accepted;
    }

    /// <summary>
    /// Takes bytes to send: as many as the stream's and the connection's credit, the stream's buffer and
    /// <paramref name="sendRoom"/>, the bound of what is written and not acknowledged, allow. Credit is used from here
    /// on, so all that is taken can be sent.
    /// </summary>
    public WriteResult Write(StreamId id, ReadOnlySpan<byte> data, int sendRoom, out int written)
    {
        written = 0;
        if (!_table.TryGet(id, out StreamEntry? entry))
        {
            return _table.WasOpened(id) ? WriteResult.Closed : WriteResult.Unknown;
        }

        if (entry.Sending is not SendingPart sending)
        {
            return WriteResult.Unknown;
        }

        if (!sending.CanWrite)
        {
            return sending.StopCode is null ? WriteResult.Closed : WriteResult.Stopped;
        }

        // What is buffered counts for all streams together, so that many of them cannot fill the memory with what has to
        // wait anyway; a little each may have however much the others wait with.
        long shared = sendRoom - BufferedSendBytes;
        long own = Math.Min(sendRoom, StreamShare) - sending.Held;
        long room = Math.Min(Math.Max(shared, own), Limits.MaxSendBuffer - sending.Held);
        long credit = Math.Min(sending.Credit.Available, _flow.Send.Available);
        written = (int)Math.Clamp(Math.Min(room, credit), 0, data.Length);
        if (written > 0)
        {
            sending.Write(data[..written]);
            _flow.OnWritten(written);
        }

        if (written < data.Length)
        {
            NoteBlocked(entry, sending);
        }

        _transmitter.Schedule(entry);
        return written > 0 || data.IsEmpty ? WriteResult.Ok : WriteResult.Blocked;
    }

    /// <summary>Ends a stream after what was written; false if it was reset, is forgotten or only receives.</summary>
    public bool TryFinish(StreamId id)
    {
        if (!_table.TryGet(id, out StreamEntry? entry) || entry.Sending is not SendingPart sending || !sending.TryFinish())
        {
            return false;
        }

        entry.IsWriterBlocked = false;
        sending.Credit.CancelReport();
        _transmitter.Schedule(entry);
        return true;
    }

    /// <summary>Gives up sending on a stream (RFC 9000, section 19.4). Without effect once the peer has everything.</summary>
    public void Reset(StreamId id, long code)
    {
        CheckCode(code);
        if (_table.TryGet(id, out StreamEntry? entry) && entry.Sending is SendingPart sending)
        {
            ResetSending(entry, sending, code);
        }
    }

    /// <summary>Gives received bytes to the application and, as it takes them, credit to the peer.</summary>
    public ReadResult Read(Timestamp now, TimeSpan smoothedRtt, StreamId id, Span<byte> destination, out int read)
    {
        read = 0;
        if (!_table.TryGet(id, out StreamEntry? entry))
        {
            return _table.WasOpened(id) ? ReadResult.Closed : ReadResult.Unknown;
        }

        if (entry.Receiving is not ReceivingPart receiving)
        {
            return ReadResult.Unknown;
        }

        ReadResult result = receiving.Read(now, smoothedRtt, destination, _flow.Receive, _flow.Growth, out read);
        if (result == ReadResult.Ok)
        {
            _transmitter.Schedule(entry);
        }
        else if (result is ReadResult.End or ReadResult.Reset)
        {
            _events.RaiseClosedIfDone(entry);
        }

        return result;
    }

    /// <summary>Gives up reading a stream (RFC 9000, section 19.5). What was received is dropped.</summary>
    public void StopSending(StreamId id, long code)
    {
        CheckCode(code);
        if (_table.TryGet(id, out StreamEntry? entry) && entry.Receiving is ReceivingPart receiving
            && receiving.TryStop(code, _flow.Receive))
        {
            _transmitter.Schedule(entry);
            _events.RaiseClosedIfDone(entry);
        }
    }

    /// <summary>Lifts <see cref="StreamLimits.TrialBudget"/>.</summary>
    public void LiftTrial() => _flow.Receive.Lift();

    /// <summary>The code with which the peer reset the stream, while the stream is not forgotten.</summary>
    public long? PeerResetCode(StreamId id) => _table.TryGet(id, out StreamEntry? entry) ? entry.Receiving?.ResetCode : null;

    /// <summary>The code with which the peer asked to stop, while the stream is not forgotten.</summary>
    public long? PeerStopCode(StreamId id) => _table.TryGet(id, out StreamEntry? entry) ? entry.Sending?.StopCode : null;

    /// <summary>Whether a read would give something: bytes, the end, or the news of a reset.</summary>
    public bool IsReadable(StreamId id) => _table.TryGet(id, out StreamEntry? entry) && entry.Receiving is { IsReadable: true };

    /// <summary>Whether the peer has everything that was written, and the end; false also once the stream is forgotten.</summary>
    public bool IsWriteComplete(StreamId id) =>
        _table.TryGet(id, out StreamEntry? entry) && entry.Sending is { State: SendingState.DataReceived };

    private static void CheckCode(long code)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(code);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(code, VarInt.MaxValue);
    }

    private void ResetSending(StreamEntry entry, SendingPart sending, long code)
    {
        if (sending.TryReset(code, out long unsent, out long dropped))
        {
            entry.IsWriterBlocked = false;
            _flow.OnReset(unsent, dropped);
            _transmitter.Schedule(entry);
        }
    }

    /// <summary>
    /// A write was cut short: tells the peer where its limits did that (RFC 9000, section 4.1), and remembers whom to wake.
    /// </summary>
    private void NoteBlocked(StreamEntry entry, SendingPart sending)
    {
        entry.IsWriterBlocked = true;
        if (_flow.Send.Available == 0)
        {
            _flow.Send.ReportBlocked();
        }

        if (sending.Credit.Available == 0)
        {
            // MAX_STREAM_DATA wakes it; if something shared is in the way as well, the next attempt finds out.
            sending.Credit.ReportBlocked();
            return;
        }

        _flow.Writers.Add(entry);
    }
}
