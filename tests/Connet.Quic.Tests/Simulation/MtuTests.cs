namespace Connet.Quic.Tests.Simulation;

/// <summary>RFC 9000, section 14, and RFC 8899 on whole connections.</summary>
public sealed class MtuTests
{
    [Test]
    public void The_search_reaches_the_largest_size_on_ethernet()
    {
        QuicPair pair = new(new PairOptions());
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(2));
        Assert.That(pair.ClientConnection.Statistics.MaxDatagramSize, Is.EqualTo(1452));
        Assert.That(pair.ServerConnection.Statistics.MaxDatagramSize, Is.EqualTo(1452));
    }

    [Test]
    public void The_search_ends_just_below_what_the_path_carries([Values(1200, 1280, 1333, 1400, 1451)] int mtu)
    {
        LinkConditions link = new() { Mtu = mtu };
        QuicPair pair = new(new PairOptions { ClientToServer = link, ServerToClient = link });
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(20));
        Assert.That(pair.ClientConnection.Statistics.MaxDatagramSize, Is.InRange(Math.Max(1200, mtu - 16), mtu));
        Assert.That(pair.ServerConnection.Statistics.MaxDatagramSize, Is.InRange(Math.Max(1200, mtu - 16), mtu));
    }

    [Test]
    public void The_search_goes_on_while_there_is_always_data_to_send()
    {
        LinkConditions link = new() { Bandwidth = 250_000, Queue = 40_000 };
        QuicPair pair = new(new PairOptions { ClientToServer = link });
        pair.Connect();
        BulkSender sender = new(pair, 3_000_000);
        sender.RunFor(TimeSpan.FromSeconds(5));
        Assert.That(sender.IsDone, Is.False);
        Assert.That(pair.ClientConnection.Statistics.MaxDatagramSize, Is.EqualTo(1452));
    }

    [Test]
    public void A_transfer_survives_a_path_that_begins_to_swallow_large_datagrams()
    {
        QuicPair pair = new(new PairOptions());
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(2));
        BulkSender sender = new(pair, 5_000_000);
        sender.RunFor(TimeSpan.FromMilliseconds(60));
        Assert.That(sender.IsDone, Is.False);
        pair.ToServer.Conditions = pair.ToServer.Conditions with { Mtu = 1250 };
        sender.Run(TimeSpan.FromSeconds(30));
        Assert.That(pair.ClientConnection.Statistics.MaxDatagramSize, Is.InRange(1200, 1250));
    }
}
