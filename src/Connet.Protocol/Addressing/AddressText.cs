using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Connet.Protocol.Addressing;

/// <summary>Addresses as people write them: <c>host:port</c>, <c>[v6]:port</c>, or <c>:port</c> for all interfaces.</summary>
internal static class AddressText
{
    /// <summary>Splits an address.</summary>
    /// <param name="text">The address.</param>
    /// <param name="defaultPort">The port if the text names none; null if it must.</param>
    /// <returns>The host without brackets, empty for all interfaces, and the port (0 to 65,535).</returns>
    /// <exception cref="FormatException">The text is no address.</exception>
    public static (string Host, int Port) Split(string text, int? defaultPort = null)
    {
        string host = text;
        string? port = null;
        int bracket = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) : -1;
        if (bracket > 0)
        {
            host = text[1..bracket];
            string rest = text[(bracket + 1)..];
            port = rest.StartsWith(':') ? rest[1..] : rest.Length == 0 ? null : throw Bad(text);
        }
        else if (text.LastIndexOf(':') is var colon and >= 0)
        {
            host = text[..colon];
            port = text[(colon + 1)..];
        }

        bool isV6 = bracket > 0;
        if (isV6 ? !IPAddress.TryParse(host, out IPAddress? literal) || literal.AddressFamily != AddressFamily.InterNetworkV6 : host.AsSpan().ContainsAny(":[]/ "))
        {
            throw Bad(text);
        }

        if (port is null)
        {
            return (host, defaultPort ?? throw Bad(text));
        }

        return ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) ? (host, number) : throw Bad(text);
    }

    /// <summary>Joins what <see cref="Split"/> separates.</summary>
    public static string Join(string host, int port) =>
        host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{port}" : $"{host}:{port}";

    /// <summary>Reads an address to bind a socket to; a name is looked up, no host means all interfaces of both families.</summary>
    /// <exception cref="FormatException">The text is no address, or the name is unknown.</exception>
    public static async ValueTask<IPEndPoint> ToLocalEndPointAsync(string text, int? defaultPort, CancellationToken cancellationToken)
    {
        (string host, int port) = Split(text, defaultPort);
        if (host.Length == 0)
        {
            return new IPEndPoint(IPAddress.IPv6Any, port);
        }

        IPAddress[] addresses = await ResolveAsync(host, cancellationToken).ConfigureAwait(false);
        return new IPEndPoint(addresses[0], port);
    }

    /// <summary>Looks a host up; a literal address needs no look-up.</summary>
    /// <returns>At least one address.</returns>
    /// <exception cref="FormatException">The name is unknown.</exception>
    public static async ValueTask<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (IpText.TryParse(host, out IPAddress literal))
        {
            return [IpText.Normalize(literal)];
        }

        try
        {
            IPAddress[] found = await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);
            return found.Length > 0 ? found : throw new FormatException($"The host '{host}' has no address.");
        }
        catch (SocketException exception)
        {
            throw new FormatException($"The host '{host}' cannot be found: {exception.Message}.", exception);
        }
    }

    private static FormatException Bad(string text) =>
        new($"'{text}' is no address: write host:port, [v6]:port or :port, with a port from 0 to 65535.");
}
