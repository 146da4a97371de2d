using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Streams;
using Connet.Quic.Tests.Simulation;

namespace Connet.Quic.Tests.Hostile;

/// <summary>A pair with an established connection, which stands for the others that an attack must not touch.</summary>
internal sealed class HostileBench
{
    private readonly Connection _client;
    private readonly Connection _server;

    public HostileBench(PairOptions? options = null)
    {
        Pair = new QuicPair(options ?? new PairOptions());
        Pair.Connect();
        Pair.RunFor(TimeSpan.FromMilliseconds(300));
        _client = Pair.ClientConnection;
        _server = Pair.ServerConnection;
    }

    public QuicPair Pair { get; }

    /// <summary>A hostile client of our server.</summary>
    public HostilePeer Client(HostileOptions? options = null) => new(Pair, isClient: true, options);

    /// <summary>A hostile server of our client.</summary>
    public HostilePeer Server(HostileOptions? options = null) => new(Pair, isClient: false, options);

    /// <summary>The pair's connection carries data both ways, and what the attack left is gone after a while.</summary>
    public void AssertUnharmed(bool waitForCleanUp = false)
    {
        Transfer(_client, _server);
        Transfer(_server, _client);
        if (waitForCleanUp)
        {
            for (int i = 0; i < 5; i++)
            {
                Transfer(_client, _server);
                Pair.RunFor(TimeSpan.FromSeconds(9));
            }

            Assert.That(Pair.Server.Endpoint.ConnectionCount, Is.EqualTo(1));
            Assert.That(Pair.Client.Endpoint.ConnectionCount, Is.EqualTo(1));
            Assert.That(Pair.Server.Endpoint.HandshakesInProgress, Is.Zero);
            Assert.That(Pair.Server.Endpoint.RoutedIdCount, Is.LessThanOrEqualTo(10));
        }
    }

    public void Transfer(Connection from, Connection to, int length = 20_000)
    {
        byte[] data = new byte[length];
        new Random(length).NextBytes(data);
        Assert.That(from.Streams.TryOpen(unidirectional: true, out StreamId id), Is.True);
        int written = 0;
        List<byte> received = [];
        byte[] buffer = new byte[4096];
        bool ended = false;
        bool done = Pair.RunUntil(
            () =>
            {
                if (written < length)
                {
                    from.Streams.Write(id, data.AsSpan(written), from.SendRoom, out int taken);
                    written += taken;
                    if (written == length)
                    {
                        from.Streams.TryFinish(id);
                    }

                    Pair.Pump();
                }

                to.Streams.TryAccept(out _);
                ReadResult result;
                while ((result = to.Streams.Read(Pair.Now, to.SmoothedRtt, id, buffer, out int read)) == ReadResult.Ok && read > 0)
                {
                    received.AddRange(buffer.AsSpan(0, read));
                }

                return ended |= result == ReadResult.End;
            },
            TimeSpan.FromSeconds(30));
        Assert.That(done, Is.True, () => $"the transfer did not end: {QuicPair.Describe(from)} / {QuicPair.Describe(to)}");
        Assert.That(received, Is.EqualTo(data));
    }
}
