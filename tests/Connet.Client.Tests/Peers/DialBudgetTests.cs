using Connet.Client.Direct;
using Connet.Client.Peers;
using Connet.HandPeer;
using Connet.Protocol;

namespace Connet.Client.Tests.Peers;

/// <summary>How often a peer can make this client dial.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class DialBudgetTests
{
    [Test]
    public async Task A_burst_is_followed_by_one_dial_a_second()
    {
        ManualTimers clock = new();
        DialBudget budget = new(clock);
        await TakeAllAsync(budget);
        for (int i = 0; i < 3; i++)
        {
            Task next = budget.TakeAsync(CancellationToken.None).AsTask();
            Assert.That(next.IsCompleted, Is.False);
            await clock.FireAsync(DialBudget.Interval);
            await next.WaitAsync(HandConnection.Patience);
        }

        clock.Pass(DialBudget.Interval * 2.5);
        Assert.That(budget.TakeAsync(CancellationToken.None).AsTask().IsCompleted);
        Assert.That(budget.TakeAsync(CancellationToken.None).AsTask().IsCompleted);
        Task half = budget.TakeAsync(CancellationToken.None).AsTask();
        await clock.FireAsync(DialBudget.Interval / 2);
        await half.WaitAsync(HandConnection.Patience);
    }

    [Test]
    public async Task Rest_fills_it_to_the_burst_and_no_further()
    {
        ManualTimers clock = new();
        DialBudget budget = new(clock);
        await TakeAllAsync(budget);
        clock.Pass(TimeSpan.FromHours(1));
        await TakeAllAsync(budget);
        Task more = budget.TakeAsync(CancellationToken.None).AsTask();
        await clock.FireAsync(DialBudget.Interval);
        await more.WaitAsync(HandConnection.Patience);
    }

    [Test]
    public async Task A_wait_that_is_given_up_takes_nothing()
    {
        ManualTimers clock = new();
        DialBudget budget = new(clock);
        await TakeAllAsync(budget);
        using CancellationTokenSource cancel = new();
        Task given = budget.TakeAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        Assert.CatchAsync<OperationCanceledException>(() => given);
        clock.Pass(DialBudget.Interval);
        Assert.That(budget.TakeAsync(CancellationToken.None).AsTask().IsCompleted);
    }

    [Test]
    public async Task A_peer_that_has_used_up_its_dials_is_dialled_a_second_later()
    {
        ManualTimers clock = new();
        await using HandClient peer = new(ProtocolGeneration.Second, "peer");
        await using ClientUnderTest client = new(options => options.TimeProvider = clock);
        ConnetSource source = client.AddSource();
        source.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);
        await TakeAllAsync(KnownPeerOf(source).Dials);
        source.Controlled.SetPeers([peer.Listed()], isFirst: false);
        Task<HandConnection> accept = peer.AcceptAsync();
        TimeSpan before = clock.GetElapsedTime(0);
        await clock.FireAsync(DialBudget.Interval);
        await accept.WaitAsync(HandConnection.Patience);
        Assert.That(clock.GetElapsedTime(0) - before, Is.EqualTo(DialBudget.Interval));
    }

    [TestCase(true, TestName = "A peer that comes again with another certificate has what it had left")]
    [TestCase(false, TestName = "A peer that goes and comes again has what it had left")]
    public async Task Another_instance_has_what_the_one_before_has_left(bool otherCertificate)
    {
        ManualTimers clock = new();
        await using HandClient peer = new(ProtocolGeneration.Second, "peer", listens: false);
        await using HandClient other = new(ProtocolGeneration.Second, "other", listens: false);
        await using ClientUnderTest client = new(options => options.TimeProvider = clock);
        ConnetSource source = client.AddSource();
        source.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);
        DialBudget dials = KnownPeerOf(source).Dials;
        await TakeAllAsync(dials);
        peer.Identity = otherCertificate ? HandIdentity.Peer() : peer.Identity;
        source.Controlled.SetPeers([], isFirst: false);
        source.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: false);
        Assert.That(KnownPeerOf(source).Dials, Is.SameAs(dials));

        source.Controlled.SetPeers([other.Listed(withAddress: false)], isFirst: false);
        Assert.That(KnownPeerOf(source).Dials, Is.Not.SameAs(dials));
        clock.Pass(DialBudget.Interval * DialBudget.Burst);
        source.Controlled.SetPeers([], isFirst: false);
        source.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: false);
        Assert.That(KnownPeerOf(source).Dials, Is.Not.SameAs(dials), "nothing was missing from it any more: nobody keeps it");
    }

    [Test]
    public async Task Of_the_connections_that_a_peer_has_replaced_the_oldest_goes_when_there_are_too_many()
    {
        await using HandClient peer = new(ProtocolGeneration.Second, "peer", listens: false);
        await using ClientUnderTest client = new();
        ConnetDestination destination = client.AddDestination();
        destination.Controlled.SetPeers([peer.Listed(withAddress: false)], isFirst: true);
        for (int i = 0; i < 6; i++)
        {
            // Those that have ended do not count.
            HandConnection ended = await peer.DialCheckedAsync(client.Address, destination.Server());
            await destination.UntilAsync(() => destination.GetStatus().Paths.Count == 1);
            await ended.Connection.CloseAsync(0);
            await destination.UntilAsync(() => destination.GetStatus().Paths.Count == 0);
        }

        List<HandConnection> connections = [];
        List<ConnetConnection> proxied = [];
        for (int i = 0; i < 6; i++)
        {
            HandConnection connection = await peer.DialCheckedAsync(client.Address, destination.Server());
            Task<ConnetConnection> accept = destination.AcceptBoundedAsync();
            await connection.ConnectAsync();
            proxied.Add(await accept);
            connections.Add(connection);
        }

        Assert.That((await connections[0].ClosedAsync()).ApplicationErrorCode, Is.EqualTo((long)ProtocolErrorCode.DirectKeepaliveClosed));
        Assert.That(connections.Skip(1).Select(each => each.Connection.IsClosed), Has.All.False, "one that is used, and four that drain");
        await proxied[1].WriteTextAsync("still here");
        foreach (ConnetConnection each in proxied)
        {
            await each.DisposeAsync();
        }
    }

    private static KnownPeer KnownPeerOf(ConnetSource source) => ((PeerEndpoint)source.Controlled).Peers.Snapshot.Single();

    private static async Task TakeAllAsync(DialBudget budget)
    {
        for (int i = 0; i < DialBudget.Burst; i++)
        {
            Task take = budget.TakeAsync(CancellationToken.None).AsTask();
            Assert.That(take.IsCompleted, $"{i} of {DialBudget.Burst}");
            await take;
        }
    }
}
