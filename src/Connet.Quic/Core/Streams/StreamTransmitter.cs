using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;

namespace Connet.Quic.Core.Streams;

/// <summary>
/// Puts the frames of all streams into packets. Streams with data take turns, a packet's worth each; other frames go
/// first, since they are small and let the peer go on.
/// </summary>
internal sealed class StreamTransmitter(StreamTable table, ConnectionFlow flow)
{
    /// <summary>
    /// RESET_STREAM is the longest of the control frames: a type and three varints. Less room than that waits for the next
    /// packet.
    /// </summary>
    private const int LongestControlFrame = 1 + (3 * 8);

    /// <summary>Data is not split to fill the last few bytes of a packet: the next header would cost as much.</summary>
    private const int SmallestFragment = 16;

    private readonly StreamQueue _senders = new(StreamQueueKind.Senders);

    private readonly StreamQueue _control = new(StreamQueueKind.Control);

    /// <summary>Whether <see cref="WriteControlFrames"/> or <see cref="WriteStreamFrames"/> has something to write.</summary>
    public bool HasPending => TryPeekSender(out _) || TryPeekControl(out _) || HasConnectionFrame(false) || HasConnectionFrame(true);

    /// <summary>Queues the stream for what it has to send.</summary>
    public void Schedule(StreamEntry entry)
    {
        if (entry.Sending is { HasChunk: true })
        {
            _senders.Enqueue(entry);
        }

        if (entry.HasControlFrame)
        {
            _control.Enqueue(entry);
        }
    }

    /// <summary>Writes limits, blocked signals, resets and stops, as far as there is room.</summary>
    public void WriteControlFrames(ref Span<byte> packet, SentFrameList sent)
    {
        WriteConnectionFrames(ref packet, sent);
        WriteStreamCountFrames(unidirectional: false, ref packet, sent);
        WriteStreamCountFrames(unidirectional: true, ref packet, sent);
        while (packet.Length >= LongestControlFrame && TryPeekControl(out StreamEntry? entry))
        {
            WriteStreamControl(entry, ref packet, sent);
        }
    }

    /// <summary>Writes STREAM frames, as far as there is room.</summary>
    public void WriteStreamFrames(ref Span<byte> packet, SentFrameList sent)
    {
        while (TryPeekSender(out StreamEntry? entry))
        {
            if (!TryWriteChunk(entry, entry.Sending!, ref packet, sent))
            {
                return;
            }

            _senders.TryDequeue(out _);
            if (entry.Sending!.HasChunk)
            {
                _senders.Enqueue(entry);
            }
        }
    }

    public void Clear()
    {
        _senders.Clear();
        _control.Clear();
    }

    private static bool TryWriteChunk(StreamEntry entry, SendingPart sending, ref Span<byte> packet, SentFrameList sent)
    {
        sending.PeekChunk(out long offset, out long available);
        int wanted = (int)Math.Min(available, packet.Length);
        int header = StreamFrame.HeaderLength(entry.Id, offset, wanted);
        int length = Math.Min(wanted, packet.Length - header);
        if (length < 0 || (length < available && length < SmallestFragment))
        {
            return false;
        }

        bool fin = sending.EndsAt(offset + length);
        StreamFrame.WriteHeader(ref packet, entry.Id, offset, length, fin);
        sending.CopyTo(offset, packet[..length]);
        packet = packet[length..];
        sending.OnSent(offset, length, fin);
        sent.Add(new SentFrame(SentFrameKind.Stream, entry.Id.Value, offset, length, fin));
        return true;
    }

