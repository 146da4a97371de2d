using System.Diagnostics;
using System.Runtime.CompilerServices;
using Connet.Client;

namespace Connet.Testing.Tests;

/// <summary>Sources and destinations that are added and removed while their clients run.</summary>
[TestFixture(ConnetRoute.Direct)]
[TestFixture(ConnetRoute.Relay)]
[TestFixture(ConnetRoute.Any)]
public sealed class EndpointChangeTests(ConnetRoute route)
{
    private const string Later = "later";

    [OneTimeSetUp]
    public void LeaveOutWhatIsNearlyTheSame()
    {
        if (route == ConnetRoute.Any)
        {
            TestMachine.RequireTime();
        }
    }

    [Test]
    public async Task Endpoint_that_is_added_is_reached_and_one_that_is_removed_is_not()
    {
        await using Scenario scenario = await Scenario.StartAsync(route, hedges: true);
        ConnetSource source = scenario.SourceClient.Client.AddSource(new ConnetSourceOptions { Name = Later, DialTimeout = TimeSpan.FromSeconds(20) });
        Task<ConnetConnection> dialling = source.DialAsync(scenario.Token).AsTask();
        ConnetDestination destination = scenario.DestinationClient.Client.AddDestination(new ConnetDestinationOptions { Name = Later });
        await using (ConnetConnection accepted = await destination.AcceptAsync(scenario.Token))
        {
            await (await dialling).DisposeAsync();
        }

        await destination.DisposeAsync();
        await scenario.UntilAsync(() => source.GetStatus().Peers.Count == 0, "the source knows of no destination");
        Assert.That(scenario.DestinationClient.Client.GetStatus().Endpoints.Select(each => each.Name), Is.EqualTo(new[] { Scenario.Name }));
        await source.DisposeAsync();
        Assert.That(async () => await source.DialAsync(scenario.Token), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(async () => await destination.AcceptAsync(scenario.Token), Throws.InstanceOf<ObjectDisposedException>());
        await scenario.UntilAsync(
            () => scenario.Network.Control.Server.GetStatus().Clients.SelectMany(client => client.Endpoints).All(each => each.Name == Scenario.Name),
            "the control server knows neither");

        // The other endpoints of the two clients never noticed.
        scenario.Echo();
        await using ConnetConnection other = await scenario.DialAsync();
        await scenario.CheckEchoAsync(other, 10_000);
    }

    [Test]
    public async Task Endpoints_that_are_added_while_the_control_server_is_away_are_announced_when_it_is_back()
    {
        await using Scenario scenario = await Scenario.StartAsync(route, hedges: true);
        await scenario.Network.Control.KillAsync(scenario.Token);
        ConnetSource source = scenario.SourceClient.Client.AddSource(new ConnetSourceOptions { Name = Later, DialTimeout = TimeSpan.FromSeconds(30) });
        ConnetDestination destination = scenario.DestinationClient.Client.AddDestination(new ConnetDestinationOptions { Name = Later });
        ConnetSource gone = scenario.SourceClient.Client.AddSource(new ConnetSourceOptions { Name = "gone" });
        Task<ConnetConnection> dialling = source.DialAsync(scenario.Token).AsTask();
        await gone.DisposeAsync();
        await scenario.Network.Control.StartAsync(scenario.Token);
        Task<ConnetConnection> accepting = destination.AcceptAsync(scenario.Token).AsTask();
        await using ConnetConnection dialled = await dialling;
        await using ConnetConnection accepted = await accepting;
        Assert.That(
            scenario.Network.Control.Server.GetStatus().Clients.SelectMany(client => client.Endpoints).Select(each => each.Name), Does.Not.Contain("gone"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Removed_endpoint_lets_its_open_connections_finish(bool source)
    {
        await using Scenario scenario = await Scenario.StartAsync(route, Shutdown(TimeSpan.FromSeconds(30)));
        (ConnetConnection near, ConnetConnection far) = await scenario.ConnectAsync();
        Task removal = Remove(scenario, source);
        await scenario.UntilAsync(
            () => scenario.Network.Control.Server.GetStatus().Clients.SelectMany(client => client.Endpoints).Count() == 1, "the control server knows it no more");
        await near.WriteAsync(new byte[] { 1, 2, 3 }, scenario.Token);
        near.CompleteWrites();
        Assert.That(await scenario.ReadToEndAsync(far), Is.EqualTo(new byte[] { 1, 2, 3 }));
        await far.WriteAsync(new byte[] { 4 }, scenario.Token);
        far.CompleteWrites();
        Assert.That(await scenario.ReadToEndAsync(near), Is.EqualTo(new byte[] { 4 }));
        Assert.That(removal.IsCompleted, Is.False);
        await near.DisposeAsync();
        await far.DisposeAsync();
        await removal.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Removed_endpoint_ends_its_open_connections_when_the_time_for_shutdown_is_over(bool source)
    {
        await using Scenario scenario = await Scenario.StartAsync(route, Shutdown(TimeSpan.FromMilliseconds(300)));
        (ConnetConnection near, ConnetConnection far) = await scenario.ConnectAsync();
        Stopwatch time = Stopwatch.StartNew();
        await Remove(scenario, source).WaitAsync(TimeSpan.FromSeconds(10));
        Assert.That(time.Elapsed, Is.GreaterThan(TimeSpan.FromMilliseconds(250)).And.LessThan(TimeSpan.FromSeconds(5)));
        Assert.That(async () => await scenario.ReadToEndAsync(near), Throws.InstanceOf<ConnetConnectionException>());
        Assert.That(async () => await scenario.ReadToEndAsync(far), Throws.InstanceOf<ConnetConnectionException>());
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Name_that_is_added_again_at_once_works_at_once(bool source)
    {
        await using Scenario scenario = await Scenario.StartAsync(route, Shutdown(TimeSpan.FromSeconds(2)), hedges: true);
        scenario.Echo();
        await using (ConnetConnection before = await scenario.DialAsync())
        {
            await scenario.CheckEchoAsync(before, 1000);
        }

        Task removal = Remove(scenario, source);
        ConnetSource dialler = scenario.Source;
        if (source)
        {
            dialler = scenario.SourceClient.Client.AddSource(new ConnetSourceOptions { Name = Scenario.Name });
        }
        else
        {
            scenario.AddDestination();
            scenario.Echo();
        }

        Stopwatch time = Stopwatch.StartNew();
        await using ConnetConnection connection = await dialler.DialAsync(scenario.Token);
        await scenario.CheckEchoAsync(connection, 10_000);
        TestContext.Out.WriteLine($"{time.ElapsedMilliseconds} ms");
        Assert.That(time.Elapsed, Is.LessThan(TimeSpan.FromSeconds(3)));
        await removal.WaitAsync(TimeSpan.FromSeconds(10));

        // The end of the old one has not taken the new one with it.
        await using ConnetConnection later = await dialler.DialAsync(scenario.Token);
        await scenario.CheckEchoAsync(later, 10_000);
    }

    [Test]
    public async Task A_hundred_endpoints_that_came_and_went_leave_nothing_behind()
    {
        await using Scenario scenario = await Scenario.StartAsync(route, hedges: true);
        List<WeakReference> gone = [];
        for (int i = 0; i < 100; i++)
        {
            // Some never get as far as a path, some carry a connection.
            gone.AddRange(await CycleAsync(scenario, dials: i % 5 == 0));
        }

        await scenario.UntilAsync(
            () => scenario.Network.Control.Server.GetStatus().Clients.SelectMany(client => client.Endpoints).All(each => each.Name == Scenario.Name),
            "the control server has forgotten them");
        await scenario.UntilAsync(
            () => scenario.Network.Relays[0].Server.GetStatus() is { ActiveStreams: 0, UnauthenticatedConnections: 0 } status && status.Endpoints.All(each => each.Name == Scenario.Name),
            "the relay has forgotten them");
        Assert.That(scenario.SourceClient.Client.GetStatus().Endpoints, Has.Count.EqualTo(1));
        Assert.That(scenario.DestinationClient.Client.GetStatus().Endpoints, Has.Count.EqualTo(1));
        await scenario.UntilAsync(() => Alive(gone) <= 2, $"the endpoints are collected: {Alive(gone)} of {gone.Count} are not");

        scenario.Echo();
        await using ConnetConnection other = await scenario.DialAsync();
        await scenario.CheckEchoAsync(other, 10_000);

        static int Alive(List<WeakReference> references)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            return references.Count(reference => reference.IsAlive);
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Client_keeps_its_id_when_it_connects_again(bool isKilled)
    {
        await using Scenario scenario = await Scenario.StartAsync(route);
        (ConnetConnection near, ConnetConnection far) = await scenario.ConnectAsync();
        string[] ids = Ids();
        string seen = scenario.Source.GetStatus().Peers.Single().Id;
        DateTimeOffset[] since = Since();
        await scenario.Network.Control.RestartAsync(isKilled, scenario.Token);
        await scenario.UntilAsync(() => Ids().Length == 2 && !Since().Intersect(since).Any(), "both are back");
        Assert.That(Ids(), Is.EqualTo(ids));
        Assert.That(scenario.Source.GetStatus().Peers.Single().Id, Is.EqualTo(seen));
        await near.WriteAsync(new byte[] { 5 }, scenario.Token);
        Assert.That(await scenario.ReadAsync(far, 1), Is.EqualTo(new byte[] { 5 }));

        string[] Ids() => [.. scenario.Network.Control.Server.GetStatus().Clients.Select(client => client.Id).Order(StringComparer.Ordinal)];

        DateTimeOffset[] Since() => [.. scenario.Network.Control.Server.GetStatus().Clients.Select(client => client.ConnectedAt)];
    }

    private static Action<ConnetTestNetworkOptions> Shutdown(TimeSpan time) => options => options.ConfigureClient = client => client.ShutdownTimeout = time;

    private static Task Remove(Scenario scenario, bool source) => source ? scenario.Source.DisposeAsync().AsTask() : scenario.Destination.DisposeAsync().AsTask();

    /// <summary>Adds a source and a destination and removes them; a method of its own, so that nothing here keeps them.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference[]> CycleAsync(Scenario scenario, bool dials)
    {
        ConnetSource source = scenario.SourceClient.Client.AddSource(new ConnetSourceOptions { Name = Later });
        ConnetDestination destination = scenario.DestinationClient.Client.AddDestination(new ConnetDestinationOptions { Name = Later });
        if (dials)
        {
            Task<ConnetConnection> dialling = source.DialAsync(scenario.Token).AsTask();
            await using ConnetConnection accepted = await destination.AcceptAsync(scenario.Token);
            await using ConnetConnection dialled = await dialling;
        }

        await Task.WhenAll(source.DisposeAsync().AsTask(), destination.DisposeAsync().AsTask());
        return [new WeakReference(source), new WeakReference(destination)];
    }
}
