using System.Diagnostics;
using Connet.EndToEnd.Tests.Processes;
using Connet.EndToEnd.Tests.Services;

namespace Connet.EndToEnd.Tests;

/// <summary>What a process that ends, killed without a word or in order, means for the others; <see cref="SeparateServersTests"/> has more.</summary>
public sealed class RestartTests
{
    /// <summary>Without any wait: one for an answer that does not come would be the liveness timeout of 3 s at least.</summary>
    private static readonly TimeSpan s_atOnce = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_relayLimit = TimeSpan.FromSeconds(5);

    /// <summary>How long an application waits for one answer before it tries again; well within the limits above.</summary>
    private static readonly TimeSpan s_attempt = TimeSpan.FromMilliseconds(500);

    [Test]
    public async Task A_killed_server_disturbs_no_direct_path_and_its_relay_comes_back()
    {
        TestMachine.RequireTime();
        // At the paced download's speed, more than a minute's worth.
        const long Length = 200_000_000;
        Routes routes = new(Routes.Direct, Routes.Relay);
        using CancellationTokenSource limit = new(TestLimits.Transfer);
        await using TestService service = TestService.Start();
        await using ConnetSystem system = await ConnetSystem.CreateAsync();
        ProgramProcess server = await system.StartServerAsync();
        await system.StartClientAsync("destination", system.ClientConfiguration(routes.Destinations(service.Port)));
        await system.StartClientAsync("source", system.ClientConfiguration(routes.Sources));
        Tunnel direct = routes.Tunnel(Routes.Direct);
        Tunnel relay = routes.Tunnel(Routes.Relay);
        await direct.WaitUntilReachedAsync(TestLimits.Step, limit.Token);
        await relay.WaitUntilReachedAsync(TestLimits.Step, limit.Token);

        using PacedDownload download = await PacedDownload.StartAsync(direct, Length, limit.Token);
        await server.KillAsync();
        long receivedAtKill = download.Received;
        await AssertAtOnceAsync(direct, "while the server is down", limit.Token);

        ProgramProcess restarted = await system.StartServerAsync();
        await AssertAtOnceAsync(direct, "right after the server's restart", limit.Token);
        long reached = await relay.WaitUntilReachedAsync(s_attempt, limit.Token);
        await Restarted.AssertReachedWithinAsync(restarted, reached, ConnetLog.ServerReady, s_relayLimit, "a new dial through the relay");
        await AssertAtOnceAsync(direct, "after the relay is back", limit.Token);

        Assert.That(download.Received, Is.GreaterThan(receivedAtKill), "the transfer went on");
        Assert.That(download.Completion.IsCompleted, Is.False, "the transfer was in progress all the time");
        download.Hurry();
        Assert.That(await download.Completion, Is.EqualTo(StreamDigest.OfPattern(Length)));
        Assert.That(download.LongestPause, Is.LessThan(s_atOnce), "nothing made the transfer wait");
    }

    [Test]
    public async Task A_destination_that_is_asked_to_stop_loses_nothing_that_is_under_way([Values(Routes.Direct, Routes.Relay)] string route)
    {
        if (route == Routes.Direct)
        {
            TestMachine.RequireTime();
        }

        // More than the buffers of TCP hold, less than the windows of QUIC: a part lies in the source when the destination has gone.
        const long Length = 12_000_000;
        Routes routes = new(route);
        using CancellationTokenSource limit = new(TestLimits.Transfer);
        await using TestService service = TestService.Start();
        await using ConnetSystem system = await ConnetSystem.CreateAsync();
        await system.StartServerAsync();
        ProgramProcess destination = await system.StartClientAsync("destination", system.ClientConfiguration(routes.Destinations(service.Port)));
        await system.StartClientAsync("source", system.ClientConfiguration(routes.Sources));
        Tunnel tunnel = routes.Tunnel(route);
        await tunnel.WaitUntilReachedAsync(TestLimits.Step, limit.Token);

        using PacedDownload download = await PacedDownload.StartAsync(tunnel, Length, limit.Token);
        download.CompleteWrites();
        // An established connection: one that is being dialled may be refused.
        await download.WaitForBytesAsync();
        Task<int> stopped = destination.TerminateAsync(TestLimits.Start);
        await destination.WaitForLineAsync("stopping", TestLimits.Step);
        download.Hurry();
        Assert.That(await download.Completion, Is.EqualTo(StreamDigest.OfPattern(Length)));
        Assert.That(await stopped, Is.Zero);
    }

    private static async Task AssertAtOnceAsync(Tunnel tunnel, string when, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        await tunnel.EchoAsync("a new dial", cancellationToken);
        Assert.That(Stopwatch.GetElapsedTime(started), Is.LessThan(s_atOnce), $"a new dial on the direct route {when}");
    }
}
