using System.Net;
using System.Net.NetworkInformation;

namespace Connet.Client.Direct;

/// <summary>The addresses of this machine and the subnets they are in. Immutable.</summary>
/// <param name="Addresses">Each address of an interface that is up, with the length of its subnet's prefix.</param>
internal sealed record LocalNetworks(IReadOnlyList<(IPAddress Address, int PrefixLength)> Addresses)
{
    /// <summary>No network at all.</summary>
    public static LocalNetworks None { get; } = new([]);

    /// <summary>Asks the system.</summary>
    public static LocalNetworks Read()
    {
        try
        {
            return new LocalNetworks(
            [
                .. NetworkInterface.GetAllNetworkInterfaces()
                    .Where(adapter => adapter.OperationalStatus == OperationalStatus.Up)
                    .SelectMany(adapter => adapter.GetIPProperties().UnicastAddresses)
                    .Select(unicast => (WithoutScope(unicast.Address), unicast.PrefixLength)),
            ]);
        }
        catch (NetworkInformationException)
        {
            return None;
        }
    }

    /// <summary>Whether an address is one of this machine.</summary>
    public bool IsOwn(IPAddress address) => Addresses.Any(own => own.Address.Equals(address));

    /// <summary>Whether an address is in a subnet of this machine.</summary>
    public bool IsNear(IPAddress address) => Addresses.Any(own => IsInSubnet(address, own.Address, own.PrefixLength));

    private static bool IsInSubnet(IPAddress address, IPAddress network, int prefixLength)
    {
        byte[] a = address.GetAddressBytes();
        byte[] b = network.GetAddressBytes();
        if (a.Length != b.Length || prefixLength <= 0 || prefixLength > a.Length * 8)
        {
            return false;
        }

        int whole = prefixLength / 8;
        int rest = prefixLength % 8;
        int mask = 0xff << (8 - rest);
        return a.AsSpan(0, whole).SequenceEqual(b.AsSpan(0, whole)) && (rest == 0 || ((a[whole] ^ b[whole]) & mask & 0xff) == 0);
    }

    /// <summary>A scope is a number of this machine; what peers announce has none.</summary>
    private static IPAddress WithoutScope(IPAddress address) => new(address.GetAddressBytes());
}
