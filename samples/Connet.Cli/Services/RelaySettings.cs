using Connet.Cli.Configuration;
using Connet.Relay;

namespace Connet.Cli.Services;

/// <summary>Options of a relay from settings; the combined server has them too.</summary>
internal static class RelaySettings
{
    /// <summary>The ingresses; none if the settings have none.</summary>
    public static List<RelayIngressOptions> Ingresses(SettingsSection section, string array) =>
    [
        .. section.Items(array).Select(item => new RelayIngressOptions
        {
            Address = item.Text("addr") ?? ":19191",
            HostPorts = [.. item.List("hostports")],
            AllowCidrs = [.. item.List("allow-cidrs")],
            DenyCidrs = [.. item.List("deny-cidrs")],
        }),
    ];
}
