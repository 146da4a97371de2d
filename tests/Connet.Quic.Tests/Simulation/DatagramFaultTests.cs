using Connet.Quic.Core;

namespace Connet.Quic.Tests.Simulation;

/// <summary>Datagrams beside a stream over links that lose, reorder, repeat and damage; everything follows from the seed.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class DatagramFaultTests
{
    private const int SeedsPerBlock = 25;

    [Test]
    public void A_datagram_arrives_whole_and_once_or_is_known_to_be_lost([Range(0, 3)] int block)
    {
        for (int seed = block * SeedsPerBlock; seed < (block * SeedsPerBlock) + TestMachine.Rounds(full: SeedsPerBlock, quick: SeedsPerBlock / 5); seed++)
        {
            try
            {
                Run(seed);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Seed {seed} failed.", failure);
            }
        }
    }

    private static void Run(int seed)
    {
        Random random = new(seed);
        QuicPair pair = new(new PairOptions
        {
            Seed = seed,
            ClientToServer = Conditions(random),
            ServerToClient = Conditions(random),
            Client = Config(random),
            Server = Config(random),
        });
        pair.BeginConnect();
        bool established = pair.RunUntil(
            () => pair.ClientConnection.Handshake.IsConfirmed && pair.EstablishedServerConnection is not null, TimeSpan.FromMinutes(5));
        Assert.That(established, Is.True);
        Connection client = pair.ClientConnection;
        Connection server = pair.EstablishedServerConnection!;
        DatagramTraffic up = new(client, server);
        DatagramTraffic down = new(server, client);
        for (int round = 0; round < 300; round++)
        {
            Send(random, up, client.MaxDatagramPayload);
            Send(random, down, server.MaxDatagramPayload);
            pair.Pump();
            pair.RunFor(TimeSpan.FromMilliseconds(random.Next(20)));
            up.Read();
            down.Read();
        }

        pair.RunFor(TimeSpan.FromMinutes(1));
        Assert.That((client.Statistics.BytesInFlight, server.Statistics.BytesInFlight), Is.EqualTo((0L, 0L)));
        up.AssertAccountedFor();
        down.AssertAccountedFor();
        Assert.That((client.CloseReason, server.CloseReason), Is.EqualTo(((ConnectionCloseReason?)null, (ConnectionCloseReason?)null)));
        Assert.That(server.Statistics.DatagramFramesReceived, Is.GreaterThan(up.Queued / 2));
        Assert.That(client.Statistics.DatagramFramesReceived, Is.GreaterThan(down.Queued / 2));
    }

    private static void Send(Random random, DatagramTraffic traffic, int largest)
    {
        for (int i = random.Next(4); i > 0; i--)
        {
            traffic.Send(random.Next(3) == 0 ? largest : random.Next(4, largest + 1));
        }
    }

    private static LinkConditions Conditions(Random random) => new()
    {
        Latency = TimeSpan.FromMilliseconds(random.Next(1, 100)),
        Jitter = TimeSpan.FromMilliseconds(random.Next(2) * random.NextDouble() * 40),
        Loss = random.Next(3) == 0 ? 0 : random.NextDouble() * 0.15,
        Duplication = random.NextDouble() * 0.1,
        Corruption = random.NextDouble() * 0.02,
        Mtu = random.Next(1200, 1501),
    };

    private static ConnectionConfig Config(Random random) => new()
    {
        MaxDatagramFrameSize = random.Next(2) == 0 ? 65_535 : random.Next(20, 1300),
        MaxQueuedDatagramBytes = random.Next(2) == 0 ? 1024 * 1024 : random.Next(5_000, 50_000),
        MaxIdleTimeout = TimeSpan.FromMinutes(2),
        HandshakeIdleTimeout = TimeSpan.FromMinutes(1),
        HandshakeTimeout = TimeSpan.FromMinutes(1),
        AckEveryPackets = random.Next(1, 5),
    };
}
