using System.Net;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Io;

namespace Connet.Quic.Tests.Io;

/// <summary>The queue of delayed datagrams, over a socket that only records.</summary>
internal sealed class FilteredDatagramSocketTests
{
    private static readonly NetworkAddress _remote = NetworkAddress.FromIPv4(0x7f000001, 9);

    [Test]
    public void Each_segment_is_decided_about_and_sent_by_itself()
    {
        RecordingSocket inner = new();
        int asked = 0;
        using FilteredDatagramSocket socket = new(inner, _ => ++asked == 2 ? null : TimeSpan.Zero);
        Assert.That(socket.TrySend(_remote, [1, 1, 2, 2, 3], 2, 0, out int sent), Is.EqualTo(SendStatus.Sent));
        Assert.That(sent, Is.EqualTo(5));
        Assert.That(asked, Is.EqualTo(3));
        Assert.That(inner.Sent, Is.EqualTo(new byte[][] { [1, 1], [3] }));
        Assert.That(socket.MaxSegments, Is.EqualTo(1));
    }

    [Test]
    public void A_full_socket_is_reported_with_what_left_before()
    {
        RecordingSocket inner = new() { Room = 1 };
        using FilteredDatagramSocket socket = new(inner, static _ => TimeSpan.Zero);
        Assert.That(socket.TrySend(_remote, [1, 2], 1, 0, out int sent), Is.EqualTo(SendStatus.WouldBlock));
        Assert.That(sent, Is.EqualTo(1));
    }

    [Test]
    public void Delayed_datagrams_leave_in_the_order_of_their_times()
    {
        RecordingSocket inner = new();
        TimeSpan delay = default;
        using FilteredDatagramSocket socket = new(inner, _ => delay);
        foreach ((byte name, int milliseconds) in new (byte, int)[] { (4, 900), (5, 900), (2, 300), (3, 300), (1, 0) })
        {
            delay = TimeSpan.FromMilliseconds(milliseconds);
            Assert.That(socket.TrySend(_remote, [name], 1, 0, out _), Is.EqualTo(SendStatus.Sent));
        }

        Assert.That(inner.Wakes, Is.EqualTo(4), "the thread that waits learns of the earlier time");
        Timestamp start = MonotonicClock.Now;
        while (inner.Sent.Count < 5)
        {
            Assert.That(socket.Wait(-1, forWrite: false), Is.EqualTo(WaitResult.Timeout));
            Assert.That(inner.LastTimeout, Is.InRange(-1, 900_000));
            Assert.That(MonotonicClock.Now - start, Is.LessThan(TimeSpan.FromSeconds(10)));
        }

        Assert.That(inner.Sent.Select(datagram => datagram[0]), Is.EqualTo(new byte[] { 1, 2, 3, 4, 5 }));
        Assert.That(socket.WaitMicroseconds(-1, forWrite: false), Is.EqualTo(WaitResult.Timeout));
        Assert.That(inner.LastTimeout, Is.EqualTo(-1), "with nothing left to send the wait has no limit of its own");
        socket.WaitMicroseconds(5, forWrite: true);
        Assert.That(inner.LastTimeout, Is.EqualTo(5));
    }

    [Test]
    public void The_queue_is_bounded_and_leaves_at_disposal()
    {
        RecordingSocket inner = new();
        FilteredDatagramSocket socket = new(inner, static _ => TimeSpan.FromMinutes(1));
        for (int i = 0; i < FilteredDatagramSocket.MaxDelayed + 10; i++)
        {
            Assert.That(socket.TrySend(_remote, [1], 1, 0, out _), Is.EqualTo(SendStatus.Sent));
        }

        socket.Wait(0, forWrite: false);
        Assert.That(inner.Sent, Is.Empty);
        socket.Dispose();
        Assert.That(inner.Sent, Has.Count.EqualTo(FilteredDatagramSocket.MaxDelayed));
        Assert.That(inner.IsDisposed);
        socket.TrySend(_remote, [1], 1, 0, out _);
        socket.Dispose();
        Assert.That(inner.Sent, Has.Count.EqualTo(FilteredDatagramSocket.MaxDelayed));
    }

    private sealed class RecordingSocket : IDatagramSocket
    {
        public List<byte[]> Sent { get; } = [];

        public int Room { get; set; } = int.MaxValue;

        public int Wakes { get; private set; }

        public long LastTimeout { get; private set; }

        public bool IsDisposed { get; private set; }

        public Task Closed => Task.CompletedTask;

        public IPEndPoint LocalEndPoint => new(IPAddress.Loopback, 1);

        public string Description => "recording";

        public int MaxSegments => 8;

        public SendStatus TrySend(in NetworkAddress remote, ReadOnlySpan<byte> data, int segmentSize, byte ecn, out int sentBytes)
        {
            sentBytes = 0;
            if (Sent.Count >= Room)
            {
                return SendStatus.WouldBlock;
            }

            Sent.Add(data.ToArray());
            sentBytes = data.Length;
            return SendStatus.Sent;
        }

        public WaitResult Wait(int timeoutMilliseconds, bool forWrite) => WaitMicroseconds(timeoutMilliseconds * 1000L, forWrite);

        public WaitResult WaitMicroseconds(long timeoutMicroseconds, bool forWrite)
        {
            LastTimeout = timeoutMicroseconds;
            return WaitResult.Timeout;
        }

        public int Receive(ReceiveBatch batch) => 0;

        public void Wake() => Wakes++;

        public void Dispose() => IsDisposed = true;
    }
}
