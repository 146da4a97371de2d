using System.Net;
using System.Net.Sockets;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Io;

namespace Connet.Quic.Tests.Io;

[TestFixture(DatagramSocketMode.Auto)]
[TestFixture(DatagramSocketMode.Portable)]
internal sealed class DatagramSocketTests(DatagramSocketMode mode) : SocketTestBase(mode)
{
    [TestCase("127.0.0.1")]
    [TestCase("::1")]
    public void Datagrams_and_their_senders_round_trip(string host)
    {
        IPAddress address = IPAddress.Parse(host);
        RequireFamily(address);
        IDatagramSocket first = Open(address);
        IDatagramSocket second = Open(address);
        ReceiveBatch batch = Batch();
        Send(first, AddressOf(second), "ping"u8);
        Datagram ping = Receive(second, batch, 1)[0];
        Assert.That(ping.Bytes, Is.EqualTo("ping"u8.ToArray()));
        Assert.That(ping.From, Is.EqualTo(AddressOf(first)));

        Send(second, ping.From, "pong"u8);
        Datagram pong = Receive(first, batch, 1)[0];
        Assert.That(pong.Bytes, Is.EqualTo("pong"u8.ToArray()));
        Assert.That(pong.From, Is.EqualTo(AddressOf(second)));
    }

    [TestCase("127.0.0.1")]
    [TestCase("::1")]
    public void A_socket_on_any_address_serves_both_families(string host)
    {
        IPAddress address = IPAddress.Parse(host);
        RequireFamily(address);
        IDatagramSocket server = Open(IPAddress.Any);
        IDatagramSocket client = Open(address);
        ReceiveBatch batch = Batch();
        Assert.That(server.Capabilities.DualStack, Is.EqualTo(Socket.OSSupportsIPv6));

        Send(client, AddressOf(server, address), "from the client"u8);
        Datagram received = Receive(server, batch, 1)[0];
        Assert.That(received.From, Is.EqualTo(AddressOf(client)), "one form per address, whatever the socket's family");

        Send(server, received.From, "from the server"u8);
        Assert.That(Receive(client, batch, 1)[0].Bytes, Is.EqualTo("from the server"u8.ToArray()));
    }

    [Test]
    public void An_IPv4_socket_refuses_IPv6_remotes_and_goes_on()
    {
        IDatagramSocket socket = Open(IPAddress.Loopback);
        NetworkAddress remote = NetworkAddress.FromEndPoint(new IPEndPoint(IPAddress.IPv6Loopback, 9));
        Assert.That(socket.TrySend(remote, "x"u8, 1, 0, out int sent), Is.EqualTo(SendStatus.Failed));
        Assert.That(sent, Is.Zero);
        AssertWorks(socket);
    }

    [Test]
    public void An_empty_datagram_arrives_as_one_message()
    {
        IDatagramSocket socket = Open(IPAddress.Loopback);
        ReceiveBatch batch = Batch();
        Send(socket, AddressOf(socket), []);
        Send(socket, AddressOf(socket), "after"u8);
        List<Datagram> received = Receive(socket, batch, 2);
        Assert.That(received[0].Bytes, Is.Empty);
        Assert.That(received[1].Bytes, Is.EqualTo("after"u8.ToArray()));
    }

    [Test]
    public void The_largest_datagram_arrives_whole_and_a_larger_one_fails()
    {
        if (OperatingSystem.IsMacOS())
        {
            Assert.Ignore("macOS limits datagrams to net.inet.udp.maxdgram (9,216 bytes).");
        }

        IDatagramSocket socket = Open(IPAddress.Loopback);
        ReceiveBatch batch = Batch();
        byte[] largest = Pattern(65507);
        Send(socket, AddressOf(socket), largest);
        Assert.That(Receive(socket, batch, 1)[0].Bytes, Is.EqualTo(largest));

        byte[] larger = Pattern(65508);
        Assert.That(socket.TrySend(AddressOf(socket), larger, larger.Length, 0, out int sent), Is.EqualTo(SendStatus.Failed));
        Assert.That(sent, Is.Zero);
        AssertWorks(socket);
    }

    [TestCase(40 * 1452, 1452, 40)]
    [TestCase((3 * 1200) + 17, 1200, 4)]
    [TestCase((100 * 1452) + 1, 1452, 101)]
    public void A_batch_of_segments_arrives_intact(int length, int segment, int datagrams)
    {
        IDatagramSocket sender = Open(IPAddress.Loopback);
        IDatagramSocket receiver = Open(IPAddress.Loopback);
        ReceiveBatch batch = Batch();
        byte[] data = Pattern(length);
        Assert.That(sender.TrySend(AddressOf(receiver), data, segment, 0, out int sent), Is.EqualTo(SendStatus.Sent));
        Assert.That(sent, Is.EqualTo(length));

        List<Datagram> received = Receive(receiver, batch, datagrams);
        Assert.That(received, Has.Count.EqualTo(datagrams));
        Assert.That(received.SelectMany(d => d.Bytes), Is.EqualTo(data));
        Assert.That(received.SkipLast(1).Select(d => d.Bytes.Length), Is.All.EqualTo(segment));
    }

    [Test]
    public void Nothing_to_receive_is_no_message()
    {
        IDatagramSocket socket = Open(IPAddress.Loopback);
        Assert.That(socket.Receive(Batch()), Is.Zero);
        Assert.That(socket.Wait(0, forWrite: false), Is.EqualTo(WaitResult.Timeout));
        Assert.That(socket.WaitMicroseconds(200, forWrite: false), Is.EqualTo(WaitResult.Timeout));
    }

