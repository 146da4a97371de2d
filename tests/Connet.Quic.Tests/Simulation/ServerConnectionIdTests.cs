using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Streams;
using Connet.Quic.Core.Wire;
using Connet.Quic.Core.Wire.Frames;
using Connet.Quic.Tests.Hostile;

namespace Connet.Quic.Tests.Simulation;

/// <summary>
/// A client's first ID has no reset token: the server goes on to one that has, so that it can tell the reset of a client
/// that was started anew (RFC 9000, sections 5.1.1, 5.1.2 and 10.3.1).
/// </summary>
public sealed class ServerConnectionIdTests
{
    private const int Active = 5;

    private static readonly TimeSpan _keepAlive = TimeSpan.FromSeconds(1);

    [Test]
    public void A_server_learns_of_a_restarted_client_at_its_next_keep_alive()
    {
        QuicPair pair = new(new PairOptions { Server = new ConnectionConfig { KeepAliveInterval = _keepAlive } });
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(5.5));
        pair.RestartClient();
        pair.RunFor(1.1 * _keepAlive);
        Assert.That(pair.ServerConnection.CloseReason?.Kind, Is.EqualTo(ConnectionCloseKind.StatelessReset));
    }

    [Test]
    public void A_server_with_outstanding_data_learns_of_a_restarted_client_with_its_first_probe()
    {
        QuicPair pair = new(new PairOptions());
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(2));
        pair.ToClient.Filter = static _ => false;
        Write(pair.ServerConnection, 1);
        pair.Pump();
        pair.RestartClient();
        pair.ToClient.Filter = null;
        Assert.That(pair.RunUntil(() => pair.ServerConnection.CloseReason is not null, TimeSpan.FromMilliseconds(200)));
        Assert.That(pair.ServerConnection.CloseReason?.Kind, Is.EqualTo(ConnectionCloseKind.StatelessReset));
    }

    [Test]
    public void All_connections_of_a_restarted_client_end()
    {
        const int Count = 12;
        QuicPair pair = new(new PairOptions { Server = new ConnectionConfig { KeepAliveInterval = _keepAlive } });
        for (int i = 0; i < Count; i++)
        {
            pair.Connect();
        }

        pair.RunFor(TimeSpan.FromSeconds(5));
        pair.RestartClient();
        pair.RunFor(1.1 * _keepAlive);
        Assert.That(pair.Server.History, Has.Count.EqualTo(Count));
        Assert.That(pair.Server.History.Select(static connection => connection.CloseReason?.Kind), Is.All.EqualTo(ConnectionCloseKind.StatelessReset));
    }

    [Test]
    public void A_server_goes_on_to_another_id_once_and_stays_there()
    {
        QuicPair pair = new(new PairOptions { Server = new ConnectionConfig { KeepAliveInterval = _keepAlive } });
        List<ConnectionId> ids = WatchIds(pair);
        pair.Connect();
        pair.RunFor(TimeSpan.FromMinutes(2));
        Assert.That(ids, Has.Count.GreaterThan(50));
        Assert.That(ids.Distinct().Count(), Is.EqualTo(2));
        Assert.That(ids[^50..].Distinct().Count(), Is.EqualTo(1));
        Assert.That(pair.Client.Endpoint.RoutedIdCount, Is.EqualTo(Active), "the client has replaced the one that was retired");
        Assert.That(pair.ServerConnection.State, Is.EqualTo(ConnectionState.Established));
    }

    [Test]
    public void A_client_stays_on_the_id_of_the_handshake_which_has_a_token()
    {
        QuicPair pair = new(new PairOptions { Client = new ConnectionConfig { KeepAliveInterval = _keepAlive } });
        HashSet<ConnectionId> ids = [];
        pair.ToServer.Filter = datagram =>
        {
            AddId(datagram, ids);
            return true;
        };
        pair.Connect();
        pair.RunFor(TimeSpan.FromMinutes(1));
        Assert.That(ids, Has.Count.EqualTo(1));
    }

    [Test]
    public void Loss_delays_the_change_of_id_and_does_not_prevent_or_repeat_it([Range(1, 20)] int seed)
    {
        LinkConditions link = new() { Loss = 0.15, Jitter = TimeSpan.FromMilliseconds(5), Duplication = 0.1 };
        QuicPair pair = new(new PairOptions
        {
            Seed = seed,
            ClientToServer = link,
            ServerToClient = link,
            Server = new ConnectionConfig { KeepAliveInterval = _keepAlive },
        });
        List<ConnectionId> ids = WatchIds(pair);
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(30));
        Assert.That(ids.Distinct().Count(), Is.EqualTo(2), $"seed {seed}");
        Assert.That(pair.Client.Endpoint.RoutedIdCount, Is.EqualTo(Active), $"seed {seed}");
        Connection server = pair.EstablishedServerConnection!;
        pair.RestartClient();
        pair.RunUntil(() => server.CloseReason is not null, TimeSpan.FromSeconds(30));
        Assert.That(server.CloseReason?.Kind, Is.EqualTo(ConnectionCloseKind.StatelessReset), $"seed {seed}");
    }

    [Test]
    public void What_is_on_its_way_to_the_first_id_arrives_though_the_network_reorders([Range(1, 20)] int seed)
    {
        LinkConditions link = new() { Jitter = TimeSpan.FromMilliseconds(8) };
        QuicPair pair = new(new PairOptions { Seed = seed, ClientToServer = link, ServerToClient = link });
        List<ConnectionId> ids = WatchIds(pair);
        pair.BeginConnect();
        Assert.That(pair.RunUntil(() => pair.Server.History.Count > 0 && pair.ServerConnection.State == ConnectionState.Established, TimeSpan.FromSeconds(10)));
        Write(pair.ServerConnection, 100_000);
        pair.Pump();
        pair.RunFor(TimeSpan.FromSeconds(5));
        Assert.That(ids.Distinct().Count(), Is.EqualTo(2), $"seed {seed}");
        Assert.That(pair.Client.Endpoint.RoutedIdCount, Is.EqualTo(Active), $"seed {seed}");
        Assert.That(pair.Client.UnknownDatagrams, Is.Zero, $"seed {seed}");
    }

    [Test]
    public void A_client_that_offers_no_other_id_is_left_in_peace()
    {
        (HostilePeer peer, HashSet<ConnectionId> ids, _) = Reach();
        peer.AssertAlive();
        Assert.That(peer.Log.Count(FrameType.RetireConnectionId), Is.Zero);
        Assert.That(ids, Is.EqualTo(new[] { peer.LocalId }));
    }

    [Test]
    public void One_other_id_is_enough_and_further_ones_change_nothing()
    {
        (HostilePeer peer, HashSet<ConnectionId> ids, _) = Reach();
        peer.Progress();
        ids.Clear();
        peer.Send(EncryptionLevel.Application, NewId(1));
        peer.Progress();
        Assert.That(peer.Log.Count(FrameType.RetireConnectionId), Is.EqualTo(1));
        for (int sequence = 2; sequence <= Active; sequence++)
        {
            peer.Send(EncryptionLevel.Application, NewId(sequence));
        }

        peer.AssertAlive();
        Assert.That(ids, Is.EqualTo(new[] { HostilePeer.NewId(1) }));
        Assert.That(peer.Log.Count(FrameType.RetireConnectionId), Is.EqualTo(1));
    }

    [Test]
    public void The_first_id_is_retired_when_everything_that_went_to_it_has_been_acknowledged()
    {
        (HostilePeer peer, HashSet<ConnectionId> ids, QuicPair pair) = Reach(new HostileOptions { Acknowledge = false });
        peer.Send(EncryptionLevel.Application, NewId(1));
        pair.RunFor(TimeSpan.FromSeconds(2));
        peer.Progress();
        Assert.That(ids, Does.Contain(HostilePeer.NewId(1)));
        Assert.That(peer.Log.Count(FrameType.RetireConnectionId), Is.Zero);

        byte[] buffer = new byte[1000];
        Span<byte> rest = buffer;
        Assert.That(AckFrame.TryWrite(ref rest, peer.Acks[(int)EncryptionLevel.Application].RangesLargestFirst, 0, default));
        peer.Send(EncryptionLevel.Application, buffer[..^rest.Length]);
        peer.Progress();
        Assert.That(peer.Log.Count(FrameType.RetireConnectionId), Is.EqualTo(1));
    }

    private static (HostilePeer Peer, HashSet<ConnectionId> Ids, QuicPair Pair) Reach(HostileOptions? options = null)
    {
        HostileBench bench = new();
        HostilePeer peer = bench.Client(options);
        HashSet<ConnectionId> ids = [];
        Func<byte[], bool>? inner = bench.Pair.ToClient.Filter;
        bench.Pair.ToClient.Filter = datagram =>
        {
            if (datagram.AsSpan(1).StartsWith(HostilePeer.IdPrefix))
            {
                AddId(datagram, ids);
            }

            return inner!(datagram);
        };
        return (peer.Reach(EncryptionLevel.Application), ids, bench.Pair);
    }

    private static byte[] NewId(int sequence) => FrameBytes.NewConnectionId(sequence, 0, HostilePeer.NewId(sequence).ToArray());

    /// <summary>The destination IDs of the server's 1-RTT packets, in the order they are sent.</summary>
    private static List<ConnectionId> WatchIds(QuicPair pair)
    {
        List<ConnectionId> ids = [];
        pair.ToClient.Filter = datagram =>
        {
            AddId(datagram, ids);
            return true;
        };
        return ids;
    }

    private static void AddId(byte[] datagram, ICollection<ConnectionId> ids)
    {
        if ((datagram[0] & 0x80) == 0)
        {
            ids.Add(new ConnectionId(datagram.AsSpan(1, Connection.LocalIdLength)));
        }
    }

    private static void Write(Connection connection, int length)
    {
        Assert.That(connection.Streams.TryOpen(unidirectional: true, out StreamId id));
        Assert.That(connection.Streams.Write(id, new byte[length], connection.SendRoom, out _), Is.EqualTo(WriteResult.Ok));
    }
}
