using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Recovery;

namespace Connet.Quic.Tests.Recovery;

/// <summary>RFC 9002, section 7.</summary>
public sealed class NewRenoTests
{
    private readonly RttEstimator _rtt = new();

    [TestCase(1200, 12_000)]
    [TestCase(1452, 14_520)]
    [TestCase(1500, 14_720)]
    [TestCase(9000, 18_000)]
    public void The_initial_window_is_ten_datagrams(int datagram, long expected)
    {
        // RFC 9002, section 7.2.
        Assert.That(new NewReno(datagram).CongestionWindow, Is.EqualTo(expected));
        Assert.That(new Cubic(datagram).CongestionWindow, Is.EqualTo(expected));
    }

    [Test]
    public void Slow_start_grows_by_what_is_acknowledged()
    {
        NewReno reno = new(1200);
        reno.OnAcknowledged(At(50), At(0), 1200, applicationLimited: false, _rtt);
        Assert.That(reno.CongestionWindow, Is.EqualTo(13_200));
        Assert.That(reno.InSlowStart);
        reno.OnAcknowledged(At(50), At(0), 1200, applicationLimited: true, _rtt);
        Assert.That(reno.CongestionWindow, Is.EqualTo(13_200), "RFC 9002, section 7.8");
    }

    [Test]
    public void One_round_trip_of_losses_halves_once()
    {
        // RFC 9002, sections 7.3.2 and 7.6.
        NewReno reno = new(1200);
        reno.OnCongestion(At(50), At(10), persistent: false);
        reno.OnCongestion(At(60), At(50), persistent: false);
        Assert.That(reno.CongestionWindow, Is.EqualTo(6000));
        Assert.That(reno.SlowStartThreshold, Is.EqualTo(6000));
        reno.OnAcknowledged(At(70), At(50), 6000, applicationLimited: false, _rtt);
        Assert.That(reno.CongestionWindow, Is.EqualTo(6000), "no growth in recovery");
        reno.OnCongestion(At(80), At(51), persistent: false);
        Assert.That(reno.CongestionWindow, Is.EqualTo(3000));
    }

    [Test]
    public void Avoidance_grows_by_one_datagram_for_each_window()
    {
        // RFC 9002, section 7.3.3.
        NewReno reno = new(1200);
        reno.OnCongestion(At(50), At(10), persistent: false);
        for (int i = 0; i < 5; i++)
        {
            Assert.That(reno.CongestionWindow, Is.EqualTo(6000));
            reno.OnAcknowledged(At(100), At(51), 1200, applicationLimited: false, _rtt);
        }

        Assert.That(reno.CongestionWindow, Is.EqualTo(7200));
    }

    [Test]
    public void The_window_never_falls_below_two_datagrams()
    {
        NewReno reno = new(1200);
        for (int i = 1; i < 10; i++)
        {
            reno.OnCongestion(At(i), At(i - 0.5), persistent: false);
        }

        Assert.That(reno.CongestionWindow, Is.EqualTo(2400));
    }

    [Test]
    public void Persistent_congestion_starts_over_from_two_datagrams()
    {
        // RFC 9002, section 7.6.2.
        NewReno reno = new(1200);
        reno.OnCongestion(At(50), At(10), persistent: true);
        Assert.That(reno.CongestionWindow, Is.EqualTo(2400));
        Assert.That(reno.InSlowStart);
        reno.OnAcknowledged(At(60), At(20), 1200, applicationLimited: false, _rtt);
        Assert.That(reno.CongestionWindow, Is.EqualTo(3600), "and is not in recovery");
    }

    [Test]
    public void A_spurious_loss_is_undone_once()
    {
        NewReno reno = new(1200);
        reno.OnCongestion(At(50), At(10), persistent: false);
        reno.OnSpuriousLoss();
        Assert.That(reno.CongestionWindow, Is.EqualTo(12_000));
        Assert.That(reno.SlowStartThreshold, Is.EqualTo(long.MaxValue));
        reno.OnCongestion(At(60), At(55), persistent: false);
        reno.OnCongestion(At(70), At(65), persistent: false);
        reno.OnSpuriousLoss();
        reno.OnSpuriousLoss();
        Assert.That(reno.CongestionWindow, Is.EqualTo(6000), "only the last cut");
    }

    [Test]
    public void A_new_datagram_size_moves_an_untouched_window_and_the_floor()
    {
        NewReno reno = new(1200);
        reno.SetMaxDatagramSize(1452);
        Assert.That(reno.CongestionWindow, Is.EqualTo(14_520));
        reno.OnCongestion(At(50), At(10), persistent: true);
        reno.SetMaxDatagramSize(1500);
        Assert.That(reno.CongestionWindow, Is.EqualTo(3000));
    }

    private static Timestamp At(double milliseconds) => RecoveryFixture.At(milliseconds);
}
