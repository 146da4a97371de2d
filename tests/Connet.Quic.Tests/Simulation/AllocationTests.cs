using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Streams;

namespace Connet.Quic.Tests.Simulation;

/// <summary>The data path of two connections with nothing between them: what one writes, the other is given, in place.</summary>
[NonParallelizable]
public sealed class AllocationTests
{
    private const long Size = 20_000_000;

    private readonly byte[] _buffer = new byte[65507];
    private readonly byte[] _data = new byte[16 * 1024];
    private Timestamp _now;
    private long _packets;

    [Test]
    public void A_transfer_allocates_next_to_nothing_for_a_packet()
    {
        // Buffers that grow are not the data path's: with windows this small they have their size when the first transfer ends.
        ConnectionConfig config = new() { Streams = new StreamLimits { MaxStreamWindow = 256 * 1024, MaxSendBuffer = 256 * 1024, GrowthBudget = 1024 * 1024 } };
        QuicPair pair = new(new PairOptions { Client = config, Server = config });
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(1));
        _now = pair.Now;
        Connection client = pair.ClientConnection;
        Connection server = pair.ServerConnection;
        Assert.That(client.Streams.TryOpen(unidirectional: true, out StreamId id), Is.True);
        Transfer(pair, client, server, id, Size);
        _packets = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Transfer(pair, client, server, id, Size);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        double perPacket = (double)allocated / _packets;
        TestContext.Out.WriteLine($"{allocated} bytes for {_packets} packets: {perPacket:F2} bytes a packet");
        Assert.That(_packets, Is.GreaterThan(Size / 1500));
        Assert.That(perPacket, Is.LessThan(16));
    }

    [Test]
    public void Datagrams_allocate_nothing()
    {
        const int Rounds = 5_000;
        ConnectionConfig config = new() { MaxDatagramFrameSize = 65_535 };
        QuicPair pair = new(new PairOptions { Client = config, Server = config });
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(1));
        _now = pair.Now;
        Exchange(pair, Rounds);
        _packets = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Exchange(pair, Rounds);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        TestContext.Out.WriteLine($"{allocated} bytes for {_packets} packets");
        Assert.That(_packets, Is.GreaterThan(2 * Rounds));
        Assert.That(pair.ServerConnection.Statistics.DatagramFramesReceived, Is.GreaterThan(3 * Rounds));
        Assert.That((double)allocated / _packets, Is.LessThan(1));
    }

    /// <summary>Datagrams both ways, several waiting at once: each side has three for each of two packets.</summary>
    private void Exchange(QuicPair pair, int rounds)
    {
        for (int round = 0; round < rounds; round++)
        {
            foreach (Connection connection in (ReadOnlySpan<Connection>)[pair.ClientConnection, pair.ServerConnection])
            {
                connection.SendDatagram(_data.AsSpan(0, 1300));
                connection.SendDatagram(_data.AsSpan(0, 500));
                connection.SendDatagram(_data.AsSpan(0, 50));
            }

            Move(pair.ClientConnection, pair.ServerConnection, pair.Client.Address);
            Move(pair.ServerConnection, pair.ClientConnection, pair.Server.Address);
            _now += TimeSpan.FromMilliseconds(1);
            foreach (Connection connection in (ReadOnlySpan<Connection>)[pair.ClientConnection, pair.ServerConnection])
            {
                while (connection.ReadDatagram(_data, out _) == DatagramReadResult.Ok)
                {
                }

                Settle(connection);
            }
        }
    }

    private void Transfer(QuicPair pair, Connection client, Connection server, StreamId id, long size)
    {
        long sent = 0;
        long received = 0;
        int idle = 0;
        while (received < size)
        {
            bool any = false;
            while (sent < size)
            {
                int wanted = (int)Math.Min(_data.Length, size - sent);
                if (client.Streams.Write(id, _data.AsSpan(0, wanted), client.SendRoom, out int written) != WriteResult.Ok)
                {
                    break;
                }

                sent += written;
            }

            any |= Move(client, server, pair.Client.Address);
            while (server.Streams.Read(_now, server.SmoothedRtt, id, _data, out int read) == ReadResult.Ok)
            {
                received += read;
            }

            _now += TimeSpan.FromMilliseconds(1);
            any |= Move(server, client, pair.Server.Address);
            Settle(client);
            Settle(server);
            idle = any ? 0 : idle + 1;
            if (idle > 10_000)
            {
                Assert.Fail($"nothing moves after {received} bytes; {QuicPair.Describe(client)}; {QuicPair.Describe(server)}");
            }
        }
    }

    private bool Move(Connection from, Connection to, NetworkAddress source)
    {
        bool any = false;
        while (from.PollTransmit(_now, _buffer, 10, out Transmit transmit))
        {
            any = true;
            for (int at = 0; at < transmit.Length; at += transmit.SegmentSize)
            {
                _packets++;
                to.HandleDatagram(_now, source, 0, _buffer.AsSpan(at, Math.Min(transmit.SegmentSize, transmit.Length - at)));
            }
        }

        return any;
    }

    private void Settle(Connection connection)
    {
        connection.TryTakeTlsJob(out _);
        if (connection.PollTimeout() <= _now)
        {
            connection.HandleTimeout(_now);
        }

        while (connection.PollEvent(out _))
        {
        }
    }
}
