using System.Net;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Io;

namespace Connet.Quic.Tests.Io;

[TestFixture(DatagramSocketMode.Auto)]
[TestFixture(DatagramSocketMode.Portable)]
internal sealed class DatagramSocketThreadTests(DatagramSocketMode mode) : SocketTestBase(mode)
{
    [Test]
    public void A_wake_up_before_the_wait_ends_it_once()
    {
        IDatagramSocket socket = Open(IPAddress.Loopback);
        socket.Wake();
        socket.Wake();
        Assert.That(socket.Wait(TimeoutMilliseconds, forWrite: false), Is.EqualTo(WaitResult.Woken));
        Assert.That(socket.Wait(0, forWrite: false), Is.EqualTo(WaitResult.Timeout), "two wake-ups before a wait are one");
    }

    [Test]
    public void Every_wake_up_of_another_thread_ends_a_wait()
    {
        const int Rounds = 300;
        IDatagramSocket socket = Open(IPAddress.Loopback);
        using SemaphoreSlim woken = new(0);
        int seen = 0;
        using CancellationTokenSource stop = new();
        Thread waiter = Start(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                // A wake-up that is lost hangs the test here; a wait may well end without one.
                if (socket.Wait(-1, forWrite: false).HasFlag(WaitResult.Woken) && Volatile.Read(ref seen) > 0)
                {
                    Interlocked.Exchange(ref seen, 0);
                    woken.Release();
                }
            }
        });
        for (int i = 0; i < Rounds; i++)
        {
            Volatile.Write(ref seen, 1);
            socket.Wake();
            Assert.That(woken.Wait(TimeoutMilliseconds), Is.True, $"wake-up {i} was lost");
        }

        stop.Cancel();
        socket.Wake();
        Assert.That(waiter.Join(TimeoutMilliseconds), Is.True);
    }

    [Test]
    public void Disposal_ends_a_wait_and_frees_the_port()
    {
        IDatagramSocket socket = Open(IPAddress.Loopback);
        int port = socket.LocalEndPoint.Port;
        using ManualResetEventSlim started = new();
        WaitResult result = WaitResult.Timeout;
        Thread waiter = Start(() =>
        {
            started.Set();
            result = socket.Wait(-1, forWrite: false);
        });
        Assert.That(started.Wait(TimeoutMilliseconds), Is.True);
        socket.Dispose();
        Assert.That(waiter.Join(TimeoutMilliseconds), Is.True, "the wait did not end");
        Assert.That(result, Is.EqualTo(WaitResult.Woken));
        Assert.That(socket.Closed.Wait(TimeoutMilliseconds), Is.True);
        Assert.That(Open(IPAddress.Loopback, port).LocalEndPoint.Port, Is.EqualTo(port));
    }

    [Test]
    public void A_disposed_socket_answers_every_call()
    {
        IDatagramSocket socket = Open(IPAddress.Loopback);
        NetworkAddress self = AddressOf(socket);
        socket.Dispose();
        socket.Dispose();
        socket.Wake();
        Assert.That(socket.TrySend(self, "x"u8, 1, 0, out int sent), Is.EqualTo(SendStatus.Failed));
        Assert.That(sent, Is.Zero);
        Assert.That(socket.Wait(-1, forWrite: true), Is.EqualTo(WaitResult.Woken));
        Assert.That(socket.Receive(Batch()), Is.Zero);
        Assert.That(socket.LocalEndPoint.Port, Is.EqualTo(self.Port));
        Assert.That(socket.Description, Is.Not.Empty);
    }

    [Test]
    public void Many_threads_send_at_once_without_mixing_datagrams()
    {
        const int Threads = 4;
        const int Each = 100; // all of them fit into a receive buffer of the usual 208 KiB
        IDatagramSocket sender = Open(IPAddress.Loopback);
        IDatagramSocket receiver = Open(IPAddress.Loopback);
        NetworkAddress remote = AddressOf(receiver);
        int unsent = 0;
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(t => Start(() =>
        {
            byte[] datagram = new byte[64];
            datagram.AsSpan().Fill((byte)t);
            for (int i = 0; i < Each; i++)
            {
                if (sender.TrySend(remote, datagram, datagram.Length, 0, out int _) != SendStatus.Sent)
                {
                    Interlocked.Increment(ref unsent);
                }
            }
        }))];
        Assert.That(threads.Select(t => t.Join(TimeoutMilliseconds)), Is.All.True);
        Assert.That(unsent, Is.Zero);
        List<Datagram> received = Receive(receiver, Batch(), Threads * Each);
        Assert.That(received.Select(d => d.Bytes.Distinct().Count()), Is.All.EqualTo(1));
        Assert.That(received.GroupBy(d => d.Bytes[0]).Select(g => g.Count()), Is.All.EqualTo(Each));
    }

    [Test]
    public void Disposal_under_senders_fails_their_sends_and_nothing_else()
    {
        IDatagramSocket sender = Open(IPAddress.Loopback);
        IDatagramSocket receiver = Open(IPAddress.Loopback);
        NetworkAddress remote = AddressOf(receiver);
        using CountdownEvent sending = new(3);
        int failures = 0;
        int surprises = 0;
        Thread[] threads = [.. Enumerable.Range(0, 3).Select(_ => Start(() =>
        {
            byte[] datagram = new byte[100];
            bool counted = false;
            try
            {
                while (sender.TrySend(remote, datagram, datagram.Length, 0, out int _) != SendStatus.Failed)
                {
                    if (!counted)
                    {
                        counted = true;
                        sending.Signal();
                    }
                }

                Interlocked.Increment(ref failures);
            }
            catch (Exception)
            {
                Interlocked.Increment(ref surprises);
            }
        }))];
        Assert.That(sending.Wait(TimeoutMilliseconds), Is.True);
        sender.Dispose();
        Assert.That(threads.Select(t => t.Join(TimeoutMilliseconds)), Is.All.True);
        Assert.That(surprises, Is.Zero);
        Assert.That(failures, Is.EqualTo(3));
    }

    [Test]
    public void Ten_thousand_datagrams_allocate_nothing([Values("127.0.0.1", "::1")] string host)
    {
        IPAddress address = IPAddress.Parse(host);
        if (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 && !System.Net.Sockets.Socket.OSSupportsIPv6)
        {
            Assert.Ignore("This system has no IPv6.");
        }

        IDatagramSocket sender = Open(IPAddress.Any);
        IDatagramSocket receiver = Open(IPAddress.Any);
        NetworkAddress remote = AddressOf(receiver, address);
        ReceiveBatch batch = Batch();
        byte[] data = new byte[10 * 1200];
        Assert.That(Exchange(sender, receiver, remote, data, batch, 100), Is.EqualTo(1000));

        long before = GC.GetAllocatedBytesForCurrentThread();
        int datagrams = Exchange(sender, receiver, remote, data, batch, 1000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(datagrams, Is.EqualTo(10_000));
        Assert.That(allocated, Is.LessThan(AllocationQuantum.Bytes));
    }

    private static int Exchange(IDatagramSocket sender, IDatagramSocket receiver, in NetworkAddress remote, byte[] data, ReceiveBatch batch, int rounds)
    {
        int total = 0;
        for (int round = 0; round < rounds; round++)
        {
            if (sender.TrySend(remote, data, 1200, 1, out int _) != SendStatus.Sent)
            {
                return -1;
            }

            int before = total;
            while (total < before + 10)
            {
                if ((receiver.Wait(TimeoutMilliseconds, forWrite: false) & WaitResult.Readable) == 0)
                {
                    return -1;
                }

                int messages = receiver.Receive(batch);
                for (int i = 0; i < messages; i++)
                {
                    total += (batch.Data(i).Length + batch.SegmentSize(i) - 1) / batch.SegmentSize(i);
                }
            }
        }

        return total;
    }

    private static Thread Start(Action body)
    {
        Thread thread = new(() => body()) { IsBackground = true };
        thread.Start();
        return thread;
    }
}
