using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Recovery;

namespace Connet.Quic.Tests.Recovery;

/// <summary>RFC 9438.</summary>
public sealed class CubicTests
{
    private const int Datagram = 1000;

    [Test]
    public void Congestion_leaves_seven_tenths()
    {
        // RFC 9438, section 4.6.
        Cubic cubic = Grown(100);
        cubic.OnCongestion(At(1000), At(900), persistent: false);
        Assert.That(cubic.CongestionWindow, Is.EqualTo(70 * Datagram));
        Assert.That(cubic.SlowStartThreshold, Is.EqualTo(70 * Datagram));
        cubic.OnCongestion(At(1010), At(1000), persistent: false);
        Assert.That(cubic.CongestionWindow, Is.EqualTo(70 * Datagram), "once in a round trip");
    }

    [Test]
    public void The_window_returns_to_its_plateau_after_k_seconds()
    {
        // RFC 9438, section 4.2: K = cbrt((1000 - 700) / 0.4) = 9.09 s. At 200 ms Reno is slower.
        Cubic cubic = Grown(1000);
        cubic.OnCongestion(At(1000), At(900), persistent: false);
        Assert.That(After(cubic, 1000, 4.5), Is.InRange(955, 970), "concave: most of the way in half of the time");
        Assert.That(After(cubic, 5500, 4.5), Is.InRange(998, 1001));
        Assert.That(After(cubic, 10_000, 2), Is.InRange(1000, 1006), "flat around the plateau");
        Assert.That(After(cubic, 12_000, 7), Is.GreaterThan(1250), "convex: looking for more");
    }

    [Test]
    public void A_flow_that_lost_before_it_recovered_gives_way()
    {
        // RFC 9438, section 4.7: the plateau is 700 × 0.85 = 595, not 700.
        Cubic cubic = Grown(1000);
        cubic.OnCongestion(At(1000), At(900), persistent: false);
        cubic.OnCongestion(At(1200), At(1100), persistent: false);
        Assert.That(cubic.CongestionWindow, Is.EqualTo(490 * Datagram).Within(1));

        // K = cbrt(105 / 0.4) = 6.4 s.
        Assert.That(After(cubic, 1200, 6.4), Is.InRange(594, 597));
    }

    [Test]
    public void At_small_windows_and_short_paths_it_keeps_up_with_reno()
    {
        // RFC 9438, section 4.3: alpha is 9/17 until the old window is reached, then 1. 10 ms, 20 datagrams.
        Cubic cubic = Grown(20, rttMs: 10);
        cubic.OnCongestion(At(1000), At(900), persistent: false);
        long window = After(cubic, 1000, 0.5, rttMs: 10);
        Assert.That(window, Is.InRange(48, 62), "14 + 11 round trips × 0.53 + 39 × 1; the cubic curve alone would be at 20");
    }

    [Test]
    public void Time_without_use_of_the_window_does_not_count()
    {
        // RFC 9438, section 5.8.
        Cubic cubic = Grown(1000);
        cubic.OnCongestion(At(1000), At(900), persistent: false);
        After(cubic, 1000, 4);
        long before = cubic.CongestionWindow;
        RttEstimator rtt = Rtt(200);
        cubic.OnAcknowledged(At(5001), At(4900), Datagram, applicationLimited: true, rtt);
        cubic.OnAcknowledged(At(65_000), At(64_900), Datagram, applicationLimited: false, rtt);
        Assert.That(cubic.CongestionWindow - before, Is.LessThan(Datagram));
    }

    [Test]
    public void Persistent_congestion_starts_over_from_two_datagrams()
    {
        Cubic cubic = Grown(100);
        cubic.OnCongestion(At(1000), At(900), persistent: true);
        Assert.That(cubic.CongestionWindow, Is.EqualTo(2 * Datagram));
        Assert.That(cubic.InSlowStart);
        Assert.That(cubic.SlowStartThreshold, Is.EqualTo(70 * Datagram));
    }

    [Test]
    public void A_spurious_loss_brings_the_whole_curve_back()
    {
        // RFC 9438, section 4.9.
        Cubic undone = Grown(1000);
        Cubic plain = Grown(1000);
        foreach (Cubic cubic in new[] { undone, plain })
        {
            cubic.OnCongestion(At(1000), At(900), persistent: false);
            After(cubic, 1000, 3);
        }

        undone.OnCongestion(At(4000), At(3999), persistent: false);
        undone.OnSpuriousLoss();
        undone.OnSpuriousLoss();
        Assert.That(undone.CongestionWindow, Is.EqualTo(plain.CongestionWindow));
        Assert.That(After(undone, 4000, 5), Is.EqualTo(After(plain, 4000, 5)));
    }

