using System.Net;
using System.Net.Sockets;
using System.Text;
using Connet.Client.Peers;
using Connet.Protocol.Peers;

namespace Connet.Client.Tests.Peers;

/// <summary>The bytes of PROXY protocol headers, against the specification's layout (haproxy.org, proxy-protocol.txt, sections 2.1 and 2.2).</summary>
public sealed class ProxyHeaderTests
{
    private const string Signature = "0D0A0D0A000D0A515549540A";

    [TestCase("192.0.2.1:5000", "198.51.100.7:443", "PROXY TCP4 192.0.2.1 198.51.100.7 5000 443\r\n")]
    [TestCase("[2001:db8::1]:65535", "[2001:db8::2]:1", "PROXY TCP6 2001:db8::1 2001:db8::2 65535 1\r\n")]
    [TestCase("[::ffff:192.0.2.1]:5000", "198.51.100.7:443", "PROXY TCP4 192.0.2.1 198.51.100.7 5000 443\r\n")]
    [TestCase("[::ffff:192.0.2.1]:5000", "[::ffff:198.51.100.7]:443", "PROXY TCP4 192.0.2.1 198.51.100.7 5000 443\r\n")]
    [TestCase("192.0.2.1:5000", "[2001:db8::2]:443", "PROXY TCP6 0:0:0:0:0:ffff:c000:201 2001:db8::2 5000 443\r\n")]
    [TestCase("[2001:db8::1]:5000", "198.51.100.7:443", "PROXY TCP6 2001:db8::1 0:0:0:0:0:ffff:c633:6407 5000 443\r\n")]
    [TestCase("[fe80::1%3]:5000", "[fe80::2%3]:443", "PROXY TCP6 fe80::1 fe80::2 5000 443\r\n")]
    [TestCase("192.0.2.1:5000", null, "PROXY TCP4 192.0.2.1 0.0.0.0 5000 0\r\n")]
    [TestCase("[2001:db8::1]:5000", null, "PROXY TCP6 2001:db8::1 :: 5000 0\r\n")]
    [TestCase(null, "198.51.100.7:443", "PROXY UNKNOWN\r\n")]
    [TestCase(null, null, "PROXY UNKNOWN\r\n")]
    public void Version_1_is_a_line(string? user, string? listener, string expected) =>
        Assert.That(Encoding.ASCII.GetString(ProxyHeader.Write(ProxyProtocolVersion.V1, Parse(user), Parse(listener))), Is.EqualTo(expected));

    [TestCase("192.0.2.1:5000", "198.51.100.7:443", "2111000C" + "C0000201" + "C6336407" + "1388" + "01BB")]
    [TestCase("[::ffff:192.0.2.1]:5000", "[::ffff:198.51.100.7]:443", "2111000C" + "C0000201" + "C6336407" + "1388" + "01BB")]
    [TestCase(
        "[2001:db8::1]:65535", "[2001:db8::2]:1", "21210024" + "20010DB8000000000000000000000001" + "20010DB8000000000000000000000002" + "FFFF" + "0001")]
    [TestCase("192.0.2.1:5000", "[2001:db8::2]:443", "21210024" + "00000000000000000000FFFFC0000201" + "20010DB8000000000000000000000002" + "1388" + "01BB")]
    [TestCase("192.0.2.1:5000", null, "2111000C" + "C0000201" + "00000000" + "1388" + "0000")]
    [TestCase(null, "198.51.100.7:443", "20000000")]
    [TestCase(null, null, "20000000")]
    public void Version_2_is_binary(string? user, string? listener, string expected) =>
        Assert.That(Convert.ToHexString(ProxyHeader.Write(ProxyProtocolVersion.V2, Parse(user), Parse(listener))), Is.EqualTo(Signature + expected));

    [TestCase(1, "PROXY UNKNOWN\r\n")]
    [TestCase(2, "\r\n\r\n\0\r\nQUIT\n \0\0\0")]
    public void A_user_without_an_IP_address_is_unknown(int version, string expected)
    {
        UnixDomainSocketEndPoint path = new("/run/app.sock");
        Assert.That(Encoding.ASCII.GetString(ProxyHeader.Write((ProxyProtocolVersion)version, path, path)), Is.EqualTo(expected));
        Assert.That(Encoding.ASCII.GetString(ProxyHeader.Write((ProxyProtocolVersion)version, new DnsEndPoint("example.net", 80), null)), Is.EqualTo(expected));
    }

    [Test]
    public void A_line_is_never_longer_than_a_receiver_has_to_read()
    {
        IPEndPoint longest = new(IPAddress.Parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 65535);
        Assert.That(ProxyHeader.Write(ProxyProtocolVersion.V1, longest, longest), Has.Length.EqualTo(104).And.Length.LessThanOrEqualTo(107));
    }

    private static IPEndPoint? Parse(string? text) => text is null ? null : IPEndPoint.Parse(text);
}