    [Test]
    public void A_wait_for_room_to_send_ends_at_once_on_an_idle_socket()
    {
        IDatagramSocket socket = Open(IPAddress.Loopback);
        Assert.That(socket.Wait(TimeoutMilliseconds, forWrite: true), Is.EqualTo(WaitResult.Writable));
        Send(socket, AddressOf(socket), "x"u8);
        Assert.That(socket.Wait(TimeoutMilliseconds, forWrite: false), Is.EqualTo(WaitResult.Readable));
        Assert.That(socket.Wait(TimeoutMilliseconds, forWrite: true), Is.EqualTo(WaitResult.Readable | WaitResult.Writable));
    }

    [Test]
    public void An_unreachable_port_is_never_fatal()
    {
        IDatagramSocket gone = Open(IPAddress.Loopback);
        NetworkAddress closedPort = AddressOf(gone);
        gone.Dispose();
        IDatagramSocket socket = Open(IPAddress.Loopback);
        for (int i = 0; i < 20; i++)
        {
            // Some systems report the ICMP error of an earlier datagram here: a failed send, not a broken socket.
            _ = socket.TrySend(closedPort, "anybody?"u8, 8, 0, out _);
            socket.Receive(Batch(capacity: 1));
        }

        AssertWorks(socket);
    }

    [Test]
    public void Port_zero_as_a_remote_fails_without_harm()
    {
        IDatagramSocket socket = Open(IPAddress.Loopback);
        int segments = socket.MaxSegments;
        NetworkAddress nowhere = AddressOf(socket) with { Port = 0 };
        Assert.That(socket.TrySend(nowhere, Pattern(3000), 1000, 0, out int sent), Is.EqualTo(SendStatus.Failed));
        Assert.That(sent, Is.Zero);
        Assert.That(socket.MaxSegments, Is.EqualTo(segments), "the datagrams were at fault, not the offload");
        AssertWorks(socket);
    }

    [Test]
    public void A_port_in_use_is_named_in_the_exception()
    {
        IDatagramSocket holder = Open(IPAddress.Loopback);
        SocketException? e = Assert.Throws<SocketException>(() => Open(IPAddress.Loopback, holder.LocalEndPoint.Port));
        Assert.That(e!.SocketErrorCode, Is.EqualTo(SocketError.AddressAlreadyInUse));
        Assert.That(e.Message, Does.Contain(holder.LocalEndPoint.ToString()));
        SocketException? any = Assert.Throws<SocketException>(() => Open(IPAddress.Any, holder.LocalEndPoint.Port));
        Assert.That(any!.SocketErrorCode, Is.EqualTo(SocketError.AddressAlreadyInUse), "no fall back to another family");
    }

    [Test]
    public void An_address_of_somebody_else_is_named_in_the_exception()
    {
        SocketException? e = Assert.Throws<SocketException>(() => Open(IPAddress.Parse("192.0.2.1"), 0));
        Assert.That(e!.Message, Does.Contain("192.0.2.1"));
    }

    [Test]
    public void Ecn_marks_arrive_where_the_socket_says_so([Values(0, 1, 2, 3)] byte mark, [Values("127.0.0.1", "::1")] string host)
    {
        IPAddress address = IPAddress.Parse(host);
        RequireFamily(address);
        IDatagramSocket receiver = Open(IPAddress.Any);
        IDatagramSocket sender = Open(IPAddress.Any);
        ReceiveBatch batch = Batch();
        Send(sender, AddressOf(receiver, address), "marked"u8, mark);
        byte[] segments = Pattern(3600);
        Assert.That(sender.TrySend(AddressOf(receiver, address), segments, 1200, mark, out _), Is.EqualTo(SendStatus.Sent));
        byte expected = receiver.Capabilities.Ecn ? mark : (byte)0;
        Assert.That(receiver.Capabilities.Ecn, Is.EqualTo(!IsPortable));
        Assert.That(Receive(receiver, batch, 4).Select(d => d.Ecn), Is.All.EqualTo(expected));
    }

    [Test]
    public void The_description_names_what_was_chosen()
    {
        IDatagramSocket socket = Open(IPAddress.Loopback);
        Assert.That(socket.Description, Does.Contain(IsPortable ? "portable sockets (forced)" : "Linux batched sockets"));
        Assert.That(socket.ReceiveBufferBytes, Is.Positive);
        Assert.That(socket.SendBufferBytes, Is.Positive);
        Assert.That(socket.MaxSegments > 1, Is.EqualTo(socket.Capabilities.SegmentationOffload));
    }

    [Test]
    public void Smaller_buffers_than_wanted_come_with_advice()
    {
        IDatagramSocket modest = Open(IPAddress.Loopback, bufferBytes: 65536);
        Assert.That(modest.Capabilities.BufferAdvice, Is.Null);
        Assert.That(modest.ReceiveBufferBytes, Is.EqualTo(65536));
        UdpCapabilities small = modest.Capabilities with { WantedBufferBytes = 1 << 20 };
        Assert.That(small.BufferAdvice, Does.Contain("1048576").And.Contain("65536"));
        if (OperatingSystem.IsLinux())
        {
            Assert.That(small.BufferAdvice, Does.Contain("net.core.rmem_max=1048576").And.Contain("net.core.wmem_max=1048576"));
        }
    }

    private static void RequireFamily(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && !Socket.OSSupportsIPv6)
        {
            Assert.Ignore("This system has no IPv6.");
        }
    }

    private void AssertWorks(IDatagramSocket socket)
    {
        Send(socket, AddressOf(socket), "still here"u8);
        Assert.That(Receive(socket, Batch(), 1)[0].Bytes, Is.EqualTo("still here"u8.ToArray()));
    }
}
