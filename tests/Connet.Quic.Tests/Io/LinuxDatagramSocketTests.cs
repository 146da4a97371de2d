using System.Net;
using System.Runtime.Versioning;
using Connet.Quic.Io;
using Connet.Quic.Io.Linux;

namespace Connet.Quic.Tests.Io;

[SupportedOSPlatform("linux")]
internal sealed class LinuxDatagramSocketTests() : SocketTestBase(DatagramSocketMode.Auto)
{
    [Test]
    public void Segments_arrive_coalesced_where_the_kernel_offers_it()
    {
        IDatagramSocket sender = Open(IPAddress.Loopback);
        IDatagramSocket receiver = Open(IPAddress.Loopback);
        if (!sender.Capabilities.SegmentationOffload || !receiver.Capabilities.ReceiveOffload)
        {
            Assert.Ignore("This kernel has no UDP_SEGMENT or no UDP_GRO.");
        }

        Assert.That(sender.MaxSegments, Is.EqualTo(64));
        byte[] data = Pattern(40 * 1452);
        Assert.That(sender.TrySend(AddressOf(receiver), data, 1452, 0, out _), Is.EqualTo(SendStatus.Sent));
        List<Datagram> received = Receive(receiver, Batch(), 40);
        Assert.That(received[0].MessageLength, Is.EqualTo(data.Length), "loopback passes the whole batch as one message");
    }

    [Test]
    public void A_device_that_cannot_segment_turns_the_offload_off_for_good_and_everything_arrives()
    {
        IDatagramSocket sender = Open(IPAddress.Loopback);
        IDatagramSocket receiver = Open(IPAddress.Loopback);
        if (!sender.Capabilities.SegmentationOffload)
        {
            Assert.Ignore("This kernel has no UDP_SEGMENT.");
        }

        // The kernel refuses to segment without checksums (EINVAL), as it does for devices without checksum offload (EIO).
        const int SocketLevel = 1;
        const int NoChecksum = 11;
        Assert.That(((LinuxDatagramSocket)sender).TrySetOption(SocketLevel, NoChecksum, 1), Is.True);
        byte[] data = Pattern((5 * 1200) + 7);
        Assert.That(sender.TrySend(AddressOf(receiver), data, 1200, 0, out int sent), Is.EqualTo(SendStatus.Sent));
        Assert.That(sent, Is.EqualTo(data.Length));
        Assert.That(Receive(receiver, Batch(), 6).SelectMany(d => d.Bytes), Is.EqualTo(data));
        Assert.That(sender.MaxSegments, Is.EqualTo(1));
        Assert.That(sender.Capabilities.SegmentationOffloadReason, Does.Contain("EINVAL"));
        Assert.That(sender.Description, Does.Contain("GSO off (turned off after EINVAL"));
    }

    [Test]
    public void Segments_above_the_device_mtu_fail_and_keep_the_offload()
    {
        IDatagramSocket sender = Open(IPAddress.Loopback);
        int segments = sender.MaxSegments;
        byte[] data = Pattern(2 * 65_520);
        Assert.That(sender.TrySend(AddressOf(sender), data, 65_520, 0, out int sent), Is.EqualTo(SendStatus.Failed));
        Assert.That(sent, Is.Zero);
        Assert.That(sender.MaxSegments, Is.EqualTo(segments));
    }

    [Test]
    public void Segmentation_can_be_turned_off_from_the_start()
    {
        using IDatagramSocket sender = DatagramSocketFactory.Create(new IPEndPoint(IPAddress.Loopback, 0), segmentationOffload: false);
        IDatagramSocket receiver = Open(IPAddress.Loopback);
        Assert.That(sender.MaxSegments, Is.EqualTo(1));
        byte[] data = Pattern(3 * 1200);
        Assert.That(sender.TrySend(AddressOf(receiver), data, 1200, 2, out _), Is.EqualTo(SendStatus.Sent));
        Assert.That(Receive(receiver, Batch(), 3).SelectMany(d => d.Bytes), Is.EqualTo(data));
        Assert.That(sender.Description, Does.Contain("GSO off (turned off)"));
    }

    [Test]
    public void A_message_larger_than_its_slot_is_counted_without_its_bytes()
    {
        IDatagramSocket socket = Open(IPAddress.Loopback);
        using ReceiveBatch small = new(capacity: 4, slotSize: 512);
        Send(socket, AddressOf(socket), Pattern(1000));
        Send(socket, AddressOf(socket), Pattern(500));
        Assert.That(socket.Receive(small), Is.EqualTo(2));
        Assert.That(small.Data(0).Length, Is.Zero);
        Assert.That(small.Data(1).Length, Is.EqualTo(500));
        Assert.That(small.From(0), Is.EqualTo(AddressOf(socket)));
    }

    [Test]
    public void A_receive_takes_no_more_messages_than_the_batch_holds()
    {
        IDatagramSocket socket = Open(IPAddress.Loopback);
        ReceiveBatch batch = Batch(capacity: 4);
        for (int i = 0; i < 6; i++)
        {
            Send(socket, AddressOf(socket), [(byte)i]);
        }

        Assert.That(socket.Receive(batch), Is.EqualTo(4));
        Assert.That(batch.Data(3)[0], Is.EqualTo(3));
        Assert.That(socket.Receive(batch), Is.EqualTo(2));
        Assert.That(batch.Data(1)[0], Is.EqualTo(5));
        Assert.That(socket.Receive(batch), Is.Zero);
    }
}
