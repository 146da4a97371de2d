using System.Diagnostics;
using Connet.Client;
using Connet.Protocol;

namespace Connet.Testing.Tests;

/// <summary>Paths come and go, everybody is restarted.</summary>
public sealed class ChangeTests
{
    [Test]
    public async Task A_direct_path_is_used_as_soon_as_there_is_one()
    {
        await using Scenario scenario = await Scenario.StartAsync(ConnetRoute.Relay);
        scenario.Echo();
        await using ConnetConnection relayed = await scenario.DialAsync();
        Assert.That(relayed.PathKind, Is.EqualTo(ConnetPathKind.Relay));

        scenario.Network.AllowedRoute = ConnetRoute.Any;
        await scenario.Source.WaitForPathAsync(ConnetPathKind.Direct, scenario.Token);
        await using ConnetConnection direct = await scenario.DialAsync();
        Assert.That(direct.PathKind, Is.EqualTo(ConnetPathKind.Direct));
        await scenario.CheckEchoAsync(direct, 100_000);
        await scenario.CheckEchoAsync(relayed, 100_000);
    }

    [Test]
    public async Task A_dial_does_not_wait_for_a_path_that_was_cut()
    {
        await using Scenario scenario = await Scenario.StartAsync(configure: options => options.ConfigureClient = Scenario.HedgeLate, hedges: true);
        scenario.Echo();
        await scenario.Source.WaitForPathAsync(ConnetPathKind.Direct, scenario.Token);
        await scenario.Source.WaitForPathAsync(ConnetPathKind.Relay, scenario.Token);
        await (await DialAsync(scenario, ConnetPathKind.Direct)).DisposeAsync();
        scenario.Network.Cut(scenario.SourceClient, scenario.DestinationClient);
        Stopwatch time = Stopwatch.StartNew();
        await using ConnetConnection hedged = await scenario.DialAsync();
        Assert.That(hedged.PathKind, Is.EqualTo(ConnetPathKind.Relay));
        Assert.That(time.Elapsed, Is.LessThan(TimeSpan.FromSeconds(3)));
        await scenario.CheckEchoAsync(hedged, 100_000);
    }

    [Test]
    public async Task A_killed_control_server_disturbs_no_transfer_and_no_direct_dial()
    {
        await using Scenario scenario = await Scenario.StartAsync();
        scenario.Echo();
        await scenario.Source.WaitForPathAsync(ConnetPathKind.Direct, scenario.Token);
        await scenario.Source.WaitForPathAsync(ConnetPathKind.Relay, scenario.Token);
        await using ConnetConnection open = await scenario.DialAsync();
        await scenario.Network.Control.KillAsync(scenario.Token);
        await using (ConnetConnection fresh = await scenario.DialAsync())
        {
            Assert.That(fresh.PathKind, Is.EqualTo(ConnetPathKind.Direct));
            await scenario.CheckEchoAsync(fresh, 10_000);
        }

        await scenario.Network.Control.StartAsync(scenario.Token);
        await scenario.UntilAsync(() => scenario.Network.Control.Server.GetStatus().Clients.Count == 2, "both clients are back");
        await scenario.UntilAsync(() => scenario.Network.Control.Server.GetStatus().Relays.Count == 1, "the relay is back");
        await scenario.CheckEchoAsync(open, 1_000_000);
        await using ConnetConnection after = await scenario.DialAsync();
        Assert.That(after.PathKind, Is.EqualTo(ConnetPathKind.Direct));
    }

    [TestCase(ConnetRoute.Relay, true)]
    [TestCase(ConnetRoute.Relay, false)]
    [TestCase(ConnetRoute.Direct, true)]
    [TestCase(ConnetRoute.Any, true)]
    public async Task After_a_restart_of_the_control_server_dials_work_within_5_seconds_and_no_stream_has_noticed(ConnetRoute allowed, bool isKilled)
    {
        await using Scenario scenario = await StartAsync(allowed);
        await using ConnetConnection open = await scenario.DialAsync();
        await scenario.Network.Control.RestartAsync(isKilled, scenario.Token);
        await CheckDialWithinAsync(scenario, TimeSpan.FromSeconds(5));
        await scenario.UntilAsync(() => scenario.Network.Control.Server.GetStatus().Clients.Count == 2, "both clients are back");
        await CheckDialWithinAsync(scenario, TimeSpan.FromSeconds(5));
        await scenario.CheckEchoAsync(open, 300_000);
    }

