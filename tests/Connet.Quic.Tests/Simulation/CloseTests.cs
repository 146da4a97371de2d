using Connet.Quic.Core;
using Connet.Quic.Core.Wire;

namespace Connet.Quic.Tests.Simulation;

/// <summary>RFC 9000, sections 10.2 and 10.3.</summary>
public sealed class CloseTests
{
    [Test]
    public void The_peer_sees_code_and_reason_half_a_round_trip_later([Values] bool byServer)
    {
        QuicPair pair = new(new PairOptions());
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(1));
        Connection closing = byServer ? pair.ServerConnection : pair.ClientConnection;
        Connection other = byServer ? pair.ClientConnection : pair.ServerConnection;
        closing.Close(pair.Now, 4711, "auf Wiedersehen \u00fc");
        pair.Pump();
        Assert.That(closing.State, Is.EqualTo(ConnectionState.Closing));
        pair.RunFor(pair.ToServer.Conditions.Latency);
        Assert.That(other.State, Is.EqualTo(ConnectionState.Draining));
        Assert.That(other.CloseReason, Is.EqualTo(new ConnectionCloseReason(ConnectionCloseKind.PeerApplication, 4711, "auf Wiedersehen \u00fc")));
        pair.RunFor(TimeSpan.FromSeconds(10));
        pair.AssertForgotten();
    }

    [Test]
    public void A_close_in_the_handshake_tells_the_peer_at_once_but_not_what_the_application_said()
    {
        QuicPair pair = new(new PairOptions());
        pair.BeginConnect();
        pair.RunUntil(() => pair.Server.History.Count > 0, TimeSpan.FromSeconds(1));
        pair.ClientConnection.Close(pair.Now, 4711, "secret");
        pair.Pump();
        pair.RunFor(pair.ToServer.Conditions.Latency);
        Assert.That(pair.ServerConnection.CloseReason, Is.EqualTo(new ConnectionCloseReason(
            ConnectionCloseKind.PeerTransport, (long)TransportErrorCode.ApplicationError, string.Empty)));
        pair.RunFor(TimeSpan.FromSeconds(10));
        pair.AssertForgotten();
    }

    [Test]
    public void A_client_that_gives_up_at_any_moment_of_the_handshake_tells_the_server_in_half_a_round_trip([Values] bool retry)
    {
        int told = 0;
        for (int steps = 0; ; steps++)
        {
            QuicPair pair = new(new PairOptions { Retry = retry });
            pair.BeginConnect();
            for (int i = 0; i < steps; i++)
            {
                pair.Step();
            }

            bool confirmed = pair.ClientConnection.Handshake.IsConfirmed;
            pair.ClientConnection.Close(pair.Now, 0, "the client gave up");
            pair.Pump();
            pair.RunFor(pair.ToServer.Conditions.Latency);
            if (pair.Server.History.Count > 0)
            {
                Assert.That(pair.ServerConnection.State, Is.EqualTo(ConnectionState.Draining), $"after {steps} steps");
                told++;
            }

            pair.RunFor(TimeSpan.FromSeconds(10));
            pair.AssertForgotten();
            if (confirmed)
            {
                break;
            }
        }

        Assert.That(told, Is.GreaterThan(3));
    }

    [Test]
    public void A_closing_end_repeats_itself_when_the_peer_did_not_hear_it_and_less_and_less_often()
    {
        QuicPair pair = new(new PairOptions());
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(1));
        pair.ToServer.Filter = static _ => false;
        pair.ClientConnection.Close(pair.Now, 1, string.Empty);
        pair.Pump();
        int before = pair.ToServer.Datagrams;
        for (int i = 0; i < 50; i++)
        {
            pair.ServerConnection.Ping();
            pair.Pump();
            pair.RunFor(TimeSpan.FromMilliseconds(1));
        }

        Assert.That(pair.ToServer.Datagrams - before, Is.InRange(1, 7));
    }

    [Test]
    public void A_reset_from_a_restarted_server_ends_the_connection_within_a_round_trip()
    {
        QuicPair pair = new(new PairOptions());
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(1));
        pair.RestartServer();
        pair.ClientConnection.Ping();
        pair.Pump();
        pair.RunFor(pair.ToServer.Conditions.Latency + pair.ToClient.Conditions.Latency);
        Assert.That(pair.ClientConnection.CloseReason?.Kind, Is.EqualTo(ConnectionCloseKind.StatelessReset));
        int sent = pair.ToServer.Datagrams;
        pair.RunFor(TimeSpan.FromSeconds(10));
        Assert.That(pair.ToServer.Datagrams, Is.EqualTo(sent), "nothing is sent after a stateless reset");
        pair.AssertForgotten();
    }

    [Test]
    public void A_reset_with_one_wrong_bit_is_nothing([Range(0, 15)] int position)
    {
        QuicPair pair = new(new PairOptions());
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(1));
        pair.RestartServer();
        pair.ToClient.Filter = datagram =>
        {
            datagram[^(position + 1)] ^= 1;
            return true;
        };
        pair.ClientConnection.Ping();
        pair.Pump();
        pair.RunFor(TimeSpan.FromSeconds(1));
        Assert.That(pair.ClientConnection.State, Is.EqualTo(ConnectionState.Established));
    }
}
