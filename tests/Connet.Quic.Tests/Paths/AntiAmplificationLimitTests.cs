using Connet.Quic.Core.Paths;

namespace Connet.Quic.Tests.Paths;

/// <summary>RFC 9000, section 8.1.</summary>
public sealed class AntiAmplificationLimitTests
{
    [Test]
    public void Nothing_may_be_sent_before_something_came()
    {
        AntiAmplificationLimit limit = new();
        Assert.That(limit.Available, Is.Zero);
        Assert.That(limit.Allowance(1200), Is.Zero);
    }

    [Test]
    public void Three_times_what_came_may_be_sent()
    {
        AntiAmplificationLimit limit = new();
        limit.OnDatagramReceived(1200);
        Assert.That(limit.Available, Is.EqualTo(3600));
        for (int i = 0; i < 3; i++)
        {
            Assert.That(limit.Allowance(1200), Is.EqualTo(1200));
            limit.OnSent(1200);
        }

        Assert.That(limit.Available, Is.Zero);
        limit.OnDatagramReceived(100);
        Assert.That(limit.Allowance(1200), Is.EqualTo(300));
    }

    [Test]
    public void What_was_sent_beyond_the_limit_is_owed()
    {
        AntiAmplificationLimit limit = new();
        limit.OnDatagramReceived(100);
        limit.OnSent(1200);
        Assert.That(limit.Available, Is.Zero);
        limit.OnDatagramReceived(300);
        Assert.That(limit.Available, Is.Zero);
        limit.OnDatagramReceived(1);
        Assert.That(limit.Available, Is.EqualTo(3));
    }

    [Test]
    public void Validation_lifts_the_limit_for_good()
    {
        AntiAmplificationLimit limit = new();
        limit.OnDatagramReceived(1);
        limit.MarkValidated();
        limit.OnSent(1_000_000);
        Assert.That(limit.Validated, Is.True);
        Assert.That(limit.Available, Is.EqualTo(long.MaxValue));
        Assert.That(limit.Allowance(65527), Is.EqualTo(65527));
    }

    [Test]
    public void A_flood_of_spoofed_datagrams_gets_at_most_three_times_its_bytes()
    {
        AntiAmplificationLimit limit = new();
        long received = 0;
        long sent = 0;
        for (int i = 0; i < 100_000; i++)
        {
            limit.OnDatagramReceived(1 + (i % 1200));
            received += 1 + (i % 1200);
            int allowed = limit.Allowance(1452);
            limit.OnSent(allowed);
            sent += allowed;
        }

        Assert.That(sent, Is.GreaterThan(received).And.LessThanOrEqualTo(3 * received));
    }
}
