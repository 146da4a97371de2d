using System.Runtime.InteropServices;
using Connet.Quic.Io.Linux;

namespace Connet.Quic.Tests.Io;

public sealed class ControlMessagesTests
{
    [Test]
    public void What_is_appended_is_found()
    {
        byte[] control = new byte[ControlMessages.BufferLength];
        int length = ControlMessages.AppendInt32(control, 0, ControlMessages.IPv6Level, ControlMessages.IPv6TrafficClass, 0xfe);
        length = ControlMessages.AppendInt32(control, length, ControlMessages.UdpLevel, ControlMessages.UdpReceiveOffload, 1452);
        Assert.That(length, Is.EqualTo(48), "two headers of 16, each with its data padded to 8");
        ControlMessages.Parse(control.AsSpan(0, length), out int segment, out byte ecn);
        Assert.That(segment, Is.EqualTo(1452));
        Assert.That(ecn, Is.EqualTo(2), "the two low bits, without the code point");
    }

    [Test]
    public void Unknown_messages_are_passed_over()
    {
        byte[] control = new byte[ControlMessages.BufferLength];
        int length = ControlMessages.AppendUInt16(control, 0, 1, 29, 7);
        length = ControlMessages.AppendInt32(control, length, ControlMessages.IpLevel, ControlMessages.IpTypeOfService, 3);
        ControlMessages.Parse(control.AsSpan(0, length), out int segment, out byte ecn);
        Assert.That((segment, ecn), Is.EqualTo((0, (byte)3)));
    }

    [TestCase(0UL)]
    [TestCase(15UL)]
    [TestCase(41UL)]
    [TestCase(ulong.MaxValue)]
    public void A_length_that_cannot_be_ends_the_reading(ulong claimed)
    {
        byte[] control = new byte[40];
        ControlMessages.AppendInt32(control, 0, ControlMessages.UdpLevel, ControlMessages.UdpReceiveOffload, 1452);
        MemoryMarshal.Write(control, in claimed);
        ControlMessages.Parse(control, out int segment, out byte ecn);
        Assert.That((segment, ecn), Is.EqualTo((0, (byte)0)));
    }
}
