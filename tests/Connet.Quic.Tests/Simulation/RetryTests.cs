using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Tests.Simulation;

/// <summary>RFC 9000, sections 8.1.2 and 17.2.5.</summary>
public sealed class RetryTests
{
    [Test]
    public void A_token_is_good_only_for_the_address_it_was_made_for()
    {
        QuicPair pair = new(new PairOptions { Retry = true });
        pair.BeginConnect();
        pair.RunUntil(() => pair.ToClient.Datagrams > 0, TimeSpan.FromSeconds(1));
        pair.Client.Address = NetworkAddress.FromIPv4(0x0a000009, 4000);
        pair.ClientReceivesAt = static _ => true;
        pair.RunFor(TimeSpan.FromSeconds(1));
        Assert.That(pair.Server.History, Is.Empty);
        Assert.That(pair.ClientConnection.CloseReason?.ErrorCode, Is.EqualTo((long)TransportErrorCode.InvalidToken));
    }

    [Test]
    public void A_second_retry_is_ignored()
    {
        QuicPair plain = new(new PairOptions { Retry = true });
        plain.Connect();

        QuicPair pair = new(new PairOptions { Retry = true });
        byte[]? retry = null;
        pair.ToClient.Filter = datagram =>
        {
            if (retry is null)
            {
                retry = [.. datagram];
                pair.ToClient.Inject(pair.Now + TimeSpan.FromMilliseconds(5), [.. datagram]);
            }

            return true;
        };
        pair.Connect();
        Assert.That(PacketHeader.TryParse(retry, Connection.LocalIdLength, out PacketHeader header), Is.True);
        Assert.That(header.Type, Is.EqualTo(PacketType.Retry));
        Assert.That(pair.ClientConnection.Statistics.PacketsDropped, Is.EqualTo(plain.ClientConnection.Statistics.PacketsDropped + 1));
        Assert.That(pair.Server.History, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_retry_validates_the_address_so_that_a_large_flight_is_not_held_back()
    {
        QuicPair pair = new(new PairOptions { Retry = true });
        Timestamp start = pair.Now;
        pair.Connect();
        Assert.That(pair.Now - start, Is.LessThanOrEqualTo(TimeSpan.FromMilliseconds(81)), "one round trip for the Retry, two for the handshake, one way for HANDSHAKE_DONE");
        Assert.That(pair.Server.History, Has.Count.EqualTo(1));
    }
}
