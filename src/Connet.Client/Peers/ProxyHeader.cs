using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Connet.Protocol.Addressing;
using Connet.Protocol.Peers;

namespace Connet.Client.Peers;

/// <summary>
/// The PROXY protocol header of a connection (haproxy.org, proxy-protocol.txt): version 1, section 2.1, a line of text; version 2, section 2.2, binary.
/// It is for the service behind the destination, and comes before everything that the user sends.
/// </summary>
internal static class ProxyHeader
{
    /// <summary>Of version 2: what no other protocol begins with.</summary>
    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Of version 2: the version in the high four bits, then the command PROXY or LOCAL.</summary>
    private const byte ProxyCommand = 0x21;
    private const byte LocalCommand = 0x20;

    /// <summary>Of version 2: the address family in the high four bits, then the transport, a stream.</summary>
    private const byte Unspecified = 0x00;
    private const byte TcpOverIPv4 = 0x11;
    private const byte TcpOverIPv6 = 0x21;

    /// <summary>The header.</summary>
    /// <param name="version">1 or 2.</param>
    /// <param name="user">Who has connected; without an IP address the header says that the user is not known.</param>
    /// <param name="listener">Where; the unspecified address if that is not known.</param>
    public static byte[] Write(ProxyProtocolVersion version, EndPoint? user, EndPoint? listener)
    {
        bool isKnown = TryPair(user, listener, out IPEndPoint source, out IPEndPoint destination);
        return version switch
        {
            ProxyProtocolVersion.V1 => isKnown ? WriteText(source, destination) : "PROXY UNKNOWN\r\n"u8.ToArray(),
            ProxyProtocolVersion.V2 => isKnown ? WriteBinary(source, destination) : [.. Signature, LocalCommand, Unspecified, 0, 0],
            _ => throw new ArgumentOutOfRangeException(nameof(version), version, "There are versions 1 and 2."),
        };
    }

    /// <summary>Brings both to one family, which a header has only one of: IPv6, unless both are IPv4.</summary>
    private static bool TryPair(EndPoint? user, EndPoint? listener, out IPEndPoint source, out IPEndPoint destination)
    {
        source = destination = new IPEndPoint(IPAddress.Any, 0);
        if (user is not IPEndPoint from)
        {
            return false;
        }

        IPAddress sourceAddress = IpText.Normalize(from.Address);
        bool isIPv4 = sourceAddress.AddressFamily == AddressFamily.InterNetwork;
        IPEndPoint to = listener as IPEndPoint ?? new IPEndPoint(isIPv4 ? IPAddress.Any : IPAddress.IPv6Any, 0);
        IPAddress destinationAddress = IpText.Normalize(to.Address);
        if (sourceAddress.AddressFamily != destinationAddress.AddressFamily)
        {
            (sourceAddress, destinationAddress) = (sourceAddress.MapToIPv6(), destinationAddress.MapToIPv6());
        }

        (source, destination) = (new IPEndPoint(sourceAddress, from.Port), new IPEndPoint(destinationAddress, to.Port));
        return true;
    }

    private static byte[] WriteText(IPEndPoint source, IPEndPoint destination)
    {
        string family = source.AddressFamily == AddressFamily.InterNetwork ? "TCP4" : "TCP6";
        return Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"PROXY {family} {Text(source.Address)} {Text(destination.Address)} {source.Port} {destination.Port}\r\n"));
    }

    /// <summary>Section 2.1: IPv6 as groups of hexadecimal digits; neither dotted numbers in it nor the name of an interface.</summary>
    private static string Text(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return address.ToString();
        }

        byte[] bytes = address.GetAddressBytes();
        string text = new IPAddress(bytes).ToString();
        return text.Contains('.', StringComparison.Ordinal)
            ? string.Join(':', Enumerable.Range(0, 8).Select(group => BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(2 * group)).ToString("x", CultureInfo.InvariantCulture)))
            : text;
    }

    private static byte[] WriteBinary(IPEndPoint source, IPEndPoint destination)
    {
        Span<byte> ports = stackalloc byte[2 * sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(ports, (ushort)source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(ports[sizeof(ushort)..], (ushort)destination.Port);
        byte[] addresses = [.. source.Address.GetAddressBytes(), .. destination.Address.GetAddressBytes(), .. ports];
        byte family = source.AddressFamily == AddressFamily.InterNetwork ? TcpOverIPv4 : TcpOverIPv6;

        // The length of what follows has 16 bits; it is 12 or 36.
        return [.. Signature, ProxyCommand, family, 0, (byte)addresses.Length, .. addresses];
    }
}
