using Connet.Control;
using Connet.Hosting;
using Connet.Relay;

namespace Connet.Cli.Services;

/// <summary>Gives running servers new rules, tokens and certificates.</summary>
internal static class RunningServers
{
    /// <summary>Changes a control server.</summary>
    public static Task ReloadAsync(ControlServer server, ControlServerOptions options, CancellationToken cancellationToken) =>
        server.ReloadAsync(options, cancellationToken);

    /// <summary>Changes a relay.</summary>
    public static Task ReloadAsync(RelayServer server, RelayServerOptions options, CancellationToken cancellationToken) =>
        server.ReloadAsync(options, cancellationToken);

    /// <summary>Changes both parts of a combined server.</summary>
    public static Task ReloadAsync(ConnetServer server, ConnetServerOptions options, CancellationToken cancellationToken) =>
        server.ReloadAsync(options, cancellationToken);
}
