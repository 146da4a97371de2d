using System.Net;
using Connet.Protocol.Addressing;
using Connet.Protocol.Common;

namespace Connet.Relay;

/// <summary>Under which hosts and ports an ingress is announced to clients.</summary>
internal static class AdvertisedAddresses
{
    private const string Nobody = "localhost";

    /// <summary>The addresses of an ingress, whose socket has the port <paramref name="boundPort"/>.</summary>
    /// <exception cref="FormatException">One of them is no address.</exception>
    public static IReadOnlyList<HostPort> Of(RelayIngressOptions ingress, int boundPort)
    {
        if (ingress.HostPorts.Count == 0)
        {
            return [AddressMessages.ToHostPort(Nobody, boundPort)];
        }

        string own = OwnHost(ingress.Address);
        return [.. ingress.HostPorts.Select(text => Read(text, own, boundPort))];
    }

    private static HostPort Read(string text, string ownHost, int boundPort)
    {
        (string host, int port) = IpText.TryParse(text, out IPAddress literal) ? (literal.ToString(), 0) : AddressText.Split(text, 0);
        HostPort read = AddressMessages.ToHostPort(host.Length > 0 ? host : ownHost, port > 0 ? port : boundPort);
        return AddressMessages.TryRead(read, out _) ? read : throw new FormatException($"'{text}' is no host and port that clients could reach.");
    }

    /// <summary>The host of the socket's address, unless it stands for all interfaces: nobody can dial that.</summary>
    private static string OwnHost(string address)
    {
        (string host, _) = AddressText.Split(address, 0);
        bool isAny = host.Length == 0 || (IpText.TryParse(host, out IPAddress literal) && (literal.Equals(IPAddress.Any) || literal.Equals(IPAddress.IPv6Any)));
        return isAny ? Nobody : host;
    }
}
