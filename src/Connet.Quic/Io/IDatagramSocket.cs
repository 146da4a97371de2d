using System.Net;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Io;

/// <summary>
/// A bound UDP socket. Sends come from any thread and never block; one thread waits and receives.
/// Nothing here throws because of what the network or a peer does.
/// </summary>
internal interface IDatagramSocket : IDisposable
{
    /// <summary>The address the system bound; an unspecified address stays unspecified.</summary>
    IPEndPoint LocalEndPoint { get; }

    /// <summary>
    /// Completes when the system's socket is closed and its port free: after disposal, with the last call that was under way.
    /// Never faults.
    /// </summary>
    Task Closed { get; }

    /// <summary>One line for logs and status: which implementation, what it can do, what it fell back from.</summary>
    string Description { get; }

    /// <summary>How many segments one send hands over at once: 1 without segmentation offload. May drop to 1 later.</summary>
    int MaxSegments { get; }

    /// <summary>What this socket can do, as found at its creation and learned since.</summary>
    UdpCapabilities Capabilities => default;

    /// <summary>The receive buffer the system granted.</summary>
    int ReceiveBufferBytes => Capabilities.ReceiveBufferBytes;

    /// <summary>The send buffer the system granted.</summary>
    int SendBufferBytes => Capabilities.SendBufferBytes;

    /// <summary>
    /// Sends <paramref name="data"/> as datagrams of <paramref name="segmentSize"/> bytes, the last of which may be shorter.
    /// Thread safe, never blocks, never throws.
    /// </summary>
    /// <param name="remote">Where to.</param>
    /// <param name="data">The datagrams, back to back.</param>
    /// <param name="segmentSize">The size of each; the length of the data for a single one.</param>
    /// <param name="ecn">The two ECN bits; ignored where the system offers no way to set them per datagram.</param>
    /// <param name="sentBytes">How much left, always whole datagrams; less than everything unless the status is Sent.</param>
    SendStatus TrySend(in NetworkAddress remote, ReadOnlySpan<byte> data, int segmentSize, byte ecn, out int sentBytes);

    /// <summary>
    /// Waits until there is something to receive, or (if asked) room to send, or a wake-up. May return early.
    /// After disposal it returns <see cref="WaitResult.Woken"/> at once.
    /// </summary>
    /// <param name="timeoutMilliseconds">-1 for no limit.</param>
    /// <param name="forWrite">Whether to wait for room to send as well.</param>
    WaitResult Wait(int timeoutMilliseconds, bool forWrite);

    /// <summary>As <see cref="Wait"/>, in microseconds where the system has them; otherwise rounded up to milliseconds.</summary>
    WaitResult WaitMicroseconds(long timeoutMicroseconds, bool forWrite) =>
        Wait(timeoutMicroseconds < 0 ? -1 : (int)Math.Min((timeoutMicroseconds + 999) / 1000, int.MaxValue), forWrite);

    /// <summary>Takes what has arrived, without blocking.</summary>
    /// <returns>The number of messages now in the batch; 0 when there is nothing.</returns>
    int Receive(ReceiveBatch batch);

    /// <summary>Ends the current wait, or the next one if none is going on. Any thread.</summary>
    void Wake();
}
