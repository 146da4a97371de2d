using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Core.Streams;

/// <content>The connection's half: peer limits, frames in, frames out, events.</content>
internal sealed partial class StreamMap
{
    /// <summary>Whether there are frames to write.</summary>
    public bool HasPending => _transmitter.HasPending;

    /// <summary>How often the peer said that a limit of ours holds it back; for diagnostics.</summary>
    public long PeerBlockedSignals { get; private set; }

    /// <summary>
    /// Applies the peer's transport parameters (RFC 9000, section 18.2), before any stream is open. "Local" and "remote"
    /// are the peer's words: the first is for streams it opens, the second for ours.
    /// </summary>
    public void SetPeerLimits(
        long initialMaxData,
        long maxStreamDataBidirectionalLocal,
        long maxStreamDataBidirectionalRemote,
        long maxStreamDataUnidirectional,
        long maxStreamsBidirectional,
        long maxStreamsUnidirectional)
    {
        _table.SetPeerLimits(new PeerStreamLimits(
            maxStreamDataBidirectionalLocal, maxStreamDataBidirectionalRemote, maxStreamDataUnidirectional));
        _ = HandleMaxData(new MaxDataFrame(initialMaxData));
        _ = HandleMaxStreams(new MaxStreamsFrame(Unidirectional: false, maxStreamsBidirectional));
        _ = HandleMaxStreams(new MaxStreamsFrame(Unidirectional: true, maxStreamsUnidirectional));
    }

    /// <summary>STREAM (RFC 9000, section 19.8).</summary>
    public TransportErrorCode HandleStream(in StreamFrame frame)
    {
        TransportErrorCode error = _table.Find(frame.Id, forReceiving: true, out StreamEntry? entry);
        if (error != TransportErrorCode.NoError || entry?.Receiving is not ReceivingPart receiving)
        {
            return error;
        }

        error = receiving.OnData(frame.Offset, frame.Data, frame.Fin, _flow.Receive, out bool becameReadable);
        if (becameReadable)
        {
            _events.Raise(StreamEventKind.Readable, entry);
        }

        _events.RaiseClosedIfDone(entry);
        return error;
    }

    /// <summary>RESET_STREAM (RFC 9000, section 19.4).</summary>
    public TransportErrorCode HandleReset(in ResetStreamFrame frame)
    {
        TransportErrorCode error = _table.Find(frame.Id, forReceiving: true, out StreamEntry? entry);
        if (error != TransportErrorCode.NoError || entry?.Receiving is not ReceivingPart receiving)
        {
            return error;
        }

        error = receiving.OnReset(frame.ErrorCode, frame.FinalSize, _flow.Receive, out bool isNews);
        if (isNews)
        {
            _events.Raise(StreamEventKind.Reset, entry);
        }

        _events.RaiseClosedIfDone(entry);
        return error;
    }

    /// <summary>
    /// STOP_SENDING (RFC 9000, section 19.5): the stream is reset with the peer's code (section 3.5), unless the peer has
    /// everything.
    /// </summary>
    public TransportErrorCode HandleStopSending(in StopSendingFrame frame)
    {
        TransportErrorCode error = _table.Find(frame.Id, forReceiving: false, out StreamEntry? entry);
        if (error == TransportErrorCode.NoError && entry?.Sending is SendingPart sending && sending.TryStop(frame.ErrorCode))
        {
            _events.Raise(StreamEventKind.Stopped, entry);
            ResetSending(entry, sending, frame.ErrorCode);
        }

        return error;
    }

    /// <summary>MAX_DATA (RFC 9000, section 19.9).</summary>
    public TransportErrorCode HandleMaxData(in MaxDataFrame frame)
    {
        if (_flow.Send.TryRaise(frame.Maximum))
        {
            _flow.Writers.WakeAll();
        }

        return TransportErrorCode.NoError;
    }

    /// <summary>MAX_STREAM_DATA (RFC 9000, section 19.10).</summary>
    public TransportErrorCode HandleMaxStreamData(in MaxStreamDataFrame frame)
    {
        TransportErrorCode error = _table.Find(frame.Id, forReceiving: false, out StreamEntry? entry);
        if (error == TransportErrorCode.NoError && entry?.Sending is SendingPart sending && sending.Credit.TryRaise(frame.Maximum))
        {
            _flow.Writers.Wake(entry);
        }

        return error;
    }

    /// <summary>MAX_STREAMS (RFC 9000, section 19.11).</summary>
    public TransportErrorCode HandleMaxStreams(in MaxStreamsFrame frame)
    {
        if (_table.Outgoing(frame.Unidirectional).Credit.TryRaise(frame.Maximum))
        {
            _table.RaiseIfAvailable(frame.Unidirectional);
        }

        return TransportErrorCode.NoError;
    }

    /// <summary>DATA_BLOCKED (RFC 9000, section 19.12). News only: limits are raised as data is read, and repeated when lost.</summary>
    public TransportErrorCode HandleDataBlocked(in DataBlockedFrame frame)
    {
        PeerBlockedSignals++;
        return TransportErrorCode.NoError;
    }

    /// <summary>STREAM_DATA_BLOCKED (RFC 9000, section 19.13). News only, but it opens the stream.</summary>
    public TransportErrorCode HandleStreamDataBlocked(in StreamDataBlockedFrame frame)
    {
        PeerBlockedSignals++;
        return _table.Find(frame.Id, forReceiving: true, out _);
    }

    /// <summary>STREAMS_BLOCKED (RFC 9000, section 19.14). News only: places are given again as streams end.</summary>
    public TransportErrorCode HandleStreamsBlocked(in StreamsBlockedFrame frame)
    {
        PeerBlockedSignals++;
        return TransportErrorCode.NoError;
    }

    /// <summary>Writes limits, blocked signals, resets and stops, as far as there is room.</summary>
    public void WriteControlFrames(ref Span<byte> packet, SentFrameList sent) => _transmitter.WriteControlFrames(ref packet, sent);

    /// <summary>Writes STREAM frames, as far as there is room: one stream may fill a packet, the next packet is another's.</summary>
    public void WriteStreamFrames(ref Span<byte> packet, SentFrameList sent) => _transmitter.WriteStreamFrames(ref packet, sent);

    /// <summary>The packet with the frame was acknowledged.</summary>
    public void OnAcked(in SentFrame frame) => _delivery.OnAcked(in frame);

    /// <summary>The packet with the frame was lost.</summary>
    public void OnLost(in SentFrame frame) => _delivery.OnLost(in frame);

    /// <summary>
    /// Hands out the next event. A stream is forgotten when its <see cref="StreamEventKind.Closed"/> event is handed out.
    /// </summary>
    public bool TryDequeueEvent(out StreamEvent streamEvent)
    {
        if (!_events.TryDequeue(out streamEvent, out StreamEntry? entry))
        {
            return false;
        }

        if (streamEvent.Kind == StreamEventKind.Closed && entry is not null)
        {
            _table.Forget(entry, _flow.Growth);
        }

        return true;
    }

    /// <summary>Forgets all streams and returns their pages, when the connection ends.</summary>
    /// <param name="keepReceived">
    /// Whether the application may still read what had arrived on its streams: the peer has been told that it arrived. The pages go when it has
    /// been read, or the stream is given up.
    /// </param>
    public void CloseAll(bool keepReceived)
    {
        _events.Clear();
        _transmitter.Clear();
        _flow.Writers.Clear();
        _table.Clear(keepReceived);
    }
}
