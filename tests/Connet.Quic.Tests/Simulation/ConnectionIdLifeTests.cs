using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Tests.Simulation;

/// <summary>RFC 9000, section 5.1: IDs to spare, their retirement and their replacement.</summary>
public sealed class ConnectionIdLifeTests
{
    private const int Active = 5;

    /// <summary>A server goes on routing the ID that the client made up: late copies of its first packets must not look like another client.</summary>
    private const int FirstId = 1;

    [Test]
    public void Four_spare_ids_are_issued_to_each_side()
    {
        QuicPair pair = new(new PairOptions());
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(1));
        Assert.That(pair.Client.Endpoint.RoutedIdCount, Is.EqualTo(Active));
        Assert.That(pair.Server.Endpoint.RoutedIdCount, Is.EqualTo(Active + FirstId));
    }

    [Test]
    public void Retired_ids_are_replaced_however_often_the_peer_moves()
    {
        QuicPair pair = new(new PairOptions());
        pair.Connect();
        for (int i = 0; i < 20; i++)
        {
            pair.RunFor(TimeSpan.FromSeconds(1));
            pair.Client.Address = NetworkAddress.FromIPv4(0x0a000100 + (uint)i, 4000);
            pair.ClientConnection.Ping();
            pair.Pump();
        }

        pair.RunFor(TimeSpan.FromSeconds(1));
        Assert.That(pair.ClientConnection.State, Is.EqualTo(ConnectionState.Established));
        Assert.That(pair.ServerConnection.State, Is.EqualTo(ConnectionState.Established));
        Assert.That(pair.Client.Endpoint.RoutedIdCount, Is.EqualTo(Active), "each move of the client makes the server use, and retire, another ID");
        Assert.That(pair.Server.Endpoint.RoutedIdCount, Is.EqualTo(Active + FirstId));
        pair.ClientConnection.Close(pair.Now, 0, string.Empty);
        pair.Pump();
        pair.RunFor(TimeSpan.FromSeconds(10));
        pair.AssertForgotten();
    }
}
