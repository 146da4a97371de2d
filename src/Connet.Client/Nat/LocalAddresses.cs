using System.Net;
using System.Net.Sockets;
using Connet.Protocol.Addressing;

namespace Connet.Client.Nat;

/// <summary>Which addresses of this machine, and which of those that others see it at, are worth announcing.</summary>
internal static class LocalAddresses
{
    /// <summary>Peers dial every one of them: more than a machine in daily use has would only cost.</summary>
    public const int MaxAddresses = 16;

    /// <summary>
    /// What container and virtual machine software calls the bridges of networks that exist inside this machine only. One that carries a
    /// default route is a bridge to the outside, and counts.
    /// </summary>
    private static readonly string[] s_insideBridges =
        ["docker", "br-", "veth", "virbr", "cni", "lxcbr", "lxdbr", "podman", "flannel", "cali", "vmnet", "vboxnet", "vEthernet"];

    /// <summary>The addresses to announce, the most useful first.</summary>
    /// <param name="reflexive">The addresses that others see this socket at.</param>
    /// <param name="interfaces">The machine's interfaces.</param>
    /// <param name="socket">What the socket is bound to.</param>
    /// <param name="withLoopback">Whether peers may be on this machine.</param>
    public static IReadOnlyList<IPEndPoint> Select(
        IEnumerable<IPEndPoint> reflexive, IEnumerable<LocalInterface> interfaces, IPEndPoint socket, bool withLoopback)
    {
        IEnumerable<IPEndPoint> local = LocalOf(interfaces, socket, withLoopback)
            .Where(address => IsOfFamily(address, socket.Address))
            .Select(address => new IPEndPoint(address, socket.Port));
        return
        [
            .. reflexive.Select(each => new IPEndPoint(IpText.Normalize(each.Address), each.Port)).Concat(local)
                .Where(each => IsUsable(each.Address, withLoopback))
                .Distinct()
                .Take(MaxAddresses),
        ];
    }

    private static IEnumerable<IPAddress> LocalOf(IEnumerable<LocalInterface> interfaces, IPEndPoint socket, bool withLoopback)
    {
        if (!IsAny(socket.Address))
        {
            return [IpText.Normalize(socket.Address)];
        }

        IEnumerable<IPAddress> own = interfaces
            .Where(each => each.IsUp && (each.HasGateway || !IsInsideBridge(each.Name)))
            .SelectMany(each => each.Addresses)
            .Select(WithoutScope)
            .Where(address => !IPAddress.IsLoopback(address));
        return withLoopback ? own.Take(MaxAddresses - 3).Concat([IPAddress.Loopback, IPAddress.IPv6Loopback]) : own;
    }

    private static bool IsInsideBridge(string name) =>
        s_insideBridges.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    private static bool IsOfFamily(IPAddress address, IPAddress socket) =>
        socket.Equals(IPAddress.IPv6Any) || address.AddressFamily == IpText.Normalize(socket).AddressFamily;

    private static bool IsUsable(IPAddress address, bool withLoopback)
    {
        if (IsAny(address) || address.Equals(IPAddress.Broadcast) || (IPAddress.IsLoopback(address) && !withLoopback))
        {
            return false;
        }

        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return !address.IsIPv6LinkLocal && !address.IsIPv6Multicast;
        }

        Span<byte> bytes = stackalloc byte[4];
        return address.TryWriteBytes(bytes, out _) && bytes is not [169, 254, ..] and not [>= 224, ..] and not [0, ..];
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static IPAddress WithoutScope(IPAddress address)
    {
        IPAddress normal = IpText.Normalize(address);
        return normal.AddressFamily == AddressFamily.InterNetworkV6 && normal.ScopeId != 0 && !normal.IsIPv6LinkLocal
            ? new IPAddress(normal.GetAddressBytes())
            : normal;
    }
}
