using System.Net;
using System.Net.Sockets;

namespace Connet.Client.Direct;

/// <summary>
/// Which of a peer's announced addresses are dialled, and in what order. Anybody who can announce could otherwise make this client send
/// to addresses of his choice, so the number is small and what cannot be a peer is left out.
/// </summary>
internal static class CandidateFilter
{
    /// <summary>The most addresses of one peer that are dialled.</summary>
    public const int MaxCandidates = 16;

    /// <summary>Chooses and orders.</summary>
    /// <param name="directs">What the peer announces, normalised.</param>
    /// <param name="socket">The address that this client's socket is bound to.</param>
    /// <param name="networks">This machine's addresses.</param>
    /// <param name="usesLoopback">Whether loopback addresses are dialled.</param>
    /// <returns>Loopback first, then the own subnets, then public addresses, then private ones elsewhere.</returns>
    public static IReadOnlyList<IPEndPoint> Choose(
        IEnumerable<IPEndPoint> directs, IPEndPoint socket, LocalNetworks networks, bool usesLoopback) =>
    [
        .. directs
            .Where(direct => CanBePeer(direct, socket, networks, usesLoopback))
            .Distinct()
            .OrderBy(direct => Rank(direct.Address, networks))
            .Take(MaxCandidates),
    ];

    /// <summary>Whether an address can be somebody's at all, wherever he is.</summary>
    public static bool IsUnicast(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return !address.IsIPv6Multicast && !address.Equals(IPAddress.IPv6Any) && !address.IsIPv4MappedToIPv6;
        }

        // 0.0.0.0/8 is this network, 224.0.0.0/4 multicast, 240.0.0.0/4 reserved with the broadcast address in it.
        return address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes()[0] is > 0 and < 224;
    }

    private static bool CanBePeer(IPEndPoint direct, IPEndPoint socket, LocalNetworks networks, bool usesLoopback)
    {
        IPAddress address = direct.Address;
        if (direct.Port == 0 || !IsUnicast(address) || IsLinkLocal(address) || !IsReachableFrom(socket.Address, address))
        {
            return false;
        }

        if (IPAddress.IsLoopback(address))
        {
            return usesLoopback && direct.Port != socket.Port;
        }

        return direct.Port != socket.Port || !(networks.IsOwn(address) || address.Equals(socket.Address));
    }

    private static bool IsLinkLocal(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6
        ? address.IsIPv6LinkLocal
        : address.GetAddressBytes() is [169, 254, _, _];

    /// <summary>A socket of one family does not reach the other; only the unspecified IPv6 address takes both.</summary>
    public static bool IsReachableFrom(IPAddress socket, IPAddress address) =>
        socket.Equals(IPAddress.IPv6Any) || socket.AddressFamily == address.AddressFamily || (socket.IsIPv4MappedToIPv6 && address.AddressFamily == AddressFamily.InterNetwork);

    private static int Rank(IPAddress address, LocalNetworks networks)
    {
        if (IPAddress.IsLoopback(address))
        {
            return 0;
        }

        return networks.IsNear(address) ? 1 : IsPrivate(address) ? 3 : 2;
    }

    private static bool IsPrivate(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6
        ? address.IsIPv6UniqueLocal || address.IsIPv6SiteLocal
        : address.GetAddressBytes() is [10, ..] or [172, >= 16 and < 32, ..] or [192, 168, ..] or [100, >= 64 and < 128, ..];
}
