using Connet.Quic.Core;

namespace Connet.Quic.Tests.Simulation;

/// <summary>RFC 9001, section 6, in the middle of a transfer.</summary>
public sealed class KeyUpdateTests
{
    [Test]
    public void Keys_are_updated_again_and_again_during_a_transfer([Values] bool byClient, [Values] bool byServer, [Values(0, 0.05)] double loss)
    {
        LinkConditions link = new() { Bandwidth = 500_000, Loss = loss, Jitter = TimeSpan.FromMilliseconds(loss * 100) };
        QuicPair pair = new(new PairOptions { ClientToServer = link, ServerToClient = link });
        pair.Connect();
        BulkSender sender = new(pair, 1_500_000);
        while (!sender.IsDone)
        {
            Assert.That(sender.Step(), Is.True, () => $"client {QuicPair.Describe(pair.ClientConnection)}, server {QuicPair.Describe(pair.ServerConnection)}");
            _ = byClient && pair.ClientConnection.InitiateKeyUpdate(pair.Now);
            _ = byServer && pair.ServerConnection.InitiateKeyUpdate(pair.Now);
        }

        int updates = pair.ClientConnection.Statistics.KeyUpdates;
        TestContext.Out.WriteLine($"{updates} key updates");
        Assert.That(updates, byClient || byServer ? Is.GreaterThan(3) : Is.Zero);
        Assert.That(pair.ServerConnection.Statistics.KeyUpdates, Is.EqualTo(updates).Within(1));
    }

    [Test]
    public void No_update_is_possible_before_the_last_one_was_acknowledged()
    {
        QuicPair pair = new(new PairOptions());
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(1));
        Connection client = pair.ClientConnection;
        Assert.That(client.InitiateKeyUpdate(pair.Now), Is.True);
        Assert.That(client.InitiateKeyUpdate(pair.Now), Is.False);
        client.Ping();
        pair.Pump();
        pair.RunFor(TimeSpan.FromSeconds(1));
        Assert.That(client.InitiateKeyUpdate(pair.Now), Is.True);
    }
}
