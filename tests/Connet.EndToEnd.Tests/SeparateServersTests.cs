using System.Diagnostics;
using System.Net.Sockets;
using Connet.EndToEnd.Tests.Processes;
using Connet.EndToEnd.Tests.Services;

namespace Connet.EndToEnd.Tests;

/// <summary>
/// A control server and a relay in processes of their own, a destination's and a source's client: each of the first three is killed without a
/// word and started again, and a source of each route dials.
/// </summary>
public sealed class SeparateServersTests : IDisposable
{
    /// <summary>Without any wait: one for an answer that does not come would be the liveness timeout of 3 s at least.</summary>
    private static readonly TimeSpan s_atOnce = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_serverLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_destinationLimit = TimeSpan.FromSeconds(2);

    /// <summary>The idle timeout is twice this.</summary>
    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(10);

    /// <summary>How long an application waits for one answer before it tries again; well within the limits above.</summary>
    private static readonly TimeSpan s_attempt = TimeSpan.FromMilliseconds(500);

    private readonly Routes _routes = new(Routes.Direct, Routes.Relay, Routes.Any);
    private readonly CancellationTokenSource _limit = new(TestLimits.Transfer);
    private ConnetSystem _system = null!;
    private ProgramProcess _control = null!;
    private ProgramProcess _relay = null!;
    private ProgramProcess _destination = null!;

    private Tunnel Direct => _routes.Tunnel(Routes.Direct);

    private Tunnel Relay => _routes.Tunnel(Routes.Relay);

    private Tunnel Any => _routes.Tunnel(Routes.Any);

    /// <summary>In one test: one system serves for all of it, and each step needs the one before.</summary>
    [Test]
    public async Task Whoever_is_killed_is_reached_again_in_time_and_the_paths_of_the_others_have_not_noticed()
    {
        await using TestService service = TestService.Start();
        await using ConnetSystem system = await ConnetSystem.CreateAsync();
        _system = system;
        _control = await system.StartControlAsync();
        string configuration = system.ClientConfiguration(_routes.Destinations(service.Port));
        Task<ProgramProcess> destination = system.StartClientAsync("destination", configuration);
        Task<ProgramProcess> source = system.StartClientAsync("source", system.ClientConfiguration(_routes.Sources));
        _relay = await system.StartRelayAsync();
        _destination = await destination;
        await (await source).WaitForLineAsync(ConnetLog.DirectPath("any"), TestLimits.Step);
        await Task.WhenAll(new[] { Direct, Relay, Any }.Select(each => each.WaitUntilReachedAsync(TestLimits.Step, _limit.Token)));

        await using (Heartbeat direct = await StartAsync(Direct), any = await StartAsync(Any))
        {
            await KillAndRestartRelayAsync();
            await KillAndRestartControlAsync();
            Assert.That(await direct.StopAsync(), Is.LessThan(s_atOnce), "nothing made the direct stream wait");
            Assert.That(await any.StopAsync(), Is.LessThan(s_atOnce), "nothing made the stream of any route wait");
        }

        await KillAndRestartDestinationAsync(configuration);
    }

    public void Dispose() => _limit.Dispose();

    private async Task KillAndRestartRelayAsync()
    {
        Heartbeat relayed = await StartAsync(Relay);
        await _relay.KillAsync();
        await AssertAtOnceAsync("while the relay is down", Direct, Any);
        _relay = _system.Run("relay", _system.RelayConfiguration(), ["relay"]);
        long reached = await Relay.WaitUntilReachedAsync(s_attempt, _limit.Token);
        await AssertReachedAsync(_relay, reached, s_serverLimit, "through the relay");
        await AssertAtOnceAsync("after the relay is back", Direct, Any, Relay);
        await AssertEndAsync(relayed);
    }

    private async Task KillAndRestartControlAsync()
    {
        await using Heartbeat relayed = await StartAsync(Relay);
        await _control.KillAsync();
        await AssertAtOnceAsync("while the control server is down", Direct, Any, Relay);
        _control = await _system.StartControlAsync();
        await AssertAtOnceAsync("right after the control server's restart", Direct, Any, Relay);
        await _control.WaitForLineAsync("Relay .* connected from ", TestLimits.Step);
        await AssertAtOnceAsync("after the relay has come back to it", Direct, Any, Relay);
        Assert.That(await relayed.StopAsync(), Is.LessThan(s_atOnce), "nothing made the relayed stream wait");
    }

    /// <summary>The control server that was restarted tells the others of it.</summary>
    private async Task KillAndRestartDestinationAsync(string configuration)
    {
        Tunnel[] tunnels = [Direct, Relay, Any];
        Heartbeat[] before = await Task.WhenAll(tunnels.Select(StartAsync));
        await _destination.KillAsync();
        _destination = _system.Run("destination", configuration);
        long[] reached = await Task.WhenAll(tunnels.Select(each => each.WaitUntilReachedAsync(s_attempt, _limit.Token)));
        await AssertReachedAsync(_destination, reached.Max(), s_destinationLimit, "at the destination");
        await AssertEndAsync(before);
    }

    /// <summary>What was under way is not left hanging until an idle timeout either, and its end looks like none in order.</summary>
    private static async Task AssertEndAsync(params Heartbeat[] before)
    {
        using CancellationTokenSource limit = new(s_endLimit);
        foreach (Heartbeat each in before)
        {
            Assert.That(
                async () => await each.Completion.WaitAsync(limit.Token), Throws.InstanceOf<IOException>().With.InnerException.InstanceOf<SocketException>());
            await each.DisposeAsync();
        }
    }

    private Task<Heartbeat> StartAsync(Tunnel tunnel) => Heartbeat.StartAsync(tunnel, _limit.Token);

    private static Task AssertReachedAsync(ProgramProcess restarted, long reached, TimeSpan limit, string what) =>
        Restarted.AssertReachedWithinAsync(restarted, reached, ConnetLog.Connected, limit, $"a new dial {what}");

    private async Task AssertAtOnceAsync(string when, params Tunnel[] tunnels)
    {
        foreach (Tunnel tunnel in tunnels)
        {
            long started = Stopwatch.GetTimestamp();
            await tunnel.EchoAsync("a new dial", _limit.Token);
            Assert.That(Stopwatch.GetElapsedTime(started), Is.LessThan(s_atOnce), $"a new dial {when}");
        }
    }
}
