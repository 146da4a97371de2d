using Connet.Client.Peers;
using Connet.HandPeer;
using Connet.Protocol;

namespace Connet.Client.Tests.Peers;

/// <summary>Which paths a source with a policy uses, with relays played by hand.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class BalancedPathTests
{
    [Test]
    public async Task Dead_direct_path_does_not_fail_the_peer_while_its_relay_works()
    {
        await using AnsweringPeer peer = new("peer");
        await using HandRelay relay = new(ProtocolGeneration.Second, "relay");
        ManualTimers clock = new();
        await using ClientUnderTest client = new(options => (options.TimeProvider, options.ShutdownTimeout) = (clock, TimeSpan.Zero));
        ConnetSource source = await StartAsync(client, peer, relay);
        await using AnsweringPeer behind = await RelayAsync(source, relay);
        await peer.DieAsync(witness: behind);
        Task<ConnetConnection> dial = source.DialBoundedAsync();
        await BalancedDialTests.FireHedgeAsync(clock);
        await using ConnetConnection connection = await dial;
        Assert.That(connection.PathKind, Is.EqualTo(ConnetPathKind.Relay));
        Assert.That(behind.Count, Is.EqualTo(1));
    }

    [Test]
    public async Task Peer_that_lives_is_not_asked_a_second_time_through_a_relay()
    {
        await using AnsweringPeer peer = new("peer");
        await using HandRelay relay = new(ProtocolGeneration.Second, "relay");
        ManualTimers clock = new();
        await using ClientUnderTest client = new(options => (options.TimeProvider, options.ShutdownTimeout) = (clock, TimeSpan.Zero));
        ConnetSource source = await StartAsync(client, peer, relay);
        await using AnsweringPeer behind = await RelayAsync(source, relay);
        peer.Answer = () => null;
        Task<ProtocolException> failing = source.DialBoundedAsync().FailureAsync<ProtocolException>();
        await peer.AskedAsync(source, 1);
        TimeSpan hedge = await BalancedDialTests.FireHedgeAsync(clock);
        foreach (TimeSpan next in new[] { Dial.Silence - hedge, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1) })
        {
            await clock.FireAsync(next);
        }

        Assert.That((await failing).Message, Does.Contain("within 4 s"));
        Assert.That((peer.Count, behind.Count), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task Refusal_of_the_peer_itself_is_not_asked_for_again_through_a_relay()
    {
        await using AnsweringPeer peer = new("peer");
        await using HandRelay relay = new(ProtocolGeneration.Second, "relay");
        await using ClientUnderTest client = new(BalancedDialTests.Unhurried);
        ConnetSource source = await StartAsync(client, peer, relay);
        await using AnsweringPeer behind = await RelayAsync(source, relay);
        peer.Answer = () => AnsweringPeer.Refuse("closed on Sundays");
        ProtocolException failure = await source.DialBoundedAsync().FailureAsync<ProtocolException>();
        Assert.That(failure.Message, Does.Contain("closed on Sundays"));
        Assert.That((peer.Count, behind.Count), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task Refusal_through_a_relay_is_retried_at_another_relay_and_not_at_the_same()
    {
        await using RelayedPeers relays = await RelayedPeers.StartAsync(
            options => (options.LoadBalancing, options.Retry) = (ConnetLoadBalancing.RoundRobin, ConnetDialRetry.All), ["one"], ["one"], ["two"]);
        relays.Behind["one"].Answer = () => AnsweringPeer.Refuse("nobody here");
        await using ConnetConnection connection = await relays.Source.DialBoundedAsync();
        Assert.That((relays.Behind["one"].Count, relays.Behind["two"].Count), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task Relay_is_used_as_often_as_its_peers_have_their_turn()
    {
        await using RelayedPeers relays = await RelayedPeers.StartAsync(
            options => options.LoadBalancing = ConnetLoadBalancing.RoundRobin, ["one"], ["one"], ["two"]);
        await BalancedDialTests.DialAsync(relays.Source, 300, atOnce: true);
        Assert.That((relays.Behind["one"].Count, relays.Behind["two"].Count), Is.EqualTo((200, 100)));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Open_connections_count_as_spread_over_the_peers_of_their_relay(bool atOnce)
    {
        await using RelayedPeers relays = await RelayedPeers.StartAsync(
            options => options.LoadBalancing = ConnetLoadBalancing.LeastConnections, ["one"], ["one"], ["two"]);
        ConnetConnection[] open = await BalancedDialTests.OpenAsync(relays.Source, 30, atOnce);
        Assert.That((relays.Behind["one"].Count, relays.Behind["two"].Count), Is.EqualTo((20, 10)));
        await Task.WhenAll(open.Select(connection => connection.DisposeAsync().AsTask()));
    }

    [Test]
    public async Task Relay_that_leads_to_the_chosen_peer_alone_is_used_for_it()
    {
        await using RelayedPeers relays = await RelayedPeers.StartAsync(
            options => options.LoadBalancing = ConnetLoadBalancing.RoundRobin, ["one"], ["one", "two"]);
        await BalancedDialTests.DialAsync(relays.Source, 40, atOnce: true);
        Assert.That((relays.Behind["one"].Count, relays.Behind["two"].Count), Is.EqualTo((20, 20)));
    }

    /// <summary>A source with a direct path to a peer that is also at a relay.</summary>
    private static async Task<ConnetSource> StartAsync(ClientUnderTest client, AnsweringPeer peer, HandRelay relay)
    {
        ConnetSource source = client.AddSource(
            configure: options => (options.LoadBalancing, options.DialTimeout) = (ConnetLoadBalancing.RoundRobin, TimeSpan.FromSeconds(4)));
        source.Controlled.SetRelays([relay.Listed()], isFirst: true);
        source.Controlled.SetPeers([peer.Peer.Listed(relays: ["relay"])], isFirst: true);
        await peer.StartAsync();
        await source.WaitBoundedAsync(ConnetPathKind.Direct);
        return source;
    }

    /// <summary>What answers through the relay.</summary>
    private static async Task<AnsweringPeer> RelayAsync(ConnetSource source, HandRelay relay)
    {
        AnsweringPeer behind = new("behind");
        (HandConnection connection, _) = await relay.AcceptAuthenticatedAsync();
        behind.Serve(connection);
        await source.WaitBoundedAsync(ConnetPathKind.Relay);
        return behind;
    }
}
