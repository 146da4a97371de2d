using System.Net;
using Connet.Protocol.Addressing;
using Connet.Protocol.Common;
using Google.Protobuf;

namespace Connet.Protocol.Tests.Addressing;

/// <summary>Addresses between messages and end points.</summary>
public sealed class AddressMessagesTests
{
    [TestCase("192.0.2.7:19192", "0a060a04c000020710f89501")]
    [TestCase("[::ffff:192.0.2.7]:19192", "0a060a04c000020710f89501")]
    [TestCase("[2001:db8::1]:1", "0a12121020010db80000000000000000000000011001")]
    public void An_end_point_is_sent_in_its_shortest_form(string endPoint, string hex) =>
        Assert.That(Convert.ToHexStringLower(AddressMessages.ToAddrPort(IPEndPoint.Parse(endPoint)).ToByteArray()), Is.EqualTo(hex));

    [TestCase("c0000207", "", "192.0.2.7")]
    [TestCase("", "00000000000000000000ffffc0000207", "192.0.2.7")]
    [TestCase("", "20010db8000000000000000000000001", "2001:db8::1")]
    [TestCase("", "", null)]
    [TestCase("c00002", "", null)]
    [TestCase("c000020700", "", null)]
    [TestCase("", "c0000207", null)]
    [TestCase("20010db8000000000000000000000001", "", null)]
    [TestCase("c0000207", "20010db8000000000000000000000001", null)]
    public void Exactly_one_form_of_the_right_length_is_read(string v4, string v6, string? expected)
    {
        Addr message = new() { V4 = ByteString.CopyFrom(Convert.FromHexString(v4)), V6 = ByteString.CopyFrom(Convert.FromHexString(v6)) };
        bool read = AddressMessages.TryRead(message, out IPAddress? address);
        Assert.That(read, Is.EqualTo(expected is not null));
        Assert.That(address?.ToString(), Is.EqualTo(expected));
    }

    [TestCase(0u, false)]
    [TestCase(1u, true)]
    [TestCase(65535u, true)]
    [TestCase(65536u, false)]
    [TestCase(uint.MaxValue, false)]
    public void A_port_is_one_that_can_be_reached(uint port, bool expected)
    {
        AddrPort message = new() { Addr = AddressMessages.ToAddr(IPAddress.Loopback), Port = port };
        Assert.That(AddressMessages.TryRead(message, out IPEndPoint? _), Is.EqualTo(expected));
        Assert.That(AddressMessages.TryRead(new HostPort { Host = "h", Port = port }, out EndPoint? _), Is.EqualTo(expected));
    }

    [Test]
    public void What_is_missing_is_not_read()
    {
        Assert.That(AddressMessages.TryRead((Addr?)null, out _), Is.False);
        Assert.That(AddressMessages.TryRead((AddrPort?)null, out _), Is.False);
        Assert.That(AddressMessages.TryRead((HostPort?)null, out _), Is.False);
        Assert.That(AddressMessages.TryRead(new AddrPort { Port = 1 }, out _), Is.False);
    }

    [Test]
    public void A_scope_is_left_out()
    {
        IPAddress scoped = new(IPAddress.Parse("fe80::1").GetAddressBytes(), 3);
        Assert.That(AddressMessages.TryRead(AddressMessages.ToAddr(scoped), out IPAddress? address), Is.True);
        Assert.That(address, Is.EqualTo(IPAddress.Parse("fe80::1")));
    }

    [TestCase("[2001:db8::1]", "2001:db8::1")]
    [TestCase("2001:db8::1", "2001:db8::1")]
    [TestCase("relay.example", "relay.example")]
    [TestCase("192.0.2.7", "192.0.2.7")]
    [TestCase("::ffff:192.0.2.7", "192.0.2.7")]
    [TestCase("[::ffff:192.0.2.7]", "192.0.2.7")]
    public void A_host_is_sent_without_brackets(string host, string sent) =>
        Assert.That(AddressMessages.ToHostPort(host, 7), Is.EqualTo(new HostPort { Host = sent, Port = 7 }));

    [TestCase("192.0.2.7", "192.0.2.7:7")]
    [TestCase("2001:db8::1", "[2001:db8::1]:7")]
    [TestCase("[2001:db8::1]", "[2001:db8::1]:7")]
    [TestCase("::ffff:192.0.2.7", "192.0.2.7:7")]
    [TestCase("[::ffff:192.0.2.7]", "192.0.2.7:7")]
    public void A_literal_host_is_an_address(string host, string expected)
    {
        Assert.That(AddressMessages.TryRead(new HostPort { Host = host, Port = 7 }, out EndPoint? endPoint), Is.True);
        Assert.That(endPoint, Is.TypeOf<IPEndPoint>());
        Assert.That(endPoint!.ToString(), Is.EqualTo(expected));
    }

    [TestCase("relay.example")]
    [TestCase("localhost")]
    [TestCase("1")]
    [TestCase("010.0.0.1")]
    [TestCase("0x7f.0.0.1")]
    [TestCase("127.1")]
    public void Any_other_host_is_a_name(string host)
    {
        Assert.That(AddressMessages.TryRead(new HostPort { Host = host, Port = 7 }, out EndPoint? endPoint), Is.True);
        Assert.That(endPoint, Is.EqualTo(new DnsEndPoint(host, 7)));
    }

    [TestCase("")]
    [TestCase("a b")]
    [TestCase("host:80")]
    [TestCase("[host]")]
    [TestCase("[192.0.2.7]")]
    [TestCase("[2001:db8::1")]
    [TestCase("[[2001:db8::1]]")]
    [TestCase("[2001:db8::1]:80")]
    [TestCase("2001:db8::1/64")]
    [TestCase("a\nb")]
    [TestCase("a/b")]
    public void What_cannot_be_a_host_is_refused(string host) =>
        Assert.That(AddressMessages.TryRead(new HostPort { Host = host, Port = 7 }, out EndPoint? _), Is.False);

    [Test]
    public void A_name_longer_than_any_is_refused() =>
        Assert.That(AddressMessages.TryRead(new HostPort { Host = new string('a', 254), Port = 7 }, out EndPoint? _), Is.False);
}
