namespace Connet.Quic.Core;

/// <summary>What became of a datagram that was given to <see cref="Connection.SendDatagram"/>.</summary>
internal enum DatagramSendResult
{
    /// <summary>It waits to be sent.</summary>
    Queued,

    /// <summary>The peer takes none so large, or none fits a packet on the present path.</summary>
    TooLarge,

    /// <summary>Too much waits already.</summary>
    QueueFull,

    /// <summary>The peer takes no datagrams.</summary>
    NotSupported,

    /// <summary>There is no established connection.</summary>
    NotConnected,
}
