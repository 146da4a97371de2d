namespace Connet.Quic.Core;

/// <summary>What a received datagram is.</summary>
internal enum RouteKind
{
    /// <summary>Nothing for us: it is ignored.</summary>
    Drop,

    /// <summary>For the connection with the handle.</summary>
    Connection,

    /// <summary>The first packet of a new connection; answer it with Accept, WriteRetry or WriteRefusal, or ignore it.</summary>
    Incoming,

    /// <summary>For no connection we know: a stateless reset for a connection with that peer, or one that deserves a reset.</summary>
    Unknown,

    /// <summary>Not QUIC: the fixed bit is clear.</summary>
    NotQuic,
}
