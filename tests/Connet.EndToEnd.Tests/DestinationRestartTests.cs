using Connet.EndToEnd.Tests.Processes;
using Connet.EndToEnd.Tests.Services;

namespace Connet.EndToEnd.Tests;

/// <summary>
/// The client of a destination that ends and is started again, at a server that is both parts in one process; <see cref="SeparateServersTests"/>
/// has the parts apart, and the limits.
/// </summary>
public sealed class DestinationRestartTests
{
    private readonly Routes _routes = new(Routes.Direct, Routes.Relay, Routes.Any);

    [Test]
    public async Task A_source_bridges_the_restart_of_its_destination([Values("killed", "stopped")] string how)
    {
        TestMachine.RequireTime();
        using CancellationTokenSource limit = new(TestLimits.Transfer);
        await using TestService service = TestService.Start();
        await using ConnetSystem system = await ConnetSystem.CreateAsync();
        await system.StartServerAsync();
        string configuration = system.ClientConfiguration(_routes.Destinations(service.Port));
        Task<ProgramProcess> first = system.StartClientAsync("destination", configuration);

        // A process may take longer to load than a source waits by itself.
        string sources = _routes.Sources.Replace("route = ", "dial-timeout = \"120s\"\nroute = ", StringComparison.Ordinal);
        await system.StartClientAsync("source", system.ClientConfiguration(sources));
        ProgramProcess destination = await first;
        Tunnel[] tunnels = [_routes.Tunnel(Routes.Direct), _routes.Tunnel(Routes.Relay), _routes.Tunnel(Routes.Any)];
        await Task.WhenAll(tunnels.Select(each => each.WaitUntilReachedAsync(TestLimits.Step, limit.Token)));

        if (how == "killed")
        {
            await destination.KillAsync();
        }
        else
        {
            Assert.That(await destination.TerminateAsync(TestLimits.Start), Is.Zero);
        }

        // One connection on each route, which the source takes while there is no destination, and no second try.
        Task meanwhile = Task.WhenAll(tunnels.Select(each => each.EchoAsync("across the restart", limit.Token)));
        ProgramProcess restarted = system.Run("destination", configuration);
        await restarted.WaitForLineAsync(ConnetLog.Connected, TestLimits.Start);
        await meanwhile;
        await Task.WhenAll(tunnels.Select(each => each.EchoAsync("after the restart", limit.Token)));
    }
}
