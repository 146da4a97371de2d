using Connet.Client.Peers;

namespace Connet.Client.Tests.Peers;

/// <summary>Which peer a policy chooses, without peers, clocks or a network.</summary>
public sealed class PeerBalancerTests
{
    [TestCase(ConnetLoadBalancing.LeastLatency, 2)]
    [TestCase(ConnetLoadBalancing.LeastConnections, 1)]
    [TestCase(ConnetLoadBalancing.RoundRobin, 0)]
    public void Policy_goes_by_what_its_name_says(ConnetLoadBalancing policy, int expected)
    {
        PeerCandidate[] peers =
        [
            Peer(milliseconds: 20, open: 2, turn: 1),
            Peer(milliseconds: 30, open: 1, turn: 3),
            Peer(milliseconds: 10, open: 3, turn: 2),
        ];
        Assert.That(new PeerBalancer(policy, new Random(1)).Choose(peers), Is.EqualTo(expected));
    }

    [TestCase(ConnetLoadBalancing.LeastLatency)]
    [TestCase(ConnetLoadBalancing.LeastConnections)]
    [TestCase(ConnetLoadBalancing.RoundRobin)]
    [TestCase(ConnetLoadBalancing.Random)]
    public void Peer_that_does_not_answer_and_one_that_might_be_behind_a_relay_come_last(ConnetLoadBalancing policy)
    {
        PeerCandidate silent = Peer(milliseconds: 1);
        PeerCandidate doubtful = Peer(milliseconds: 1);
        PeerCandidate good = Peer(milliseconds: 90, open: 9, turn: 9);
        silent = silent with { Best = silent.Best with { IsSilent = true } };
        doubtful = doubtful with { Best = doubtful.Best with { LeadsToPeer = false } };
        PeerBalancer balancer = new(policy, new Random(1));
        for (int i = 0; i < 20; i++)
        {
            Assert.That(balancer.Choose([silent, doubtful, good]), Is.EqualTo(2));
        }

        Assert.That(balancer.Choose([silent, doubtful]), Is.EqualTo(1));
        Assert.That(balancer.Choose([silent]), Is.Zero);
    }

    [Test]
    public void Least_latency_takes_a_direct_path_before_a_relay_to_which_the_way_is_shorter()
    {
        PeerCandidate relayed = Peer(milliseconds: 1);
        relayed = relayed with { Best = relayed.Best with { Kind = ConnetPathKind.Relay } };
        Assert.That(new PeerBalancer(ConnetLoadBalancing.LeastLatency, new Random(1)).Choose([relayed, Peer(milliseconds: 50)]), Is.EqualTo(1));
    }

    [TestCase(ConnetLoadBalancing.RoundRobin)]
    [TestCase(ConnetLoadBalancing.LeastConnections)]
    public void Peers_take_turns(ConnetLoadBalancing policy)
    {
        PeerCandidate[] peers = [Peer(), Peer(), Peer()];
        PeerBalancer balancer = new(policy, new Random(1));
        int[] chosen = new int[3];
        for (int i = 0; i < 300; i++)
        {
            int index = balancer.Choose(peers);
            chosen[index]++;
            peers[index].Load.Remove();
            Assert.That(index, Is.EqualTo(i % 3));
            peers = [.. peers.Select(Again)];
        }

        Assert.That(chosen, Is.All.EqualTo(100));
    }

    [Test]
    public void Peer_that_comes_later_is_next_and_then_waits_for_its_turn_like_the_others()
    {
        PeerBalancer balancer = new(ConnetLoadBalancing.RoundRobin, new Random(1));
        List<PeerCandidate> peers = [Peer(), Peer()];
        Assert.That(Enumerable.Range(0, 3).Select(_ => balancer.Choose(peers)).ToArray(), Is.EqualTo(new[] { 0, 1, 0 }));
        peers.Insert(0, Peer());
        Assert.That(Enumerable.Range(0, 6).Select(_ => balancer.Choose(peers)).ToArray(), Is.EqualTo(new[] { 0, 2, 1, 0, 2, 1 }));
        peers.RemoveAt(2);
        Assert.That(Enumerable.Range(0, 3).Select(_ => balancer.Choose(peers)).ToArray(), Is.EqualTo(new[] { 0, 1, 0 }));
    }

    [Test]
    public void Dials_under_way_count_as_connections()
    {
        PeerBalancer balancer = new(ConnetLoadBalancing.LeastConnections, new Random(1));
        PeerCandidate[] peers = [Peer(open: 4), Peer(), Peer(open: 2)];
        for (int i = 0; i < 9; i++)
        {
            peers = [.. peers.Select(Again)];
            balancer.Choose(peers);
        }

        Assert.That(peers.Select(peer => peer.Load.Open), Is.All.EqualTo(5));
    }

    [Test]
    public void Choices_of_many_threads_are_spread_evenly()
    {
        PeerBalancer balancer = new(ConnetLoadBalancing.LeastConnections, new Random(1));
        PeerCandidate[] peers = [Peer(), Peer(), Peer(), Peer()];
        Parallel.For(0, 400, _ => balancer.Choose([.. peers.Select(Again)]));
        Assert.That(peers.Select(peer => peer.Load.Open), Is.All.EqualTo(100));
    }

    [Test]
    public void Random_is_what_the_generator_says_and_about_even()
    {
        PeerBalancer balancer = new(ConnetLoadBalancing.Random, new Random(20));
        PeerCandidate[] peers = [Peer(), Peer(), Peer()];
        int[] chosen = [.. Enumerable.Range(0, 300).Select(_ => balancer.Choose(peers))];
        Random same = new(20);
        Assert.That(chosen, Is.EqualTo(Enumerable.Range(0, 300).Select(_ => same.Next(3))));
        Assert.That(chosen.CountBy(index => index).Select(pair => pair.Value), Is.All.InRange(70, 130));
    }

    [Test]
    public void Connections_through_a_relay_count_as_spread_over_the_peers_that_are_there()
    {
        PeerLoad busy = Load(open: 6);
        PeerLoad idle = Load(open: 0);
        PeerLoad unknown = Load(open: 3);
        Assert.That(new PeerReach([busy, idle], unknown).Connections, Is.EqualTo(4.5));

        // The relay sends everything to one of its two peers; the third peer has as many as the two on the average, and not more.
        PeerCandidate shared = Peer() with { Load = idle, Reach = new PeerReach([busy, idle], unknown) };
        PeerBalancer balancer = new(ConnetLoadBalancing.LeastConnections, new Random(1));
        Assert.That(balancer.Choose([shared, Peer(open: 4)]), Is.EqualTo(1));
        Assert.That(balancer.Choose([shared, Peer(open: 5)]), Is.Zero);
    }

    /// <summary>The same peer for another choice: what a path leads to is looked up once for each.</summary>
    private static PeerCandidate Again(PeerCandidate peer) => peer with { Reach = new PeerReach([peer.Load], null) };

    private static PeerCandidate Peer(int milliseconds = 10, int open = 0, long turn = 0)
    {
        PeerLoad load = Load(open, turn);
        return new PeerCandidate(
            new PathState(ConnetPathKind.Direct, TimeSpan.FromMilliseconds(milliseconds), IsSilent: false, LeadsToPeer: true, "peer"), load, new PeerReach([load], null));
    }

    private static PeerLoad Load(int open, long turn = 0)
    {
        PeerLoad load = new() { Turn = turn };
        for (int i = 0; i < open; i++)
        {
            load.Add();
        }

        return load;
    }
}
