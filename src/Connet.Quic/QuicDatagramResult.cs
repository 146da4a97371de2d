namespace Connet.Quic;

/// <summary>What became of a datagram that was given to <see cref="QuicConnection.SendDatagram"/>.</summary>
public enum QuicDatagramResult
{
    /// <summary>It was taken, and leaves as soon as congestion control lets it. It may still be lost on the way.</summary>
    Queued,

    /// <summary>It is larger than <see cref="QuicConnection.MaxDatagramPayload"/>.</summary>
    TooLarge,

    /// <summary>As much as <see cref="QuicConnectionOptions.MaxQueuedDatagramBytes"/> allows waits to be sent already.</summary>
    QueueFull,

    /// <summary>The peer takes no datagrams.</summary>
    NotSupported,
}
