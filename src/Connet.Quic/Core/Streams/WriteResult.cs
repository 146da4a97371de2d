namespace Connet.Quic.Core.Streams;

/// <summary>What became of a write.</summary>
internal enum WriteResult
{
    /// <summary>Some of the data was taken. If not all was, a <see cref="StreamEventKind.Writable"/> event follows.</summary>
    Ok,

    /// <summary>None was taken; a <see cref="StreamEventKind.Writable"/> event follows.</summary>
    Blocked,

    /// <summary>The peer asked to stop; see <see cref="StreamMap.PeerStopCode"/>.</summary>
    Stopped,

    /// <summary>The application finished or reset the stream, or it is forgotten.</summary>
    Closed,

    /// <summary>There never was such a stream, or it only receives.</summary>
    Unknown,
}
