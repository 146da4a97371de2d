using Connet.Quic.Core.Paths;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Tests.Paths;

/// <summary>RFC 9000, section 14.3; RFC 8899.</summary>
public sealed class MtuDiscoveryTests
{
    private static readonly Timestamp _start = new(1_000_000);

    [Test]
    public void A_path_that_carries_the_largest_size_needs_one_probe()
    {
        MtuDiscovery mtu = new(1452);
        Assert.That(mtu.Current, Is.EqualTo(1200));
        Assert.That(mtu.NextProbe(_start), Is.EqualTo(1452));
        mtu.OnProbeSent(_start, 1452);
        Assert.That(mtu.NextProbe(_start), Is.Null, "one at a time");
        mtu.OnProbeAcked(1452);
        Assert.That(mtu.Current, Is.EqualTo(1452));
        Assert.That(mtu.NextProbe(_start + TimeSpan.FromDays(1)), Is.Null);
        Assert.That(mtu.Deadline, Is.EqualTo(Timestamp.Never));
    }

    [Test]
    public void Any_limit_is_found_in_a_few_probes_and_never_exceeded([Values(1452, 9000, 65527)] int maximum, [Range(1200, 1452, 21)] int limit)
    {
        MtuDiscovery mtu = new(maximum);
        int probes = Search(mtu, limit, _start);
        Assert.That(mtu.Current, Is.InRange(Math.Max(1200, limit - 16), limit));
        Assert.That(probes, Is.LessThanOrEqualTo(maximum == 1452 ? 18 : 45));
        Assert.That(mtu.Current == maximum || !mtu.Deadline.IsNever, Is.True);
    }

    [Test]
    public void A_size_fails_with_the_third_loss()
    {
        MtuDiscovery mtu = new(1452);
        for (int loss = 0; loss < 3; loss++)
        {
            Assert.That(mtu.NextProbe(_start), Is.EqualTo(1452), $"after {loss} losses");
            mtu.OnProbeSent(_start, 1452);
            mtu.OnProbeLost(1452);
        }

        Assert.That(mtu.NextProbe(_start), Is.LessThan(1452).And.GreaterThan(1200));
    }

    [Test]
    public void The_search_begins_anew_after_ten_minutes()
    {
        MtuDiscovery mtu = new(1452);
        Search(mtu, 1300, _start);
        int before = mtu.Current;
        Timestamp again = _start + TimeSpan.FromMinutes(10);
        Assert.That(mtu.Deadline, Is.EqualTo(again));
        Assert.That(mtu.NextProbe(again - TimeSpan.FromTicks(1)), Is.Null);
        Assert.That(mtu.NextProbe(again), Is.EqualTo(1452));
        Assert.That(mtu.Current, Is.EqualTo(before), "what works is kept meanwhile");
        Search(mtu, 1452, again);
        Assert.That(mtu.Current, Is.EqualTo(1452));
    }

    [Test]
    public void Large_packets_lost_in_three_events_in_a_row_are_a_black_hole()
    {
        MtuDiscovery mtu = Found(1452);
        Assert.That(mtu.OnPacketLost(At(0), 1452), Is.False);
        Assert.That(mtu.OnPacketLost(At(100), 1452), Is.False);
        Assert.That(mtu.OnPacketLost(At(200), 1300), Is.True);
        Assert.That(mtu.Current, Is.EqualTo(1200));
        Assert.That(mtu.NextProbe(At(201)), Is.Null, "not at once");
        Assert.That(mtu.Deadline, Is.EqualTo(At(200) + TimeSpan.FromMinutes(10)));
        Assert.That(mtu.NextProbe(mtu.Deadline), Is.EqualTo(1452));
        Assert.That(mtu.OnPacketLost(At(300), 1452), Is.False, "there is nothing below 1200");
    }

