using System.Diagnostics;
using Connet.Client;

namespace Connet.Testing.Tests;

/// <summary>Several destinations of one name, and sources that spread their connections over them.</summary>
public sealed class BalancingTests
{
    [TestCase(ConnetLoadBalancing.RoundRobin, 100, 100)]
    [TestCase(ConnetLoadBalancing.LeastConnections, 100, 100)]
    [TestCase(ConnetLoadBalancing.Random, 60, 140)]
    public async Task Each_of_two_sources_gives_three_destinations_their_share(ConnetLoadBalancing policy, int least, int most)
    {
        await using Destinations all = await Destinations.StartAsync(ConnetRoute.Direct);
        all.Serve();
        ConnetSource[] sources = [await all.AddSourceAsync("source1", policy), await all.AddSourceAsync("source2", policy)];
        ConnetConnection[][] open = await Task.WhenAll(sources.Select(source => all.OpenAsync(source, 300)));
        for (int i = 0; i < sources.Length; i++)
        {
            int[] shares = Destinations.Shares(sources[i], open[i]);
            TestContext.Out.WriteLine(string.Join(", ", shares));
            Assert.That(shares, Has.Length.EqualTo(3).And.All.InRange(least, most));
        }

        await all.UntilAsync(() => all.Accepted.Sum() == 600, "the destinations have accepted them all");
        Assert.That(all.Accepted, Is.All.InRange(2 * least, 2 * most));
        await Task.WhenAll(open.SelectMany(each => each).Select(connection => connection.DisposeAsync().AsTask()));
    }

    [Test]
    public async Task Least_latency_takes_the_nearest_destination()
    {
        await using Destinations all = await Destinations.StartAsync(ConnetRoute.Direct);
        all.Serve();
        ConnetSource source = await all.AddSourceAsync("source", ConnetLoadBalancing.LeastLatency, prepare: own =>
        {
            all.Network.Delay(own, all.Clients[0], TimeSpan.FromMilliseconds(200));
            all.Network.Delay(own, all.Clients[1], TimeSpan.FromMilliseconds(20));
            all.Network.Delay(own, all.Clients[2], TimeSpan.FromMilliseconds(300));
        });
        ConnetConnection[] open = await all.OpenAsync(source, 20);
        Assert.That(Destinations.Shares(source, open), Is.EqualTo(new[] { 0, 20, 0 }));
        await all.Clients[1].KillAsync(all.Token);
        await all.UntilAsync(() => source.GetStatus().Paths.Count > 0, "there are paths");
    }

    [TestCase(ConnetRoute.Direct, ConnetLoadBalancing.RoundRobin, ConnetDialRetry.Count)]
    [TestCase(ConnetRoute.Direct, ConnetLoadBalancing.RoundRobin, ConnetDialRetry.All)]
    [TestCase(ConnetRoute.Direct, ConnetLoadBalancing.LeastConnections, ConnetDialRetry.Count)]
    [TestCase(ConnetRoute.Direct, ConnetLoadBalancing.Random, ConnetDialRetry.Count)]
    [TestCase(ConnetRoute.Relay, ConnetLoadBalancing.RoundRobin, ConnetDialRetry.Count)]
    [TestCase(ConnetRoute.Relay, ConnetLoadBalancing.None, ConnetDialRetry.None)]
    public async Task Destination_that_is_killed_takes_only_its_connections_with_it(ConnetRoute route, ConnetLoadBalancing policy, ConnetDialRetry retry)
    {
        if (retry == ConnetDialRetry.All || policy == ConnetLoadBalancing.Random)
        {
            TestMachine.RequireTime();
        }

        await using Destinations all = await Destinations.StartAsync(route, hedges: true);
        all.Serve();
        ConnetSource[] sources = [await AddAsync("source1"), await AddAsync("source2")];
        string killed = sources[0].GetStatus().Peers.Single(peer => peer.Metadata == "destination2").Id;
        ConnetConnection[][] open = await Task.WhenAll(sources.Select(source => all.OpenAsync(source, 30)));
        await Task.WhenAll(open.SelectMany(each => each).Select(all.CheckAsync));
        if (route == ConnetRoute.Direct && policy is ConnetLoadBalancing.RoundRobin or ConnetLoadBalancing.LeastConnections)
        {
            // One that was silent for a moment may have got competition.
            Assert.That(sources.SelectMany((source, i) => Destinations.Shares(source, open[i])), Is.All.InRange(8, 12));
        }

        // Dials go on while it dies: none of them fails.
        Task<int>[] during = [.. sources.Select(source => DialOnAsync(source, 30))];
        await all.Clients[1].KillAsync(all.Token);
        await Task.WhenAll(during);
        ConnetConnection[][] after = await Task.WhenAll(sources.Select(source => all.OpenAsync(source, 30)));
        Assert.That(after.SelectMany(each => each).Count(each => each.PeerId == killed), Is.Zero);
        await Task.WhenAll(open.Concat(after).SelectMany(each => each).Where(each => each.PeerId != killed).Select(all.CheckAsync));

        Task<ConnetSource> AddAsync(string name) => all.AddSourceAsync(name, policy, options => (options.Route, options.Retry) = (route, retry));

        async Task<int> DialOnAsync(ConnetSource source, int count)
        {
            for (int i = 0; i < count; i++)
            {
                await source.DialAsync(all.Token);
            }

            return count;
        }
    }

