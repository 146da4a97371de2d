namespace Connet.Quic.Io;

/// <summary>What became of a send.</summary>
internal enum SendStatus
{
    /// <summary>Everything was handed to the system.</summary>
    Sent,

    /// <summary>The system takes no more right now; what left is reported. Wait for <see cref="WaitResult.Writable"/>.</summary>
    WouldBlock,

    /// <summary>The system refused a datagram (too big, no route, firewall, closed socket). Never fatal to the socket.</summary>
    Failed,
}
