using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Core.Streams;

/// <summary>
/// Applies the fate of sent frames: acknowledged, or lost and to be said again as far as it still matters (RFC 9000, section
/// 13.3).
/// </summary>
internal sealed class StreamDelivery(StreamTable table, ConnectionFlow flow, StreamEvents events, StreamTransmitter transmitter)
{
    /// <summary>The packet with the frame was acknowledged. Frames of other kinds than streams' are ignored.</summary>
    public void OnAcked(in SentFrame frame)
    {
        if (frame.Kind is not (SentFrameKind.Stream or SentFrameKind.ResetStream)
            || !table.TryGet(new StreamId(frame.Id), out StreamEntry? entry)
            || entry.Sending is not SendingPart sending)
        {
            return;
        }

        bool wasTerminal = sending.IsTerminal;
        if (frame.Kind == SentFrameKind.ResetStream)
        {
            sending.OnResetAcknowledged();
        }
        else
        {
            long bytes = sending.OnAcknowledged(frame.Offset, frame.Length, frame.Fin);
            if (bytes > 0)
            {
                flow.OnAcknowledged(bytes);
            }
        }

        if (!wasTerminal && sending.IsTerminal)
        {
            if (sending.State == SendingState.DataReceived)
            {
                events.Raise(StreamEventKind.Finished, entry);
            }

            events.RaiseClosedIfDone(entry);
        }
    }

    /// <summary>The packet with the frame was lost. Frames of other kinds than streams' are ignored.</summary>
    public void OnLost(in SentFrame frame)
    {
        switch (frame.Kind)
        {
            case SentFrameKind.MaxData:
                flow.Receive.OnLost(frame.Offset);
                break;
            case SentFrameKind.DataBlocked:
                flow.Send.OnReportLost(frame.Offset);
                break;
            case SentFrameKind.MaxStreamsBidirectional:
            case SentFrameKind.MaxStreamsUnidirectional:
                table.Incoming(frame.Kind == SentFrameKind.MaxStreamsUnidirectional).OnLost(frame.Offset);
                break;
            case SentFrameKind.StreamsBlockedBidirectional:
            case SentFrameKind.StreamsBlockedUnidirectional:
                table.Outgoing(frame.Kind == SentFrameKind.StreamsBlockedUnidirectional).Credit.OnReportLost(frame.Offset);
                break;
            default:
                OnStreamFrameLost(in frame);
                break;
        }
    }

    private void OnStreamFrameLost(in SentFrame frame)
    {
        if (frame.Kind is not (SentFrameKind.Stream or SentFrameKind.ResetStream or SentFrameKind.StopSending
            or SentFrameKind.MaxStreamData or SentFrameKind.StreamDataBlocked)
            || !table.TryGet(new StreamId(frame.Id), out StreamEntry? entry))
        {
            return;
        }

        switch (frame.Kind)
        {
            case SentFrameKind.Stream:
                entry.Sending?.OnLost(frame.Offset, frame.Length, frame.Fin);
                break;
            case SentFrameKind.ResetStream:
                entry.Sending?.OnResetLost();
                break;
            case SentFrameKind.StopSending:
                entry.Receiving?.OnStopLost();
                break;
            case SentFrameKind.MaxStreamData:
                entry.Receiving?.Window.OnLost(frame.Offset);
                break;
            default:
                if (entry.Sending is { CanWrite: true } sending)
                {
                    sending.Credit.OnReportLost(frame.Offset);
                }

                break;
        }

        transmitter.Schedule(entry);
    }
}
