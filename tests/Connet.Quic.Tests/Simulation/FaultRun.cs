using Connet.Quic.Core;
using Connet.Quic.Core.Streams;
using Connet.Quic.Core.Tls;

namespace Connet.Quic.Tests.Simulation;

/// <summary>One transfer of streams both ways over links with random faults; everything follows from the seed.</summary>
internal static class FaultRun
{
    public static void Run(int seed)
    {
        Random random = new(seed);
        PairOptions options = Options(random, seed);
        QuicPair pair = new(options);
        pair.BeginConnect();
        Transfer transfer = new(pair, new TransferPlan(random.Next(), random.Next(1, 7), random.Next(200_000), random.Next(3) * 0.1), seed);
        bool done = transfer.Run(TimeSpan.FromMinutes(30));
        Assert.That(done, Is.True, () => $"the transfer did not end: {transfer.Describe()}");

        Connection closing = random.Next(2) == 0 ? transfer.Client!.Connection : transfer.Server!.Connection;
        closing.Close(pair.Now, 77, "done");
        pair.Pump();
        bool gone = pair.RunUntil(() => pair.Client.Connections.Count == 0 && pair.Server.Connections.Count == 0, TimeSpan.FromMinutes(5));
        Assert.That(gone, Is.True, () => $"the connection did not go: {transfer.Describe()}");
        pair.AssertForgotten();

        Connection other = closing == transfer.Client!.Connection ? transfer.Server!.Connection : transfer.Client.Connection;
        Assert.That(closing.CloseReason!.Kind, Is.EqualTo(ConnectionCloseKind.LocalApplication));
        Assert.That(
            other.CloseReason!.Kind,
            Is.EqualTo(ConnectionCloseKind.PeerApplication).Or.EqualTo(ConnectionCloseKind.IdleTimeout).Or.EqualTo(ConnectionCloseKind.StatelessReset),
            "CONNECTION_CLOSE is not repeated, so it may get lost; then the other end has to find out by itself, or is told by a reset");
    }

    private static PairOptions Options(Random random, int seed)
    {
        CongestionAlgorithm congestion = random.Next(2) == 0 ? CongestionAlgorithm.Cubic : CongestionAlgorithm.NewReno;
        bool clientCertificate = random.Next(4) == 0;
        return new PairOptions
        {
            Seed = seed,
            ClientToServer = Conditions(random),
            ServerToClient = Conditions(random),
            Client = Config(random, congestion),
            Server = Config(random, congestion),
            Retry = random.Next(3) == 0,
            ClientCertificate = clientCertificate ? SimulationIdentity.Client : null,
            ClientCertificates = clientCertificate ? ClientCertificateMode.Required : ClientCertificateMode.None,
            ClientSegments = random.Next(1, 41),
            ServerSegments = random.Next(1, 41),
        };
    }

    private static LinkConditions Conditions(Random random)
    {
        bool limited = random.Next(4) == 0;
        return new LinkConditions
        {
            Latency = TimeSpan.FromMilliseconds(Math.Exp(random.NextDouble() * Math.Log(300))),
            Jitter = random.Next(2) == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(random.NextDouble() * 40),
            Loss = random.Next(3) == 0 ? 0 : random.NextDouble() * 0.15,
            Duplication = random.Next(2) == 0 ? 0 : random.NextDouble() * 0.1,
            Corruption = random.Next(2) == 0 ? 0 : random.NextDouble() * 0.02,
            Mtu = random.Next(1200, 1501),
            Bandwidth = limited ? random.Next(50_000, 2_000_000) : 0,
            Queue = limited ? random.Next(8_000, 64_000) : 64 * 1024,
        };
    }

    private static ConnectionConfig Config(Random random, CongestionAlgorithm congestion) => new()
    {
        Congestion = congestion,
        MaxIdleTimeout = TimeSpan.FromMinutes(2),
        HandshakeIdleTimeout = TimeSpan.FromMinutes(1),
        HandshakeTimeout = TimeSpan.FromMinutes(1),
        AckEveryPackets = random.Next(1, 5),
        Streams = new StreamLimits
        {
            MaxBidirectional = random.Next(1, 5),
            MaxUnidirectional = random.Next(1, 5),
            MaxLocalBidirectional = random.Next(1, 5),
            InitialStreamWindow = random.Next(2048, 32_000),
            MaxStreamWindow = 64 * 1024,
            GrowthBudget = random.Next(100_000),
            InitialConnectionWindow = random.Next(4096, 64_000),
            MaxSendBuffer = random.Next(4096, 256_000),
        },
    };
}
