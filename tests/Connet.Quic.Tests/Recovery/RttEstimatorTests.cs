using Connet.Quic.Core.Recovery;

namespace Connet.Quic.Tests.Recovery;

/// <summary>RFC 9002, section 5.</summary>
public sealed class RttEstimatorTests
{
    [Test]
    public void Starts_with_the_initial_rtt()
    {
        RttEstimator rtt = new();
        Assert.That(rtt.HasSample, Is.False);
        Assert.That(rtt.Smoothed, Is.EqualTo(TimeSpan.FromMilliseconds(333)));
        Assert.That(rtt.Variation, Is.EqualTo(TimeSpan.FromMilliseconds(166.5)));
    }

    [Test]
    public void The_first_sample_ignores_the_delay()
    {
        RttEstimator rtt = new();
        rtt.Update(Ms(80), Ms(30));
        Assert.That((rtt.Latest, rtt.Smoothed, rtt.Variation, rtt.Minimum), Is.EqualTo((Ms(80), Ms(80), Ms(40), Ms(80))));
        Assert.That(rtt.ProbeTimeout(Ms(25)), Is.EqualTo(Ms(80 + 160 + 25)));
    }

    [Test]
    public void A_delay_is_subtracted_unless_it_undercuts_the_minimum()
    {
        RttEstimator rtt = new();
        rtt.Update(Ms(80), Ms(0));
        rtt.Update(Ms(120), Ms(24));
        Assert.That(rtt.Variation, Is.EqualTo(Ms(((3 * 40) + 16) / 4.0)));
        Assert.That(rtt.Smoothed, Is.EqualTo(Ms(((7 * 80) + 96) / 8.0)));
        RttEstimator liar = new();
        liar.Update(Ms(80), Ms(0));
        liar.Update(Ms(88), Ms(9));
        Assert.That(liar.Smoothed, Is.EqualTo(Ms(81)));
        Assert.That(liar.Minimum, Is.EqualTo(Ms(80)));
    }

    [Test]
    public void The_probe_timeout_keeps_the_granularity()
    {
        RttEstimator rtt = new();
        for (int i = 0; i < 100; i++)
        {
            rtt.Update(Ms(10), Ms(0));
        }

        Assert.That(rtt.ProbeTimeout(TimeSpan.Zero), Is.EqualTo(Ms(11)));
    }

    [Test]
    public void Reset_forgets_all_samples()
    {
        RttEstimator rtt = new();
        rtt.Update(Ms(80), Ms(0));
        rtt.Reset();
        Assert.That((rtt.HasSample, rtt.Smoothed, rtt.Minimum), Is.EqualTo((false, RttEstimator.InitialRtt, TimeSpan.Zero)));
    }

    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromTicks((long)(milliseconds * TimeSpan.TicksPerMillisecond));
}