    [Test]
    public async Task Destination_that_stops_in_order_fails_no_dial_even_without_a_retry()
    {
        await using Destinations all = await Destinations.StartAsync(ConnetRoute.Direct);
        all.Serve();
        ConnetSource source = await all.AddSourceAsync("source", ConnetLoadBalancing.RoundRobin);
        Task stop = all.Clients[0].StopAsync(all.Token).AsTask();
        for (int i = 0; i < 30; i++)
        {
            await using ConnetConnection connection = await source.DialAsync(all.Token);
        }

        await stop;
    }

    [Test]
    public async Task Destinations_at_relays_of_their_own_get_their_share_too()
    {
        await using Destinations all = await Destinations.StartAsync(ConnetRoute.Relay, count: 2, relays: 2, hedges: true);
        all.Network.Cut(all.Clients[0], all.Network.Relays[1]);
        all.Network.Cut(all.Clients[1], all.Network.Relays[0]);
        all.Serve();
        ConnetSource source = await all.AddSourceAsync(
            "source", ConnetLoadBalancing.RoundRobin, options => (options.Route, options.Retry) = (ConnetRoute.Relay, ConnetDialRetry.All));
        await all.UntilAsync(() => source.GetStatus().Paths.Count == 2, "the source is at both relays");
        ConnetConnection[] open = await all.OpenAsync(source, 60);
        Assert.That(Destinations.Shares(source, open), Is.All.InRange(28, 32));

        // The relay of the one that is killed lives on; the first dial notices, and the others do not wait again.
        string killed = source.GetStatus().Peers.Single(peer => peer.Metadata == "destination1").Id;
        await all.Clients[0].KillAsync(all.Token);
        Stopwatch time = Stopwatch.StartNew();
        for (int i = 0; i < 20; i++)
        {
            await using ConnetConnection connection = await source.DialAsync(all.Token);
            await all.CheckAsync(connection);
        }

        Assert.That(time.Elapsed, Is.LessThan(TimeSpan.FromSeconds(5)));
        await Task.WhenAll(open.Where(each => each.PeerId != killed).Select(all.CheckAsync));
    }

    [TestCase(ConnetLoadBalancing.RoundRobin)]
    [TestCase(ConnetLoadBalancing.LeastConnections)]
    [TestCase(ConnetLoadBalancing.LeastLatency)]
    [TestCase(ConnetLoadBalancing.Random)]
    public async Task Relay_with_several_destinations_chooses_and_every_dial_succeeds(ConnetLoadBalancing policy)
    {
        await using Destinations all = await Destinations.StartAsync(ConnetRoute.Relay);
        all.Serve();
        ConnetSource source = await all.AddSourceAsync("source", policy, options => options.Route = ConnetRoute.Relay);
        ConnetConnection[] open = await all.OpenAsync(source, 60);
        Assert.That(Destinations.Shares(source, open).Sum(), Is.EqualTo(60), "who answered is known, because it is encrypted");
        await Task.WhenAll(open.Select(all.CheckAsync));
    }
}
