using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Connet.Protocol.Common;
using Google.Protobuf;

namespace Connet.Protocol.Addressing;

/// <summary>Between <see cref="AddrPort"/>, <see cref="HostPort"/> and the platform's end points.</summary>
internal static class AddressMessages
{
    private const int Ipv4Length = 4;
    private const int Ipv6Length = 16;

    /// <summary>The longest host name in text form (RFC 1035 section 2.3.4, less the lengths on the wire).</summary>
    private const int MaxHostLength = 253;

    private static readonly SearchValues<char> s_notInNames = SearchValues.Create(" :/[]%@");

    /// <summary>The message for an address; an IPv4-mapped one goes as IPv4. A scope has no meaning elsewhere and is left out.</summary>
    public static Addr ToAddr(IPAddress address)
    {
        IPAddress normal = IpText.Normalize(address);
        ByteString bytes = ByteString.CopyFrom(normal.GetAddressBytes());
        return normal.AddressFamily == AddressFamily.InterNetwork ? new Addr { V4 = bytes } : new Addr { V6 = bytes };
    }

    /// <summary>The message for an address and a port.</summary>
    public static AddrPort ToAddrPort(IPEndPoint endPoint) => new() { Addr = ToAddr(endPoint.Address), Port = (uint)endPoint.Port };

    /// <summary>Reads an address, IPv4-mapped ones as IPv4.</summary>
    /// <returns>False if it is missing, has not exactly one of its forms, or the wrong length.</returns>
    public static bool TryRead(Addr? message, [NotNullWhen(true)] out IPAddress? address)
    {
        address = (message?.V4.Length, message?.V6.Length) switch
        {
            (Ipv4Length, 0) => new IPAddress(message!.V4.Span),
            (0, Ipv6Length) => IpText.Normalize(new IPAddress(message!.V6.Span)),
            _ => null,
        };
        return address is not null;
    }

    /// <summary>Reads an address and its port.</summary>
    /// <returns>False if the address is none, or the port is one that nobody can be reached at.</returns>
    public static bool TryRead(AddrPort? message, [NotNullWhen(true)] out IPEndPoint? endPoint)
    {
        endPoint = TryRead(message?.Addr, out IPAddress? address) && IsPort(message!.Port)
            ? new IPEndPoint(address, (int)message.Port)
            : null;
        return endPoint is not null;
    }

    /// <summary>The message for a host, which may be a literal address with or without brackets; an IPv4-mapped one goes as IPv4.</summary>
    public static HostPort ToHostPort(string host, int port)
    {
        string bare = WithoutBrackets(host);
        bool isMapped = IpText.TryParse(bare, out IPAddress address) && address.IsIPv4MappedToIPv6;
        return new HostPort { Host = isMapped ? address.MapToIPv4().ToString() : bare, Port = (uint)port };
    }

    /// <summary>
    /// Reads a host and its port: an <see cref="IPEndPoint"/> for a literal address, in brackets or not, else a
    /// <see cref="DnsEndPoint"/>.
    /// </summary>
    /// <returns>False if the host cannot be a name, or the port is one that nobody can be reached at.</returns>
    public static bool TryRead(HostPort? message, [NotNullWhen(true)] out EndPoint? endPoint)
    {
        endPoint = null;
        if (message is null || !IsPort(message.Port))
        {
            return false;
        }

        string host = WithoutBrackets(message.Host);
        int port = (int)message.Port;
        if (IpText.TryParse(host, out IPAddress address))
        {
            endPoint = new IPEndPoint(IpText.Normalize(address), port);
        }
        else if (IsHostName(host))
        {
            endPoint = new DnsEndPoint(host, port);
        }

        return endPoint is not null;
    }

    /// <summary>Brackets are taken off around an IPv6 address only; around anything else they make it no host.</summary>
    private static string WithoutBrackets(string host) =>
        host is ['[', .. string inner, ']'] && inner.Contains(':', StringComparison.Ordinal) && IpText.TryParse(inner, out _)
            ? inner
            : host;

    private static bool IsPort(uint port) => port is > 0 and <= IPEndPoint.MaxPort;

    private static bool IsHostName(string host) =>
        host.Length is > 0 and <= MaxHostLength && !host.AsSpan().ContainsAny(s_notInNames) && !host.Any(char.IsControl);
}
