using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Connet.Protocol.Addressing;

namespace Connet.Protocol.Restrictions;

/// <summary>An address prefix such as <c>192.0.2.0/24</c>. IPv4-mapped IPv6 counts as IPv4 on both sides of a match.</summary>
internal readonly record struct IpPrefix
{
    private const int Ipv4Bits = 32;
    private const int Ipv6Bits = 128;
    private const int MappedBits = Ipv6Bits - Ipv4Bits;

    private readonly bool _isIpv4;
    private readonly int _length;
    private readonly UInt128 _network;

    private IpPrefix(IPAddress address, int length)
    {
        _isIpv4 = address.AddressFamily == AddressFamily.InterNetwork;
        _length = length;
        _network = Bits(address) & Mask;
    }

    private UInt128 Mask => _length == 0 ? UInt128.Zero : UInt128.MaxValue << (Ipv6Bits - _length);

    /// <summary>Reads a prefix; a plain address is one of full length. Bits beyond the length may be set and do not count.</summary>
    /// <exception cref="FormatException">The text is neither.</exception>
    public static IpPrefix Parse(string text) =>
        TryParse(text, out IpPrefix prefix) ? prefix : throw new FormatException($"'{text}' is neither an address nor an address prefix.");

    /// <summary>Reads a prefix; a plain address is one of full length. Bits beyond the length may be set and do not count.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IpPrefix prefix)
    {
        prefix = default;
        int slash = text.IndexOf('/');
        ReadOnlySpan<char> addressText = slash < 0 ? text : text[..slash];
        if (addressText.Contains('%') || !IpText.TryParse(addressText, out IPAddress address))
        {
            return false;
        }

        int bits = address.AddressFamily == AddressFamily.InterNetwork ? Ipv4Bits : Ipv6Bits;
        int length = bits;
        if (slash >= 0)
        {
            ReadOnlySpan<char> lengthText = text[(slash + 1)..];
            bool padded = lengthText.Length > 1 && lengthText[0] == '0';
            if (padded || !int.TryParse(lengthText, NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > bits)
            {
                return false;
            }
        }

        // A shorter prefix than the mapping's own covers more than IPv4 and stays IPv6.
        prefix = address.IsIPv4MappedToIPv6 && length >= MappedBits
            ? new IpPrefix(address.MapToIPv4(), length - MappedBits)
            : new IpPrefix(address, length);
        return true;
    }

    /// <summary>Whether an address has this prefix.</summary>
    public bool Contains(IPAddress address)
    {
        IPAddress normal = IpText.Normalize(address);
        return normal.AddressFamily == AddressFamily.InterNetwork == _isIpv4 && (Bits(normal) & Mask) == _network;
    }

    /// <summary>The address's bits, from the top.</summary>
    private static UInt128 Bits(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[Ipv6Bits / 8];
        bytes.Clear();
        address.TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
