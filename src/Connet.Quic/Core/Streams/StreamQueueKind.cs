namespace Connet.Quic.Core.Streams;

/// <summary>The queues that a stream can wait in, each once.</summary>
internal enum StreamQueueKind
{
    /// <summary>Streams with STREAM frames to send.</summary>
    Senders,

    /// <summary>Streams with MAX_STREAM_DATA, RESET_STREAM, STOP_SENDING or STREAM_DATA_BLOCKED to send.</summary>
    Control,

    /// <summary>Streams whose writer waits for connection credit or for room.</summary>
    Writers,

    /// <summary>Streams the peer opened and the application has not taken.</summary>
    Unaccepted,
}
