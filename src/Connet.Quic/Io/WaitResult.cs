namespace Connet.Quic.Io;

/// <summary>Why a wait ended.</summary>
[Flags]
internal enum WaitResult
{
    /// <summary>The time was up.</summary>
    Timeout = 0,

    /// <summary>There is something to receive.</summary>
    Readable = 1,

    /// <summary>There is room to send; reported only where it was asked for.</summary>
    Writable = 2,

    /// <summary>Somebody called <see cref="IDatagramSocket.Wake"/>, or the socket is disposed.</summary>
    Woken = 4,
}
