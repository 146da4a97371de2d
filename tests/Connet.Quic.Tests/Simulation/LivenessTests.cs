using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Streams;

namespace Connet.Quic.Tests.Simulation;

/// <summary>Whoever asks whether the peer is still there must learn it from a peer that has forgotten the connection (RFC 9000, section 10.3).</summary>
public sealed class LivenessTests
{
    /// <summary>What provokes a stateless reset from any endpoint.</summary>
    private const int Provoking = 64;

    [Test]
    public void A_ping_is_large_enough_to_provoke_a_stateless_reset()
    {
        (QuicPair pair, List<int> sizes) = Connect(new ConnectionConfig());
        pair.ClientConnection.Ping();
        pair.Pump();
        Assert.That(sizes, Is.EqualTo(new[] { Provoking }));
    }

    [Test]
    public void Keep_alives_are_large_enough_to_provoke_a_stateless_reset()
    {
        (QuicPair pair, List<int> sizes) = Connect(new ConnectionConfig { KeepAliveInterval = TimeSpan.FromMilliseconds(500) });
        pair.RunFor(TimeSpan.FromSeconds(5));
        Assert.That(sizes, Has.Count.InRange(8, 10));
        Assert.That(sizes, Is.All.EqualTo(Provoking));
    }

    [Test]
    public void A_ping_that_goes_with_data_makes_the_packet_large_enough_too()
    {
        (QuicPair pair, List<int> sizes) = Connect(new ConnectionConfig());
        WriteByte(pair);
        pair.ClientConnection.Ping();
        pair.Pump();
        Assert.That(sizes, Is.EqualTo(new[] { Provoking }));
    }

    [Test]
    public void Probes_are_large_enough_whatever_they_carry([Values] bool data)
    {
        (QuicPair pair, List<int> sizes) = Connect(new ConnectionConfig());
        pair.ToClient.Filter = static _ => false;
        if (data)
        {
            WriteByte(pair);
        }
        else
        {
            pair.ClientConnection.Ping();
        }

        pair.Pump();
        pair.RunFor(TimeSpan.FromSeconds(5));
        Assert.That(sizes, Has.Count.GreaterThan(4));
        Assert.That(sizes[0], data ? Is.LessThan(Provoking) : Is.EqualTo(Provoking), "ordinary data is not padded");
        Assert.That(sizes.Skip(1), Is.All.GreaterThanOrEqualTo(Provoking));
    }

    [Test]
    public void A_client_with_outstanding_data_learns_of_the_restart_with_its_first_probe()
    {
        (QuicPair pair, _) = Connect(new ConnectionConfig());

        // The data itself is lost with the server that was to receive it.
        pair.ToServer.Filter = static _ => false;
        WriteByte(pair);
        pair.Pump();
        pair.RestartServer();
        pair.ToServer.Filter = null;
        Assert.That(pair.RunUntil(() => pair.ClientConnection.CloseReason is not null, TimeSpan.FromMilliseconds(200)));
        Assert.That(pair.ClientConnection.CloseReason?.Kind, Is.EqualTo(ConnectionCloseKind.StatelessReset));
    }

    [Test]
    public void All_connections_of_a_client_learn_of_the_restart_at_once()
    {
        const int Count = 24;
        ConnectionConfig config = new() { KeepAliveInterval = TimeSpan.FromSeconds(1) };
        QuicPair pair = new(new PairOptions { Client = config });
        for (int i = 0; i < Count; i++)
        {
            pair.Connect();
        }

        pair.RunFor(TimeSpan.FromSeconds(5));
        pair.RestartServer();
        pair.RunFor(TimeSpan.FromSeconds(1.1));
        Assert.That(pair.Client.History, Has.Count.EqualTo(Count));
        Assert.That(pair.Client.History.Select(connection => connection.CloseReason?.Kind), Is.All.EqualTo(ConnectionCloseKind.StatelessReset));
    }

    [Test]
    public void The_last_received_packet_is_one_that_only_the_peer_can_have_made()
    {
        (QuicPair pair, _) = Connect(new ConnectionConfig());
        byte[]? answer = null;
        pair.ToClient.Filter = datagram =>
        {
            answer = [.. datagram];
            return true;
        };
        pair.ClientConnection.Ping();
        pair.Pump();
        pair.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.That(answer, Is.Not.Null);
        Timestamp received = pair.ClientConnection.LastReceived;
        Assert.That(pair.Now - received, Is.InRange(TimeSpan.FromMilliseconds(40), TimeSpan.FromMilliseconds(90)));

        // A duplicate, and one that was damaged.
        pair.ToClient.Inject(pair.Now, [.. answer!]);
        answer![^1] ^= 1;
        pair.ToClient.Inject(pair.Now, answer);
        pair.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.That(pair.ClientConnection.LastReceived, Is.EqualTo(received));
    }

    /// <summary>An established, quiet connection, and the sizes of what the client sends from now on.</summary>
    private static (QuicPair Pair, List<int> Sizes) Connect(ConnectionConfig client)
    {
        QuicPair pair = new(new PairOptions { Client = client });
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(2));
        List<int> sizes = [];
        pair.ToServer.Filter = datagram =>
        {
            sizes.Add(datagram.Length);
            return true;
        };
        return (pair, sizes);
    }

    private static void WriteByte(QuicPair pair)
    {
        StreamMap streams = pair.ClientConnection.Streams;
        Assert.That(streams.TryOpen(unidirectional: false, out StreamId id));
        Assert.That(streams.Write(id, "x"u8, pair.ClientConnection.SendRoom, out _), Is.EqualTo(WriteResult.Ok));
    }
}
