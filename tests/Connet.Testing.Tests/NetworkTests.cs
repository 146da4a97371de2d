using System.Diagnostics;
using Connet.Client;

namespace Connet.Testing.Tests;

/// <summary>The network itself, and its faults.</summary>
public sealed class NetworkTests
{
    [Test]
    public async Task Everybody_is_known_when_the_start_is_complete()
    {
        await using ConnetTestNetwork network = await ConnetTestNetwork.StartAsync(new ConnetTestNetworkOptions { Relays = 2 });
        await network.AddClientAsync("b");
        await network.AddClientAsync("a");
        Assert.That(network.Relays.Select(relay => relay.Name), Is.EqualTo(new[] { "relay1", "relay2" }));
        Assert.That(network.Clients.Select(client => client.Name), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(network.Control.Server.GetStatus().Relays, Has.Count.EqualTo(2));

        // A client has its answer a moment before the server lists it.
        using CancellationTokenSource patience = new(Scenario.Patience);
        using PeriodicTimer look = new(TimeSpan.FromMilliseconds(10));
        while (network.Control.Server.GetStatus().Clients.Count != 2)
        {
            await look.WaitForNextTickAsync(patience.Token);
        }
    }

    [Test]
    public async Task A_name_is_taken_once()
    {
        await using ConnetTestNetwork network = await ConnetTestNetwork.StartAsync(new ConnetTestNetworkOptions { Relays = 0 });
        await network.AddClientAsync("a");
        Assert.That(async () => await network.AddClientAsync("a"), Throws.ArgumentException);
        Assert.That(async () => await network.AddRelayAsync("control"), Throws.ArgumentException);
    }

    [Test]
    public async Task Options_reach_everybody_each_time_that_they_start()
    {
        List<string> configured = [];
        ConnetTestNetworkOptions options = new()
        {
            ConfigureControl = _ => configured.Add("control"),
            ConfigureRelay = _ => configured.Add("relay"),
            ConfigureClient = _ => configured.Add("client"),
        };
        await using ConnetTestNetwork network = await ConnetTestNetwork.StartAsync(options);
        ConnetTestClient client = await network.AddClientAsync("a", own =>
        {
            configured.Add("own");
            own.Metadata = "changed";
        });
        Assert.That(client.Client.GetStatus().Metadata, Is.EqualTo("changed"));
        System.Net.IPEndPoint before = client.EndPoint;
        await client.RestartAsync();
        await network.Control.RestartAsync();
        await network.Relays[0].RestartAsync();
        Assert.That(configured, Is.EqualTo(new[] { "control", "relay", "client", "own", "client", "own", "control", "relay" }));
        Assert.That(client.EndPoint, Is.EqualTo(before));
    }

    [Test]
    public async Task A_delay_makes_the_round_trip_longer()
    {
        await using Scenario scenario = await Scenario.StartAsync(ConnetRoute.Direct);
        scenario.Echo();
        await using ConnetConnection connection = await scenario.DialAsync();
        scenario.Network.Delay(scenario.SourceClient, scenario.DestinationClient, TimeSpan.FromMilliseconds(100));
        Stopwatch time = Stopwatch.StartNew();
        await connection.WriteAsync(new byte[] { 1 }, scenario.Token);
        await scenario.ReadAsync(connection, 1);
        Assert.That(time.Elapsed, Is.GreaterThan(TimeSpan.FromMilliseconds(195)));

        scenario.Network.Heal(scenario.SourceClient, scenario.DestinationClient);
        await scenario.CheckEchoAsync(connection, 1000);
    }

    [Test]
    public async Task Losses_are_made_good_for()
    {
        await using Scenario scenario = await Scenario.StartAsync(ConnetRoute.Direct);
        scenario.Echo();
        await using ConnetConnection connection = await scenario.DialAsync();
        scenario.Network.Drop(scenario.SourceClient, scenario.DestinationClient, 0.1, ConnetTestDirection.Forth);
        scenario.Network.Drop(scenario.SourceClient, scenario.DestinationClient, 0.05, ConnetTestDirection.Back);
        await scenario.CheckEchoAsync(connection, 200_000);
    }

    [Test]
    public async Task A_cut_in_one_direction_stops_the_bytes_until_it_heals()
    {
        await using Scenario scenario = await Scenario.StartAsync(ConnetRoute.Direct);
        (ConnetConnection source, ConnetConnection destination) = await scenario.ConnectAsync();
        scenario.Network.Cut(scenario.SourceClient, scenario.DestinationClient, ConnetTestDirection.Forth);
        await source.WriteAsync(new byte[] { 1 }, scenario.Token);
        Task<byte[]> reading = scenario.ReadAsync(destination, 1);
        await destination.WriteAsync(new byte[] { 2 }, scenario.Token);
        Assert.That(await scenario.ReadAsync(source, 1), Is.EqualTo(new byte[] { 2 }), "the other direction is open");
        Assert.That(reading.IsCompleted, Is.False);
        scenario.Network.HealAll();
        Assert.That(await reading, Is.EqualTo(new byte[] { 1 }));
    }

    [Test]
    public async Task Disposal_does_not_wait_for_open_connections()
    {
        Scenario scenario = await Scenario.StartAsync();
        await scenario.ConnectAsync();
        Stopwatch time = Stopwatch.StartNew();
        await scenario.DisposeAsync();
        Assert.That(time.Elapsed, Is.LessThan(TimeSpan.FromSeconds(3)));
    }
}
