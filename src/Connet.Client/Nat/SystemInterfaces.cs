using System.Net;
using System.Net.NetworkInformation;

namespace Connet.Client.Nat;

/// <summary>The interfaces that the operating system reports.</summary>
internal sealed class SystemInterfaces : ILocalInterfaces
{
    private readonly Lock _lock = new();
    private Action? _changed;

    /// <inheritdoc/>
    public event Action? Changed
    {
        add
        {
            lock (_lock)
            {
                if (_changed is null)
                {
                    NetworkChange.NetworkAddressChanged += OnChanged;
                }

                _changed += value;
            }
        }

        remove
        {
            lock (_lock)
            {
                bool had = _changed is not null;
                _changed -= value;
                if (had && _changed is null)
                {
                    NetworkChange.NetworkAddressChanged -= OnChanged;
                }
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<LocalInterface> Read() => [.. NetworkInterface.GetAllNetworkInterfaces().Select(Read)];

    private static LocalInterface Read(NetworkInterface each)
    {
        IPInterfaceProperties properties = each.GetIPProperties();
        return new LocalInterface(
            each.Name,
            each.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown,
            HasGateway(properties),
            [.. properties.UnicastAddresses.Select(address => address.Address)]);
    }

    private static bool HasGateway(IPInterfaceProperties properties)
    {
        try
        {
            return properties.GatewayAddresses.Any(gateway => !gateway.Address.Equals(IPAddress.Any) && !gateway.Address.Equals(IPAddress.IPv6Any));
        }
        catch (PlatformNotSupportedException)
        {
            // Without routes nothing can be told apart: every interface counts.
            return true;
        }
    }

    private void OnChanged(object? sender, EventArgs e)
    {
        Action? changed;
        lock (_lock)
        {
            changed = _changed;
        }

        changed?.Invoke();
    }
}