    private static void WriteStreamControl(StreamEntry entry, ref Span<byte> packet, SentFrameList sent)
    {
        if (entry.Sending is { IsResetPending: true } reset)
        {
            bool written = new ResetStreamFrame(entry.Id, reset.ResetCode!.Value, reset.Sent).TryWrite(ref packet);
            Debug.Assert(written, "The room was checked.");
            reset.OnResetSent();
            sent.Add(new SentFrame(SentFrameKind.ResetStream, entry.Id.Value));
        }
        else if (entry.Receiving is { IsStopPending: true } stop)
        {
            bool written = new StopSendingFrame(entry.Id, stop.StopCode!.Value).TryWrite(ref packet);
            Debug.Assert(written, "The room was checked.");
            stop.OnStopSent();
            sent.Add(new SentFrame(SentFrameKind.StopSending, entry.Id.Value));
        }
        else if (entry.Receiving is { Window.IsUpdateDue: true } receiving)
        {
            long limit = receiving.Window.Advance();
            bool written = new MaxStreamDataFrame(entry.Id, limit).TryWrite(ref packet);
            Debug.Assert(written, "The room was checked.");
            sent.Add(new SentFrame(SentFrameKind.MaxStreamData, entry.Id.Value, limit));
        }
        else if (entry.Sending is { Credit.IsReportPending: true } sending)
        {
            bool written = new StreamDataBlockedFrame(entry.Id, sending.Credit.Limit).TryWrite(ref packet);
            Debug.Assert(written, "The room was checked.");
            sending.Credit.OnReportSent();
            sent.Add(new SentFrame(SentFrameKind.StreamDataBlocked, entry.Id.Value, sending.Credit.Limit));
        }
    }

    private void WriteConnectionFrames(ref Span<byte> packet, SentFrameList sent)
    {
        if (packet.Length >= LongestControlFrame && flow.Receive.IsUpdateDue)
        {
            long limit = flow.Receive.Advance();
            new MaxDataFrame(limit).TryWrite(ref packet);
            sent.Add(new SentFrame(SentFrameKind.MaxData, Offset: limit));
        }

        if (packet.Length >= LongestControlFrame && flow.Send.IsReportPending)
        {
            new DataBlockedFrame(flow.Send.Limit).TryWrite(ref packet);
            flow.Send.OnReportSent();
            sent.Add(new SentFrame(SentFrameKind.DataBlocked, Offset: flow.Send.Limit));
        }
    }

    private void WriteStreamCountFrames(bool unidirectional, ref Span<byte> packet, SentFrameList sent)
    {
        IncomingStreams incoming = table.Incoming(unidirectional);
        if (packet.Length >= LongestControlFrame && incoming.IsUpdateDue)
        {
            long limit = incoming.Advance();
            new MaxStreamsFrame(unidirectional, limit).TryWrite(ref packet);
            SentFrameKind kind = unidirectional ? SentFrameKind.MaxStreamsUnidirectional : SentFrameKind.MaxStreamsBidirectional;
            sent.Add(new SentFrame(kind, Offset: limit));
        }

        SendCredit outgoing = table.Outgoing(unidirectional).Credit;
        if (packet.Length >= LongestControlFrame && outgoing.IsReportPending)
        {
            new StreamsBlockedFrame(unidirectional, outgoing.Limit).TryWrite(ref packet);
            outgoing.OnReportSent();
            SentFrameKind kind = unidirectional ? SentFrameKind.StreamsBlockedUnidirectional : SentFrameKind.StreamsBlockedBidirectional;
            sent.Add(new SentFrame(kind, Offset: outgoing.Limit));
        }
    }

    private bool HasConnectionFrame(bool unidirectional) =>
        flow.Receive.IsUpdateDue || flow.Send.IsReportPending
        || table.Incoming(unidirectional).IsUpdateDue || table.Outgoing(unidirectional).Credit.IsReportPending;

    /// <summary>The next stream with data; those that lost the need since they were queued (acknowledged, reset) drop out here.</summary>
    private bool TryPeekSender([NotNullWhen(true)] out StreamEntry? entry)
    {
        while (_senders.TryPeek(out entry) && entry.Sending is not { HasChunk: true })
        {
            _senders.TryDequeue(out _);
        }

        return entry is not null;
    }

    private bool TryPeekControl([NotNullWhen(true)] out StreamEntry? entry)
    {
        while (_control.TryPeek(out entry) && !entry.HasControlFrame)
        {
            _control.TryDequeue(out _);
        }

        return entry is not null;
    }
}