    [Test]
    public void The_window_never_falls_below_two_datagrams()
    {
        Cubic cubic = new(Datagram);
        for (int i = 1; i < 20; i++)
        {
            cubic.OnCongestion(At(i), At(i - 0.5), persistent: false);
        }

        Assert.That(cubic.CongestionWindow, Is.EqualTo(2 * Datagram));
    }

    [Test]
    public void A_rising_rtt_ends_the_first_slow_start_without_loss()
    {
        // RFC 9406, section 4.2: 8 samples in a round that are 12.5 ms (an eighth of 100 ms) above the round before.
        Cubic cubic = new(Datagram);
        RttEstimator rtt = new();
        double now = 0;
        Round(cubic, rtt, ref now, 100, 10);
        Round(cubic, rtt, ref now, 100, 10);
        long before = cubic.CongestionWindow;
        Round(cubic, rtt, ref now, 120, 20);
        long conservative = cubic.CongestionWindow - before;
        Assert.That(conservative, Is.LessThan(20 * Datagram).And.GreaterThan(5 * Datagram), "a quarter after the eighth sample");
        for (int i = 0; i < 4; i++)
        {
            Round(cubic, rtt, ref now, 120, 20);
            Assert.That(cubic.InSlowStart, $"round {i}");
        }

        Round(cubic, rtt, ref now, 120, 20);
        Assert.That(cubic.InSlowStart, Is.False, "after five conservative rounds");
    }

    [Test]
    public void A_passing_rise_of_the_rtt_resumes_slow_start()
    {
        // RFC 9406, section 4.2.
        Cubic cubic = new(Datagram);
        RttEstimator rtt = new();
        double now = 0;
        Round(cubic, rtt, ref now, 100, 10);
        Round(cubic, rtt, ref now, 100, 10);
        Round(cubic, rtt, ref now, 120, 10);
        Round(cubic, rtt, ref now, 100, 10);
        long before = cubic.CongestionWindow;
        Round(cubic, rtt, ref now, 100, 10);
        Assert.That(cubic.CongestionWindow - before, Is.EqualTo(10 * Datagram));
    }

    private static void Round(Cubic cubic, RttEstimator rtt, ref double now, int rttMs, int packets)
    {
        double sent = now;
        now += rttMs;
        for (int i = 0; i < packets; i++)
        {
            rtt.Update(TimeSpan.FromMilliseconds(rttMs), TimeSpan.Zero);
            cubic.OnAcknowledged(At(now + (i * 0.01)), At(sent + 0.5 + (i * 0.01)), Datagram, applicationLimited: false, rtt);
        }
    }

    private static Cubic Grown(int datagrams, int rttMs = 200)
    {
        // One sample only, so that HyStart++ sees no rise.
        Cubic cubic = new(Datagram);
        RttEstimator rtt = Rtt(rttMs);
        while (cubic.CongestionWindow < datagrams * Datagram)
        {
            cubic.OnAcknowledged(At(500), At(400), Datagram, applicationLimited: false, rtt);
        }

        return cubic;
    }

    /// <summary>The window in datagrams after a greedy sender used it for some time.</summary>
    private static long After(Cubic cubic, double fromMs, double seconds, int rttMs = 200)
    {
        RttEstimator rtt = Rtt(rttMs);
        double end = fromMs + (seconds * 1000);
        for (double now = fromMs + 0.1; now < end;)
        {
            // A window's worth of ACKs, spread over the round trip.
            double step = (double)rttMs * Datagram / cubic.CongestionWindow;
            cubic.OnAcknowledged(At(now), At(now + 0.01), Datagram, applicationLimited: false, rtt);
            now += step;
        }

        return cubic.CongestionWindow / Datagram;
    }

    private static RttEstimator Rtt(int milliseconds)
    {
        RttEstimator rtt = new();
        rtt.Update(TimeSpan.FromMilliseconds(milliseconds), TimeSpan.Zero);
        return rtt;
    }

    private static Timestamp At(double milliseconds) => RecoveryFixture.At(milliseconds);
}
