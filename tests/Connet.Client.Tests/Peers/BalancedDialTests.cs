using Connet.Client.Peers;
using Connet.Protocol;

namespace Connet.Client.Tests.Peers;

/// <summary>Whom the dials of a source with a policy reach, with destinations played by hand.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class BalancedDialTests
{
    [TestCase(false)]
    [TestCase(true)]
    public async Task Round_robin_gives_each_peer_of_each_source_its_share(bool atOnce)
    {
        await using AnsweringPeers peers = await AnsweringPeers.StartAsync(3, ConnetLoadBalancing.RoundRobin, configureClient: Unhurried);
        await DialAsync(peers.Source, 300, atOnce);
        Assert.That(peers.Counts, Is.EqualTo(new[] { 100, 100, 100 }));

        ConnetSource second = await peers.AddSourceAsync(ConnetLoadBalancing.RoundRobin);
        await DialAsync(second, 300, atOnce);
        Assert.That(peers.Counts, Is.EqualTo(new[] { 200, 200, 200 }));
    }

    [Test]
    public async Task Random_goes_by_its_generator()
    {
        await using AnsweringPeers peers = await AnsweringPeers.StartAsync(3, ConnetLoadBalancing.Random, configureClient: Unhurried, random: new Random(7));
        await DialAsync(peers.Source, 300, atOnce: false);
        Random same = new(7);
        int[] expected = new int[3];
        for (int i = 0; i < 300; i++)
        {
            expected[same.Next(3)]++;
        }

        Assert.That(peers.Counts, Is.EqualTo(expected).And.All.InRange(70, 130));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Least_connections_evens_out_what_is_open(bool atOnce)
    {
        await using AnsweringPeers peers = await AnsweringPeers.StartAsync(3, ConnetLoadBalancing.LeastConnections, configureClient: Unhurried);
        ConnetConnection[] open = await OpenAsync(peers.Source, 30, atOnce);
        Assert.That(peers.Counts, Is.EqualTo(new[] { 10, 10, 10 }));
        foreach (ConnetConnection connection in open.Where(each => each.PeerId == "peer2"))
        {
            await connection.DisposeAsync();
            await connection.DisposeAsync();
        }

        Assert.That(peers.Open, Is.EqualTo(new[] { 10, 0, 10 }));
        ConnetConnection[] more = await OpenAsync(peers.Source, 13, atOnce);
        Assert.That(peers.Open, Is.EqualTo(new[] { 11, 11, 11 }));
        await Task.WhenAll(open.Concat(more).Select(connection => connection.DisposeAsync().AsTask()));
        Assert.That(peers.Open, Is.EqualTo(new[] { 0, 0, 0 }));
    }

    [Test]
    public async Task Failed_dial_counts_no_more()
    {
        await using AnsweringPeers peers = await AnsweringPeers.StartAsync(
            2, ConnetLoadBalancing.LeastConnections, options => options.Retry = ConnetDialRetry.All, configureClient: Unhurried);
        foreach (AnsweringPeer peer in peers.All)
        {
            peer.Answer = () => AnsweringPeer.Refuse("closed");
        }

        await peers.Source.DialBoundedAsync().FailureAsync<ProtocolException>();
        Assert.That(peers.Counts, Is.EqualTo(new[] { 1, 1 }));
        Assert.That(peers.Open, Is.EqualTo(new[] { 0, 0 }));
    }

    [TestCase(ConnetDialRetry.None, null, 1)]
    [TestCase(ConnetDialRetry.Count, 0, 1)]
    [TestCase(ConnetDialRetry.Count, 1, 2)]
    [TestCase(ConnetDialRetry.Count, null, 3)]
    [TestCase(ConnetDialRetry.Count, 9, 5)]
    [TestCase(ConnetDialRetry.Timed, null, 5)]
    [TestCase(ConnetDialRetry.Timed, 0, 1)]
    [TestCase(ConnetDialRetry.All, null, 5)]
    public async Task Retry_says_how_many_peers_are_asked_when_they_refuse(ConnetDialRetry retry, int? max, int asked)
    {
        ManualTimers clock = new();
        await using AnsweringPeers peers = await AnsweringPeers.StartAsync(
            5, ConnetLoadBalancing.RoundRobin, options => (options.Retry, options.RetryMax) = (retry, max), options => (options.TimeProvider, options.ShutdownTimeout) = (clock, TimeSpan.Zero));
        foreach (AnsweringPeer peer in peers.All)
        {
            peer.Answer = () => AnsweringPeer.Refuse($"{peer.Peer.Id} is closed");
        }

        ProtocolException failure = await peers.Source.DialBoundedAsync().FailureAsync<ProtocolException>();
        Assert.That(peers.Counts, Is.EqualTo(Enumerable.Range(0, 5).Select(i => i < asked ? 1 : 0)));
        Assert.That(failure.Code, Is.EqualTo(ProtocolErrorCode.DestinationDialFailed));
        Assert.That(failure.Message, Does.Contain("'web'").And.Contain($"peer{asked} is closed"));

        // The next dial goes on where this one has ended.
        peers.All[asked % 5].Answer = AnsweringPeer.Accept;
        await using ConnetConnection connection = await peers.Source.DialBoundedAsync();
        Assert.That(connection.PeerId, Is.EqualTo($"peer{(asked % 5) + 1}"));
    }

    [TestCase(null, 3)]
    [TestCase(500, 2)]
    [TestCase(400, 1)]
    [TestCase(401, 2)]
    public async Task Timed_retry_chooses_further_peers_until_its_time_is_over(int? milliseconds, int asked)
    {
        ManualTimers clock = new();
        await using AnsweringPeers peers = await AnsweringPeers.StartAsync(
            5,
            ConnetLoadBalancing.RoundRobin,
            options => (options.Retry, options.RetryMax) = (ConnetDialRetry.Timed, milliseconds),
            options => (options.TimeProvider, options.ShutdownTimeout) = (clock, TimeSpan.Zero));
        foreach (AnsweringPeer peer in peers.All)
        {
            peer.Answer = () =>
            {
                clock.Pass(TimeSpan.FromMilliseconds(400));
                return AnsweringPeer.Refuse("closed");
            };
        }

        await peers.Source.DialBoundedAsync().FailureAsync<ProtocolException>();
        Assert.That(peers.Counts, Is.EqualTo(Enumerable.Range(0, 5).Select(i => i < asked ? 1 : 0)));
    }

    [TestCase(ConnetDialRetry.Count)]
    [TestCase(ConnetDialRetry.Timed)]
    [TestCase(ConnetDialRetry.All)]
    public async Task Dead_peer_is_passed_over_after_two_round_trips_and_is_the_last_choice_then(ConnetDialRetry retry)
    {
        ManualTimers clock = new();
        await using AnsweringPeers peers = await AnsweringPeers.StartAsync(
            3, ConnetLoadBalancing.RoundRobin, options => options.Retry = retry, options => (options.TimeProvider, options.ShutdownTimeout) = (clock, TimeSpan.Zero));
        await peers.All[0].DieAsync(witness: peers.All[1]);
        Task<ConnetConnection> dial = peers.Source.DialBoundedAsync();
        await FireHedgeAsync(clock);
        await using ConnetConnection first = await dial;
        Assert.That(first.PeerId, Is.EqualTo("peer2"));
        await DialAsync(peers.Source, 4, atOnce: false);
        Assert.That(peers.Counts.Skip(1), Is.EqualTo(new[] { 3, 2 }), "no further dial went to the dead one first: no timer was fired");
    }

    [Test]
    public async Task Dial_timeout_bounds_a_dead_peer_where_nothing_else_may_be_tried()
    {
        ManualTimers clock = new();
        await using AnsweringPeers peers = await AnsweringPeers.StartAsync(
            2, ConnetLoadBalancing.RoundRobin, options => options.DialTimeout = TimeSpan.FromSeconds(4), options => (options.TimeProvider, options.ShutdownTimeout) = (clock, TimeSpan.Zero));
        await peers.All[0].DieAsync(witness: peers.All[1]);
        Task<ConnetConnection> dial = peers.Source.DialBoundedAsync();
        Task<ProtocolException> failing = dial.FailureAsync<ProtocolException>();

        // The silence, the time for a first destination to come, and what is left.
        TimeSpan hedge = await FireHedgeAsync(clock);
        foreach (TimeSpan next in new[] { Dial.Silence - hedge, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1) })
        {
            Assert.That(dial.IsCompleted, Is.False);
            await clock.FireAsync(next);
        }

        ProtocolException failure = await failing;
        Assert.That(failure.Message, Does.Contain("'web'").And.Contain("within 4 s").And.Contain("peer1"));
        Assert.That(peers.Counts, Is.EqualTo(new[] { 0, 0 }), "the other was not asked");
    }

    [Test]
    public async Task Peer_that_lives_and_does_not_answer_is_given_a_second()
    {
        ManualTimers clock = new();
        await using AnsweringPeers peers = await AnsweringPeers.StartAsync(
            2, ConnetLoadBalancing.RoundRobin, options => options.Retry = ConnetDialRetry.All, options => (options.TimeProvider, options.ShutdownTimeout) = (clock, TimeSpan.Zero));
        peers.All[0].Answer = () => null;
        Task<ConnetConnection> dial = peers.Source.DialBoundedAsync();
        await peers.All[0].AskedAsync(peers.Source, 1);
        TimeSpan hedge = await FireHedgeAsync(clock);
        await clock.FireAsync(Dial.Silence - hedge);
        await using ConnetConnection connection = await dial;
        Assert.That(connection.PeerId, Is.EqualTo("peer2"));

        // It is the last choice for a while; then a dial finds out.
        await DialAsync(peers.Source, 3, atOnce: false);
        Assert.That(peers.Counts, Is.EqualTo(new[] { 1, 4 }));
        peers.All[0].Answer = AnsweringPeer.Accept;
        clock.Pass(BalancedPeers.Forgiveness);
        await DialAsync(peers.Source, 4, atOnce: false);
        Assert.That(peers.Counts, Is.EqualTo(new[] { 3, 6 }));
    }

    [Test]
    public async Task Peer_that_leaves_during_the_dial_is_replaced_without_a_retry()
    {
        await using AnsweringPeers peers = await AnsweringPeers.StartAsync(2, ConnetLoadBalancing.RoundRobin);
        peers.All[0].Answer = () => null;
        Task<ConnetConnection> dial = peers.Source.DialBoundedAsync();
        await peers.All[0].AskedAsync(peers.Source, 1);
        peers.Source.Controlled.SetPeers([peers.All[1].Peer.Listed()], isFirst: false);
        await using ConnetConnection connection = await dial;
        Assert.That(connection.PeerId, Is.EqualTo("peer2"));
        Assert.That(peers.Open, Is.EqualTo(new[] { 1 }));
    }

    [Test]
    public async Task Dial_waits_for_a_first_peer()
    {
        await using AnsweringPeer peer = new("peer");
        await using ClientUnderTest client = new();
        ConnetSource source = client.AddSource(configure: options => options.LoadBalancing = ConnetLoadBalancing.LeastLatency);
        Task<ConnetConnection> dial = source.DialBoundedAsync();
        source.Controlled.SetPeers([peer.Peer.Listed()], isFirst: true);
        await peer.StartAsync();
        await using ConnetConnection connection = await dial;
        Assert.That(connection.PeerId, Is.EqualTo("peer"));
    }

    [Test]
    public async Task Destination_that_is_killed_takes_only_its_own_connections_with_it()
    {
        ManualTimers clock = new();
        await using AnsweringPeers peers = await AnsweringPeers.StartAsync(
            3,
            ConnetLoadBalancing.RoundRobin,
            options => options.Retry = ConnetDialRetry.Count,
            options => (options.TimeProvider, options.ShutdownTimeout) = (clock, TimeSpan.Zero));
        ConnetConnection[] open = await OpenAsync(peers.Source, 30, atOnce: true);
        await peers.All[1].DieAsync(witness: peers.All[0]);

        // The ten that wait for the dead one go over to the others one by one, when no dial is left whose timer could be taken for theirs.
        List<Task<ConnetConnection>> dials = [.. Enumerable.Range(0, 30).Select(_ => peers.Source.DialBoundedAsync())];
        while (dials.Count > 0)
        {
            if (dials.Count <= 10)
            {
                await FireHedgeAsync(clock);
            }

            Task<ConnetConnection> ended = await Task.WhenAny(dials);
            dials.Remove(ended);
            await (await ended).DisposeAsync();
        }

        Assert.That(peers.All[1].Count, Is.EqualTo(10));
        Assert.That(peers.Counts.Sum(), Is.EqualTo(60));
        Assert.That(peers.Counts, Is.All.InRange(10, 30));
        Assert.That(open.Count(each => each.PeerId == "peer2"), Is.EqualTo(10));
        foreach (ConnetConnection connection in open.Where(each => each.PeerId != "peer2"))
        {
            await connection.WriteTextAsync("still there");
        }

        await Task.WhenAll(open.Select(connection => connection.DisposeAsync().AsTask()));
    }

    /// <summary>No dial is hedged, however busy the machine is: its clock stands still.</summary>
    internal static void Unhurried(ConnetClientOptions options) => (options.TimeProvider, options.ShutdownTimeout) = (new ManualTimers(), TimeSpan.Zero);

    /// <summary>Lets the dial start its second attempt. When that is due goes by the path's round trip, which a busy machine makes longer.</summary>
    /// <returns>When it was due.</returns>
    internal static Task<TimeSpan> FireHedgeAsync(ManualTimers clock) =>
        clock.FireAsync(new ConnetClientOptions().HedgeDelay, Dial.Silence - TimeSpan.FromTicks(1));

    internal static async Task<ConnetConnection[]> OpenAsync(ConnetSource source, int count, bool atOnce)
    {
        List<Task<ConnetConnection>> dials = [];
        for (int i = 0; i < count; i++)
        {
            dials.Add(source.DialBoundedAsync());
            if (!atOnce)
            {
                await dials[^1];
            }
        }

        return await Task.WhenAll(dials);
    }

    internal static async Task DialAsync(ConnetSource source, int count, bool atOnce) =>
        await Task.WhenAll((await OpenAsync(source, count, atOnce)).Select(connection => connection.DisposeAsync().AsTask()));
}