    [TestCase(ConnetRoute.Relay, true)]
    [TestCase(ConnetRoute.Relay, false)]
    [TestCase(ConnetRoute.Direct, true)]
    [TestCase(ConnetRoute.Any, true)]
    public async Task After_a_restart_of_the_relay_dials_work_within_5_seconds_and_no_direct_stream_has_noticed(ConnetRoute allowed, bool isKilled)
    {
        await using Scenario scenario = await StartAsync(allowed);
        await using ConnetConnection open = await DialAsync(scenario, allowed == ConnetRoute.Relay ? ConnetPathKind.Relay : ConnetPathKind.Direct);
        await scenario.Network.Relays[0].RestartAsync(isKilled, scenario.Token);
        Stopwatch time = Stopwatch.StartNew();
        await CheckDialWithinAsync(scenario, TimeSpan.FromSeconds(5));
        if (allowed != ConnetRoute.Direct)
        {
            await scenario.Source.WaitForPathAsync(ConnetPathKind.Relay, scenario.Token);
            Assert.That(time.Elapsed, Is.LessThan(TimeSpan.FromSeconds(5)));
        }

        if (open.PathKind == ConnetPathKind.Direct)
        {
            await scenario.CheckEchoAsync(open, 300_000);
        }
        else
        {
            await CheckEndsAsync(open, scenario);
        }
    }

    [TestCase(ConnetRoute.Any, true)]
    [TestCase(ConnetRoute.Any, false)]
    [TestCase(ConnetRoute.Direct, true)]
    [TestCase(ConnetRoute.Relay, true)]
    public async Task A_restarted_destination_is_reached_within_2_seconds_and_no_other_stream_has_noticed(ConnetRoute allowed, bool isKilled)
    {
        await using Scenario scenario = await StartAsync(allowed);
        ConnetTestClient other = await scenario.Network.AddClientAsync("other", null, scenario.Token);
        await using ConnetDestination otherDestination = other.Client.AddDestination(new ConnetDestinationOptions { Name = "other" });
        await using ConnetSource otherSource = scenario.SourceClient.Client.AddSource(new ConnetSourceOptions { Name = "other" });
        Task<ConnetConnection> accepting = otherDestination.AcceptAsync(scenario.Token).AsTask();
        await using ConnetConnection near = await otherSource.DialAsync(scenario.Token);
        await using ConnetConnection far = await accepting;
        await using ConnetConnection open = await scenario.DialAsync();
        if (!isKilled)
        {
            // A client that is asked to stop would wait for it.
            await open.DisposeAsync();
        }

        await scenario.DestinationClient.RestartAsync(isKilled, scenario.Token);
        scenario.AddDestination();
        scenario.Echo();
        await CheckDialWithinAsync(scenario, TimeSpan.FromSeconds(2));
        await near.WriteAsync(new byte[] { 1, 2 }, scenario.Token);
        Assert.That(await scenario.ReadAsync(far, 2), Is.EqualTo(new byte[] { 1, 2 }));
        if (isKilled)
        {
            await CheckEndsAsync(open, scenario);
        }
    }

    [Test]
    public async Task A_dial_to_a_destination_that_died_fails_within_its_timeout(
        [Values] ConnetRoute allowed, [Values(ConnetLoadBalancing.None, ConnetLoadBalancing.RoundRobin)] ConnetLoadBalancing policy)
    {
        if (policy != ConnetLoadBalancing.None && allowed != ConnetRoute.Any)
        {
            TestMachine.RequireTime();
        }

        await using Scenario scenario = await StartAsync(
            allowed, options => (options.LoadBalancing, options.DialTimeout) = (policy, TimeSpan.FromMilliseconds(600)));
        await scenario.DestinationClient.KillAsync(scenario.Token);
        Stopwatch time = Stopwatch.StartNew();
        Assert.That(async () => await scenario.DialAsync(), Throws.InstanceOf<ProtocolException>().With.Message.Contains($"'{Scenario.Name}'"));
        Assert.That(time.Elapsed, Is.LessThan(TimeSpan.FromSeconds(3)));
    }

