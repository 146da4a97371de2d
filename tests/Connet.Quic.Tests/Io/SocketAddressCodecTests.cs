using System.Net;
using System.Net.Sockets;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Io;

namespace Connet.Quic.Tests.Io;

public sealed class SocketAddressCodecTests
{
    [TestCase("192.0.2.7", 4433, AddressFamily.InterNetwork)]
    [TestCase("192.0.2.7", 4433, AddressFamily.InterNetworkV6)]
    [TestCase("255.255.255.255", 65535, AddressFamily.InterNetworkV6)]
    [TestCase("::ffff:192.0.2.7", 4433, AddressFamily.InterNetworkV6)]
    [TestCase("::ffff:192.0.2.7", 4433, AddressFamily.InterNetwork)]
    [TestCase("2001:db8::1:2:3", 1, AddressFamily.InterNetworkV6)]
    [TestCase("fe80::1%7", 443, AddressFamily.InterNetworkV6)]
    public void Addresses_round_trip_and_are_what_the_runtime_writes(string host, int port, AddressFamily family)
    {
        IPAddress address = IPAddress.Parse(host);
        NetworkAddress expected = NetworkAddress.FromEndPoint(new IPEndPoint(address, port));
        byte[] bytes = new byte[SocketAddressCodec.Length(family)];
        Assert.That(SocketAddressCodec.TryWrite(bytes, family, expected), Is.True);
        Assert.That(SocketAddressCodec.Read(bytes, family), Is.EqualTo(expected));

        IPAddress native = family == AddressFamily.InterNetworkV6 ? address.MapToIPv6() : address.MapToIPv4();
        SocketAddress reference = new IPEndPoint(native, port).Serialize();
        Assert.That(bytes[2..], Is.EqualTo(reference.Buffer.Span[2..reference.Size].ToArray()));
    }

    [Test]
    public void An_IPv4_socket_cannot_name_an_IPv6_host()
    {
        NetworkAddress address = NetworkAddress.FromEndPoint(new IPEndPoint(IPAddress.IPv6Loopback, 443));
        Assert.That(SocketAddressCodec.TryWrite(new byte[SocketAddressCodec.IPv4Length], AddressFamily.InterNetwork, address), Is.False);
    }

    [Test]
    public void A_used_buffer_leaves_nothing_behind()
    {
        byte[] bytes = new byte[SocketAddressCodec.IPv6Length];
        bytes.AsSpan().Fill(0xff);
        NetworkAddress address = NetworkAddress.FromIPv4(0x7f000001, 53);
        Assert.That(SocketAddressCodec.TryWrite(bytes, AddressFamily.InterNetworkV6, address), Is.True);
        Assert.That(SocketAddressCodec.Read(bytes, AddressFamily.InterNetworkV6), Is.EqualTo(address));
        Assert.That(bytes[4..8].Concat(bytes[24..28]), Is.All.EqualTo(0), "flow label and scope");
    }
}
