using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Connet.Cli.Configuration;

/// <summary>The written forms of addresses, hosts and prefixes.</summary>
internal static class AddressSyntax
{
    /// <summary>What <see cref="IsAddress"/> allows.</summary>
    public const string Allowed = "host:port, [v6]:port or :port, with a port from 0 to 65535";

    /// <summary>RFC 1035 section 2.3.4, less the lengths on the wire.</summary>
    private const int MaxHostLength = 253;

    /// <summary>A host, which may be empty, and a port.</summary>
    public static bool IsAddress(string text) => TrySplit(text, out string host, out int? port) && port is not null && (host.Length == 0 || IsHost(host));

    /// <summary>A host and a port that may be missing.</summary>
    public static bool IsServer(string text) => TrySplit(text, out string host, out int? port) && port != 0 && IsHost(host);

    /// <summary>A host, a port, or both.</summary>
    public static bool IsHostPort(string text) =>
        TrySplit(text, out string host, out int? port) && port != 0 && (host.Length == 0 ? port is not null : IsHost(host));

    /// <summary>The address of a server, with its port; an IPv6 host stands in brackets.</summary>
    public static string WithPort(string text, int defaultPort) =>
        TrySplit(text, out string host, out int? port)
            ? string.Create(CultureInfo.InvariantCulture, $"{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port ?? defaultPort}")
            : text;

    /// <summary>A name or a literal address, an IPv6 one without brackets.</summary>
    public static bool IsHost(string text) =>
        text.Contains(':', StringComparison.Ordinal)
            ? IPAddress.TryParse(text, out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetworkV6 && !text.Contains('[', StringComparison.Ordinal)
            : text.Length is > 0 and <= MaxHostLength && text.All(each => char.IsLetterOrDigit(each) || each is '.' or '-' or '_' or '*');

    /// <summary>An address, or an address and the length of a prefix.</summary>
    public static bool IsPrefix(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        string address = slash < 0 ? text : text[..slash];
        bool isV6 = address.Contains(':', StringComparison.Ordinal);
        if (address.AsSpan().ContainsAny("[]%") || !(isV6 ? IsHost(address) : IsDotted(address)))
        {
            return false;
        }

        string length = slash < 0 ? "0" : text[(slash + 1)..];
        return byte.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out byte bits)
            && bits <= (isV6 ? 128 : 32)
            && (length.Length == 1 || length[0] != '0');
    }

    private static bool TrySplit(string text, out string host, out int? port)
    {
        host = text;
        port = null;
        if (text.StartsWith('['))
        {
            int bracket = text.IndexOf(']', StringComparison.Ordinal);
            if (bracket < 0)
            {
                return false;
            }

            host = text[1..bracket];
            string rest = text[(bracket + 1)..];
            return host.Contains(':', StringComparison.Ordinal) && (rest.Length == 0 || (rest[0] == ':' && TryPort(rest[1..], out port)));
        }

        int colon = text.LastIndexOf(':');
        if (colon < 0)
        {
            return true;
        }

        host = text[..colon];
        return !host.Contains(':', StringComparison.Ordinal) && TryPort(text[(colon + 1)..], out port);
    }

    private static bool TryPort(string text, out int? port)
    {
        bool good = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number);
        port = good ? number : null;
        return good;
    }

    /// <summary>Four decimal numbers; the platform's parser takes fewer, and octal ones.</summary>
    private static bool IsDotted(string text)
    {
        string[] parts = text.Split('.');
        return parts.Length == 4
            && parts.All(part => byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _) && (part.Length == 1 || part[0] != '0'));
    }
}