    [Test]
    public async Task A_second_relay_takes_over()
    {
        await using Scenario scenario = await Scenario.StartAsync(ConnetRoute.Relay, options => options.Relays = 2, hedges: true);
        scenario.Echo();
        await scenario.UntilAsync(() => scenario.Source.GetStatus().Paths.Count == 2, "there is a path through each relay");
        foreach (ConnetTestRelay relay in scenario.Network.Relays)
        {
            await relay.KillAsync(scenario.Token);
            await CheckDialWithinAsync(scenario, TimeSpan.FromSeconds(5));
            await relay.StartAsync(scenario.Token);
            await scenario.UntilAsync(() => relay.Server.GetStatus().Clients == 2, "both are at the relay again");
            await scenario.UntilAsync(() => scenario.Source.GetStatus().Paths.Count == 2, "the relay is used again");
        }
    }

    [TestCase(ConnetRoute.Direct)]
    [TestCase(ConnetRoute.Relay)]
    public async Task Of_two_destinations_of_one_name_the_one_that_is_left_answers(ConnetRoute allowed)
    {
        await using Scenario scenario = await Scenario.StartAsync(allowed);
        scenario.Echo();
        ConnetTestClient second = await scenario.Network.AddClientAsync("second", null, scenario.Token);
        ConnetDestination other = second.Client.AddDestination(new ConnetDestinationOptions { Name = Scenario.Name });
        await scenario.UntilAsync(() => scenario.Source.GetStatus().Peers.Count == 2, "the source knows both");
        Task<ConnetConnection> accepting = other.AcceptAsync(scenario.Token).AsTask();
        if (allowed == ConnetRoute.Relay)
        {
            await scenario.UntilAsync(
                () => scenario.Network.Relays[0].Server.GetStatus().Endpoints.Sum(each => each.Destinations) == 2, "the relay knows both");
        }

        await scenario.DestinationClient.StopAsync(scenario.Token);
        await using ConnetConnection dialled = await scenario.DialAsync();
        await using ConnetConnection accepted = await accepting;
        await dialled.WriteAsync(new byte[] { 42 }, scenario.Token);
        Assert.That(await scenario.ReadAsync(accepted, 1), Is.EqualTo(new byte[] { 42 }));
    }

    /// <summary>Everything echoes, and every path that there can be is there.</summary>
    private static async Task<Scenario> StartAsync(ConnetRoute allowed, Action<ConnetSourceOptions>? source = null)
    {
        Scenario scenario = await Scenario.StartAsync(allowed, source: source, hedges: true);
        scenario.Echo();
        if (allowed != ConnetRoute.Relay)
        {
            await scenario.Source.WaitForPathAsync(ConnetPathKind.Direct, scenario.Token);
        }

        if (allowed != ConnetRoute.Direct)
        {
            await scenario.Source.WaitForPathAsync(ConnetPathKind.Relay, scenario.Token);
        }

        return scenario;
    }

    /// <summary>A connection over such a path; on a busy machine the hedge may be faster than the path that is preferred.</summary>
    private static async Task<ConnetConnection> DialAsync(Scenario scenario, ConnetPathKind kind)
    {
        while (true)
        {
            ConnetConnection connection = await scenario.DialAsync();
            if (connection.PathKind == kind)
            {
                return connection;
            }

            await connection.DisposeAsync();
        }
    }

    /// <summary>A connection whose carrier is gone does not wait for the idle timeout, and its end looks like none in order.</summary>
    private static async Task CheckEndsAsync(ConnetConnection connection, Scenario scenario)
    {
        Stopwatch time = Stopwatch.StartNew();
        Assert.That(async () => await scenario.ReadToEndAsync(connection), Throws.InstanceOf<ConnetConnectionException>());
        await TestContext.Out.WriteLineAsync($"ended {time.ElapsedMilliseconds} ms later");
        Assert.That(time.Elapsed, Is.LessThan(TimeSpan.FromSeconds(10)));
    }

    private static async Task CheckDialWithinAsync(Scenario scenario, TimeSpan limit)
    {
        Stopwatch time = Stopwatch.StartNew();
        await using ConnetConnection connection = await scenario.DialAsync();
        await scenario.CheckEchoAsync(connection, 10_000);
        TestContext.Out.WriteLine($"{time.ElapsedMilliseconds} ms");
        Assert.That(time.Elapsed, Is.LessThan(limit));
    }
}
