using System.Net;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Io;

/// <summary>
/// A socket whose outgoing datagrams pass a filter, one by one. What is delayed waits in a queue that the thread in
/// <see cref="WaitMicroseconds"/> serves.
/// </summary>
/// <param name="inner">Sends and receives.</param>
/// <param name="filter">Says by the destination how much later a datagram leaves; zero: now, null: never.</param>
internal sealed class FilteredDatagramSocket(IDatagramSocket inner, Func<IPEndPoint, TimeSpan?> filter) : IDatagramSocket
{
    /// <summary>So many may wait; further ones are lost, as on a link whose queue is full.</summary>
    public const int MaxDelayed = 16 * 1024;

    private const long NothingWaits = -1;

    private readonly Lock _gate = new();

    // By time, then in the order they came.
    private readonly PriorityQueue<DelayedDatagram, (long Due, long Order)> _delayed = new();
    private long _order;
    private bool _disposed;

    public IPEndPoint LocalEndPoint => inner.LocalEndPoint;

    public Task Closed => inner.Closed;

    public string Description => inner.Description + ", outgoing filter";

    public UdpCapabilities Capabilities => inner.Capabilities;

    /// <summary>One, since each datagram has a fate of its own.</summary>
    public int MaxSegments => 1;

    public SendStatus TrySend(in NetworkAddress remote, ReadOnlySpan<byte> data, int segmentSize, byte ecn, out int sentBytes)
    {
        sentBytes = 0;
        int segment = segmentSize <= 0 ? data.Length : segmentSize;
        IPEndPoint endPoint = remote.ToEndPoint();
        do
        {
            ReadOnlySpan<byte> datagram = data.Slice(sentBytes, Math.Min(segment, data.Length - sentBytes));
            TimeSpan? delay = filter(endPoint);
            if (delay > TimeSpan.Zero)
            {
                Postpone(remote, datagram, ecn, delay.Value);
            }
            else if (delay is not null)
            {
                SendStatus status = inner.TrySend(remote, datagram, datagram.Length, ecn, out _);
                if (status != SendStatus.Sent)
                {
                    return status;
                }
            }

            sentBytes += datagram.Length;
        }
        while (sentBytes < data.Length);

        return SendStatus.Sent;
    }

    public WaitResult Wait(int timeoutMilliseconds, bool forWrite) =>
        WaitMicroseconds(timeoutMilliseconds < 0 ? -1 : timeoutMilliseconds * 1000L, forWrite);

    public WaitResult WaitMicroseconds(long timeoutMicroseconds, bool forWrite)
    {
        long next = SendDue();
        long timeout = next == NothingWaits ? timeoutMicroseconds : timeoutMicroseconds < 0 ? next : Math.Min(next, timeoutMicroseconds);
        WaitResult result = inner.WaitMicroseconds(timeout, forWrite);
        SendDue();
        return result;
    }

    public int Receive(ReceiveBatch batch) => inner.Receive(batch);

    public void Wake() => inner.Wake();

    /// <summary>What still waits leaves at once: it is on the network already, and arrives whether its sender lives or not.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            while (_delayed.TryDequeue(out DelayedDatagram delayed, out _))
            {
                Send(delayed);
            }
        }

        inner.Dispose();
    }

    private void Postpone(in NetworkAddress remote, ReadOnlySpan<byte> datagram, byte ecn, TimeSpan delay)
    {
        long due = (MonotonicClock.Now + delay).Ticks;
        lock (_gate)
        {
            if (_disposed || _delayed.Count >= MaxDelayed)
            {
                return;
            }

            _delayed.Enqueue(new DelayedDatagram(remote, datagram.ToArray(), ecn), (due, _order++));
        }

        // The wait that is going on may be longer.
        inner.Wake();
    }

    /// <summary>Sends what is due.</summary>
    /// <returns>The time until the next is, in microseconds rounded up, or <see cref="NothingWaits"/>.</returns>
    private long SendDue()
    {
        lock (_gate)
        {
            while (_delayed.TryPeek(out DelayedDatagram delayed, out (long Due, long Order) at))
            {
                long left = at.Due - MonotonicClock.Now.Ticks;
                if (left > 0)
                {
                    return (left + TimeSpan.TicksPerMicrosecond - 1) / TimeSpan.TicksPerMicrosecond;
                }

                Send(delayed);
                _delayed.Dequeue();
            }
        }

        return NothingWaits;
    }

    // What the system does not take now is lost: it has left its sender, who no longer waits for anything.
    private void Send(in DelayedDatagram delayed) => inner.TrySend(delayed.Remote, delayed.Data, delayed.Data.Length, delayed.Ecn, out _);

    private readonly record struct DelayedDatagram(NetworkAddress Remote, byte[] Data, byte Ecn);
}
