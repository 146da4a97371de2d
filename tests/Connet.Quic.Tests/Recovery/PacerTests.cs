using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Recovery;

namespace Connet.Quic.Tests.Recovery;

/// <summary>RFC 9002, section 7.7.</summary>
public sealed class PacerTests
{
    private const int Datagram = 1200;

    [Test]
    public void Starts_with_a_burst_of_ten_datagrams()
    {
        Pacer pacer = new(Datagram);
        Assert.That(pacer.Budget(At(0), 12_000, Ms(100)), Is.EqualTo(12_000));
        pacer.OnSent(12_000);
        Assert.That(pacer.Budget(At(0), 12_000, Ms(100)), Is.Zero);
    }

    [Test]
    public void Fills_at_five_quarters_of_the_window_per_rtt()
    {
        Pacer pacer = new(Datagram);
        pacer.Budget(At(0), 12_000, Ms(100));
        pacer.OnSent(12_000);
        Assert.That(pacer.Budget(At(40), 12_000, Ms(100)), Is.EqualTo(6000));
        Assert.That(pacer.Budget(At(80), 12_000, Ms(100)), Is.EqualTo(12_000));
        Assert.That(pacer.Budget(At(800), 12_000, Ms(100)), Is.EqualTo(12_000), "idle time saves up no more than a burst");
    }

    [Test]
    public void A_fast_path_allows_two_milliseconds_of_its_rate()
    {
        // 10 MB window, 10 ms: 1.25 GB/s, 2.5 MB in 2 ms.
        Pacer pacer = new(Datagram);
        pacer.Budget(At(0), 10_000_000, Ms(10));
        Assert.That(pacer.Budget(At(100), 10_000_000, Ms(10)), Is.EqualTo(2_500_000));
    }

    [Test]
    public void The_next_send_is_exact_but_a_millisecond_away_at_least()
    {
        Pacer pacer = new(Datagram);
        pacer.Budget(At(0), 12_000, Ms(100));
        Assert.That(pacer.NextSend(At(0), Datagram, 12_000, Ms(100)), Is.EqualTo(At(0)));
        pacer.OnSent(12_000);
        Timestamp next = pacer.NextSend(At(0), Datagram, 12_000, Ms(100));
        Assert.That(next, Is.EqualTo(At(8)));
        Assert.That(pacer.Budget(next, 12_000, Ms(100)), Is.EqualTo(Datagram));
        pacer.OnSent(Datagram);
        Assert.That(pacer.NextSend(next, Datagram, 10_000_000, Ms(100)), Is.EqualTo(At(9)));
    }

    [Test]
    public void More_than_the_bucket_holds_waits_for_a_full_bucket()
    {
        Pacer pacer = new(Datagram);
        pacer.Budget(At(0), 12_000, Ms(100));
        pacer.OnSent(12_000);
        Timestamp next = pacer.NextSend(At(0), 100_000, 12_000, Ms(100));
        Assert.That(next, Is.EqualTo(At(80)));
        Assert.That(pacer.NextSend(next, 100_000, 12_000, Ms(100)), Is.EqualTo(next));
    }

    [Test]
    public void Probes_may_overdraw_but_not_without_end()
    {
        Pacer pacer = new(Datagram);
        pacer.Budget(At(0), 12_000, Ms(100));
        for (int i = 0; i < 1000; i++)
        {
            pacer.OnSent(Datagram);
        }

        Assert.That(pacer.Budget(At(80), 12_000, Ms(100)), Is.Zero);
        Assert.That(pacer.Budget(At(160), 12_000, Ms(100)), Is.EqualTo(12_000));
    }

    [Test]
    public void Asking_often_loses_no_fraction([Values(1, 3, 7, 77, 9_999)] int stepTicks)
    {
        // 13,001 bytes at 97 ms: 0.0168 bytes each 100 ns.
        Pacer pacer = new(Datagram);
        TimeSpan rtt = Ms(97);
        pacer.Budget(At(0), 13_001, rtt);
        pacer.OnSent(12_000);
        long sent = 0;
        Timestamp now = At(0);
        Timestamp end = At(500);
        while (now < end)
        {
            now = Timestamp.Min(now + new TimeSpan(stepTicks), end);
            int budget = pacer.Budget(now, 13_001, rtt);
            pacer.OnSent(budget);
            sent += budget;
        }

        Assert.That(sent, Is.EqualTo(500L * 10_000 * 13_001 * 5 / (4 * 97 * 10_000)));
    }

    [Test]
    public void Extreme_values_neither_overflow_nor_stop()
    {
        Pacer pacer = new(Datagram);
        pacer.Budget(At(0), long.MaxValue, TimeSpan.Zero);
        pacer.OnSent(int.MaxValue);
        Assert.That(pacer.Budget(At(1e9), long.MaxValue, TimeSpan.Zero), Is.EqualTo(int.MaxValue));
        Pacer slow = new(Datagram);
        slow.Budget(At(0), 0, TimeSpan.FromDays(1));
        slow.OnSent(12_000);
        Assert.That(slow.NextSend(At(0), Datagram, 0, TimeSpan.FromDays(1)), Is.GreaterThan(At(0)));
        Assert.That(slow.Budget(At(-5), 12_000, Ms(1)), Is.Zero, "a clock that goes back earns nothing");
    }

    private static Timestamp At(double milliseconds) => RecoveryFixture.At(milliseconds);

    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
