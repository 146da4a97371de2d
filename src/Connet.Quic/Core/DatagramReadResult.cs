namespace Connet.Quic.Core;

/// <summary>What came of <see cref="Connection.ReadDatagram"/>.</summary>
internal enum DatagramReadResult
{
    /// <summary>A datagram was copied out.</summary>
    Ok,

    /// <summary>There is none now.</summary>
    Blocked,

    /// <summary>The next one is longer than the buffer; it stays where it is.</summary>
    BufferTooSmall,

    /// <summary>This side did not offer to take any.</summary>
    NotOffered,

    /// <summary>There is none, and the connection has ended.</summary>
    Closed,
}
