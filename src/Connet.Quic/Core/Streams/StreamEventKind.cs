namespace Connet.Quic.Core.Streams;

/// <summary>What happened to a stream, or to the supply of streams.</summary>
internal enum StreamEventKind
{
    /// <summary>The peer opened the stream; <see cref="StreamMap.TryAccept"/> has it.</summary>
    Opened,

    /// <summary>There is more to read: bytes or the end.</summary>
    Readable,

    /// <summary>A write that was cut short may go on.</summary>
    Writable,

    /// <summary>The peer has everything that was written, and the end.</summary>
    Finished,

    /// <summary>The peer asked to stop sending; the stream was reset with its code.</summary>
    Stopped,

    /// <summary>The peer reset the stream; unread data is gone.</summary>
    Reset,

    /// <summary>A bidirectional stream can be opened, after an attempt failed. Carries no stream.</summary>
    StreamsAvailableBidirectional,

    /// <summary>A unidirectional stream can be opened, after an attempt failed. Carries no stream.</summary>
    StreamsAvailableUnidirectional,

    /// <summary>Both sides are through and the stream is forgotten as this event is handed out; always its last.</summary>
    Closed,
}
