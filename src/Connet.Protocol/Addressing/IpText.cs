using System.Net;
using System.Net.Sockets;

namespace Connet.Protocol.Addressing;

/// <summary>Strict reading of literal addresses.</summary>
internal static class IpText
{
    /// <summary>
    /// Reads four decimal numbers, or IPv6. <see cref="IPAddress.TryParse(string?, out IPAddress?)"/> also takes numbers without
    /// dots, octal and hexadecimal ones, brackets and ports: a host named "1" would turn into 0.0.0.1.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IPAddress address)
    {
        address = IPAddress.None;
        if (!(text.Contains(':') ? text.IndexOfAny('[', ']', '/') < 0 : IsDotted(text)) || !IPAddress.TryParse(text, out IPAddress? parsed))
        {
            return false;
        }

        address = parsed;
        return true;
    }

    /// <summary>IPv4 for an IPv4-mapped address, any other as it is.</summary>
    public static IPAddress Normalize(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 && address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static bool IsDotted(ReadOnlySpan<char> text)
    {
        int parts = 0;
        foreach (Range range in text.Split('.'))
        {
            ReadOnlySpan<char> part = text[range];
            bool number = part.Length is > 0 and <= 3 && part.IndexOfAnyExceptInRange('0', '9') < 0 && (part.Length == 1 || part[0] != '0');
            if (!number || ++parts > 4)
            {
                return false;
            }
        }

        return parts == 4;
    }
}
