namespace Connet.Quic.Core.Streams;

/// <summary>What a read gave.</summary>
internal enum ReadResult
{
    /// <summary>At least one byte, unless none was asked for.</summary>
    Ok,

    /// <summary>Nothing yet; a <see cref="StreamEventKind.Readable"/> or <see cref="StreamEventKind.Reset"/> event follows.</summary>
    Blocked,

    /// <summary>Everything was read.</summary>
    End,

    /// <summary>The peer reset the stream; see <see cref="StreamMap.PeerResetCode"/>.</summary>
    Reset,

    /// <summary>The application gave up reading, or the stream is forgotten.</summary>
    Closed,

    /// <summary>There never was such a stream, or it only sends.</summary>
    Unknown,
}
