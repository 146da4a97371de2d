namespace Connet.Quic.Core;

/// <summary>What a connection asks of its endpoint.</summary>
internal enum EndpointEventKind
{
    /// <summary>More connection IDs are wanted: <see cref="EndpointEvent.Count"/> of them.</summary>
    NeedConnectionIds,

    /// <summary>The peer retired <see cref="EndpointEvent.Id"/>: it may be forgotten.</summary>
    RetireConnectionId,

    /// <summary>The handshake succeeded: it no longer counts as one in progress. One that failed counts until the connection is drained.</summary>
    HandshakeEnded,

    /// <summary>The connection is over: everything about it may be forgotten.</summary>
    Drained,
}
