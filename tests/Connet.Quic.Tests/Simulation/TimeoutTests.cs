using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Tests.Simulation;

/// <summary>RFC 9000, section 10.1, and the limits of the handshake.</summary>
public sealed class TimeoutTests
{
    [Test]
    public void An_idle_connection_ends_at_the_smaller_of_both_timeouts_and_not_a_moment_before()
    {
        QuicPair pair = new(new PairOptions
        {
            Client = new ConnectionConfig { MaxIdleTimeout = TimeSpan.FromSeconds(20) },
            Server = new ConnectionConfig { MaxIdleTimeout = TimeSpan.FromSeconds(12) },
        });
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(1));

        // The client says the last word, which the server acknowledges: both start to count anew.
        pair.ClientConnection.Ping();
        pair.Pump();
        Timestamp pinged = pair.Now;
        Timestamp acknowledged = Timestamp.Never;
        pair.ToClient.Filter = _ =>
        {
            acknowledged = pair.Now + pair.ToClient.Conditions.Latency;
            return true;
        };
        pair.RunFor(TimeSpan.FromSeconds(1));
        int datagrams = pair.ToServer.Datagrams + pair.ToClient.Datagrams;
        Timestamp arrived = pinged + pair.ToServer.Conditions.Latency;
        Assert.That(acknowledged.IsNever, Is.False);

        RunTo(pair, arrived + TimeSpan.FromSeconds(12) - TimeSpan.FromTicks(1));
        Assert.That(pair.ServerConnection.State, Is.EqualTo(ConnectionState.Established));
        RunTo(pair, arrived + TimeSpan.FromSeconds(12));
        Assert.That(pair.ServerConnection.CloseReason?.Kind, Is.EqualTo(ConnectionCloseKind.IdleTimeout));
        RunTo(pair, acknowledged + TimeSpan.FromSeconds(12) - TimeSpan.FromTicks(1));
        Assert.That(pair.ClientConnection.State, Is.EqualTo(ConnectionState.Established));
        RunTo(pair, acknowledged + TimeSpan.FromSeconds(12));
        Assert.That(pair.ClientConnection.CloseReason?.Kind, Is.EqualTo(ConnectionCloseKind.IdleTimeout));
        Assert.That(pair.ToServer.Datagrams + pair.ToClient.Datagrams, Is.EqualTo(datagrams), "an idle timeout is silent");
        pair.AssertForgotten();
    }

    [Test]
    public void A_connection_is_kept_alive_without_any_traffic([Values] bool byServer)
    {
        ConnectionConfig quiet = new() { MaxIdleTimeout = TimeSpan.FromSeconds(10) };
        ConnectionConfig lively = quiet with { KeepAliveInterval = TimeSpan.FromSeconds(4) };
        QuicPair pair = new(new PairOptions { Client = byServer ? quiet : lively, Server = byServer ? lively : quiet });
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(1));
        int before = pair.ToServer.Datagrams + pair.ToClient.Datagrams;
        pair.RunFor(TimeSpan.FromMinutes(10));
        Assert.That(pair.ClientConnection.State, Is.EqualTo(ConnectionState.Established));
        Assert.That(pair.ServerConnection.State, Is.EqualTo(ConnectionState.Established));
        Assert.That(pair.ToServer.Datagrams + pair.ToClient.Datagrams - before, Is.InRange(290, 310), "a PING and its ACK every four seconds");
    }

    [Test]
    public void A_handshake_with_a_dead_peer_ends_after_five_seconds()
    {
        QuicPair pair = new(new PairOptions());
        pair.ToServer.Filter = static _ => false;
        Connection connection = pair.BeginConnect();
        Timestamp start = pair.Now;
        RunTo(pair, start + TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        Assert.That(connection.CloseReason, Is.Null);
        RunTo(pair, start + TimeSpan.FromSeconds(5));
        Assert.That(connection.CloseReason?.Kind, Is.EqualTo(ConnectionCloseKind.HandshakeTimeout));
        pair.RunFor(TimeSpan.FromSeconds(30));
        pair.AssertForgotten();
    }

    [Test]
    public void A_server_whose_client_disappears_in_the_handshake_ends_after_five_seconds()
    {
        QuicPair pair = new(new PairOptions());
        int number = 0;
        pair.ToServer.Filter = _ => number++ == 0;
        pair.BeginConnect();
        pair.RunFor(TimeSpan.FromSeconds(4.9));
        Assert.That(pair.ServerConnection.State, Is.EqualTo(ConnectionState.Handshake));
        Assert.That(pair.Server.Endpoint.HandshakesInProgress, Is.EqualTo(1));
        pair.RunFor(TimeSpan.FromSeconds(0.2));
        Assert.That(pair.ServerConnection.CloseReason?.Kind, Is.EqualTo(ConnectionCloseKind.HandshakeTimeout));
        Assert.That(pair.Server.Endpoint.HandshakesInProgress, Is.EqualTo(1), "it counts until the connection is gone");
        pair.RunFor(TimeSpan.FromSeconds(30));
        pair.AssertForgotten();
    }

    private static void RunTo(QuicPair pair, Timestamp moment) => pair.RunFor(moment - pair.Now);
}