    [Test]
    public void A_burst_of_losses_is_congestion_not_a_black_hole()
    {
        MtuDiscovery mtu = Found(1452);
        for (int i = 0; i < 1000; i++)
        {
            Assert.That(mtu.OnPacketLost(At(i / 50), 1452), Is.False, "all within 20 ms");
        }

        for (int i = 1; i < 1000; i++)
        {
            Assert.That(mtu.OnPacketLost(At(100 * i), 1452), Is.False, "large packets arrive between");
            mtu.OnAckedSize(1452);
        }
    }

    [Test]
    public void Small_packets_neither_prove_nor_disprove_a_black_hole()
    {
        MtuDiscovery mtu = Found(1452);
        for (int i = 0; i < 10; i++)
        {
            Assert.That(mtu.OnPacketLost(At(100 * i), 1200), Is.False);
        }

        mtu.OnPacketLost(At(2000), 1452);
        mtu.OnAckedSize(1200);
        mtu.OnPacketLost(At(2100), 1452);
        mtu.OnAckedSize(60);
        Assert.That(mtu.OnPacketLost(At(2200), 1452), Is.True);
    }

    [Test]
    public void Three_probe_timeouts_in_a_row_fall_back_for_a_while()
    {
        MtuDiscovery mtu = Found(1452);
        Assert.That(mtu.OnProbeTimeout(At(0), 1), Is.False);
        Assert.That(mtu.OnProbeTimeout(At(100), 2), Is.False);
        Assert.That(mtu.OnProbeTimeout(At(300), 3), Is.True);
        Assert.That(mtu.Current, Is.EqualTo(1200));
        Assert.That(mtu.Deadline, Is.EqualTo(At(300) + TimeSpan.FromSeconds(30)));
        Assert.That(mtu.OnProbeTimeout(At(700), 4), Is.False);
    }

    [Test]
    public void A_probe_answered_after_the_fall_back_changes_nothing()
    {
        MtuDiscovery mtu = new(1452);
        Search(mtu, 1300, _start);
        mtu.OnProbeSent(mtu.Deadline, 1452);
        mtu.OnProbeTimeout(At(1), 3);
        mtu.OnProbeAcked(1452);
        Assert.That(mtu.Current, Is.EqualTo(1200));
        mtu.OnProbeLost(1452);
        Assert.That(mtu.NextProbe(At(2)), Is.Null);
    }

    [TestCase(1300, 1300)]
    [TestCase(65527, 1452)]
    [TestCase(1000, 1200)]
    public void The_peers_limit_is_respected(int peer, int largest)
    {
        MtuDiscovery mtu = new(1452);
        mtu.SetPeerMax(peer);
        Assert.That(mtu.NextProbe(_start), largest == 1200 ? Is.Null : Is.EqualTo(largest));
        Search(mtu, 65527, _start);
        Assert.That(mtu.Current, Is.EqualTo(largest));

        MtuDiscovery found = Found(1452);
        found.SetPeerMax(peer);
        Assert.That(found.Current, Is.EqualTo(largest));
        Assert.That(found.NextProbe(_start), Is.Null);
    }

    [Test]
    public void A_maximum_below_1200_is_1200()
    {
        MtuDiscovery mtu = new(500);
        Assert.That(mtu.Current, Is.EqualTo(1200));
        Assert.That(mtu.NextProbe(_start), Is.Null);
        Assert.That(mtu.Deadline, Is.EqualTo(Timestamp.Never));
    }

    private static Timestamp At(int milliseconds) => _start + TimeSpan.FromMilliseconds(milliseconds);

    private static MtuDiscovery Found(int size)
    {
        MtuDiscovery mtu = new(size);
        Search(mtu, size, _start);
        Assert.That(mtu.Current, Is.EqualTo(size));
        return mtu;
    }

    // Answers every probe up to the limit, loses the others; returns how many there were.
    private static int Search(MtuDiscovery mtu, int limit, Timestamp now)
    {
        int probes = 0;
        while (mtu.NextProbe(now) is { } size)
        {
            Assert.That(++probes, Is.LessThan(100), "the search ends");
            mtu.OnProbeSent(now, size);
            if (size <= limit)
            {
                mtu.OnProbeAcked(size);
            }
            else
            {
                mtu.OnProbeLost(size);
            }
        }

        return probes;
    }
}
