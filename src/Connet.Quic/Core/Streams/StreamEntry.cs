using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Core.Streams;

/// <summary>One stream: its parts and its places in the connection's queues. It decides nothing; the parts and the map do.</summary>
internal sealed class StreamEntry(StreamId id, SendingPart? sending, ReceivingPart? receiving, bool isAccepted)
{
    /// <summary>The places in the queues.</summary>
    public StreamLinks Links;

    public StreamId Id { get; } = id;

    /// <summary>Null on a stream that only the peer sends on.</summary>
    public SendingPart? Sending { get; } = sending;

    /// <summary>Null on a stream that only we send on.</summary>
    public ReceivingPart? Receiving { get; } = receiving;

    /// <summary>Whether the application has the stream. One that it never takes stays, and counts against the peer's limit.</summary>
    public bool IsAccepted { get; set; } = isAccepted;

    /// <summary>The kinds of events raised and not delivered, one bit each.</summary>
    public int PendingEvents { get; set; }

    /// <summary>Whether a write was cut short and its writer waits for a <see cref="StreamEventKind.Writable"/> event.</summary>
    public bool IsWriterBlocked { get; set; }

    /// <summary>Whether the last event was raised.</summary>
    public bool IsClosed { get; set; }

    /// <summary>Whether nothing can happen to the stream any more.</summary>
    public bool IsDone => IsAccepted && Sending is null or { IsTerminal: true } && Receiving is null or { IsTerminal: true };

    /// <summary>Whether a frame other than STREAM is to be sent for the stream.</summary>
    public bool HasControlFrame =>
        Sending is { IsResetPending: true } or { Credit.IsReportPending: true }
        || Receiving is { IsStopPending: true } or { Window.IsUpdateDue: true };
}
