using Connet.Quic.Core;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;
using Connet.Quic.Tests.Simulation;

namespace Connet.Quic.Tests.Hostile;

/// <summary>Real datagrams, cut and changed at every byte, and noise that looks like them.</summary>
public sealed class CorruptionTests
{
    private const int Seed = 20250611;

    /// <summary>
    /// Every truncation and every changed byte of every datagram of a handshake arrives before the datagram itself. What
    /// is not authentic changes nothing, so the handshake completes; a changed Retry token may end it (RFC 9000, section 8.1.2).
    /// </summary>
    [TestCase(false, false, true)]
    [TestCase(false, false, false)]
    [TestCase(false, true, true)]
    [TestCase(false, true, false)]
    [TestCase(true, false, true)]
    [TestCase(true, false, false)]
    public void Corrupt_copies_before_each_datagram_of_a_handshake(bool retry, bool clientCertificate, bool toServer)
    {
        QuicPair pair = new(new PairOptions
        {
            Retry = retry,
            ClientCertificate = clientCertificate ? SimulationIdentity.Client : null,
            ClientCertificates = clientCertificate ? ClientCertificateMode.Required : ClientCertificateMode.None,
        });
        Random random = new(Seed);
        SimulatedLink link = toServer ? pair.ToServer : pair.ToClient;
        int budget = 8;
        link.Filter = datagram =>
        {
            if (budget-- > 0)
            {
                foreach (byte[] variant in Variants(datagram, random, everyByte: true))
                {
                    link.Inject(pair.Now, variant);
                }
            }

            return true;
        };
        pair.BeginConnect();
        bool confirmed = pair.RunUntil(() => pair.ClientConnection.Handshake.IsConfirmed, TimeSpan.FromSeconds(40));
        Assert.That(confirmed || (retry && toServer), Is.True, () => QuicPair.Describe(pair.ClientConnection));
        pair.RunFor(TimeSpan.FromSeconds(40));
        link.Filter = null;
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(40));
        Assert.That(pair.Server.Endpoint.HandshakesInProgress, Is.Zero);
        Assert.That(pair.Server.Endpoint.ConnectionCount, Is.LessThanOrEqualTo(1));
        Assert.That(pair.Server.Endpoint.RoutedIdCount, Is.LessThanOrEqualTo(10));
    }

    [Test]
    public void Corrupt_copies_before_the_datagrams_of_a_transfer_and_a_close([Values] bool toServer)
    {
        HostileBench bench = new();
        Random random = new(Seed);
        SimulatedLink link = toServer ? bench.Pair.ToServer : bench.Pair.ToClient;
        int seen = 0;
        link.Filter = datagram =>
        {
            if (seen++ % 5 == 0)
            {
                foreach (byte[] variant in Variants(datagram, random, everyByte: seen < 8))
                {
                    link.Inject(bench.Pair.Now, variant);
                }
            }

            return true;
        };
        bench.AssertUnharmed();
        Assert.That(seen, Is.GreaterThan(5));
        bench.Pair.ClientConnection.Close(bench.Pair.Now, 7, "enough");
        bench.Pair.Pump();
        bench.Pair.RunFor(TimeSpan.FromSeconds(5));
        Assert.That(bench.Pair.ServerConnection.CloseReason?.ErrorCode, Is.EqualTo(7));
        Assert.That(bench.Pair.Server.Endpoint.ConnectionCount, Is.Zero);
        Assert.That(bench.Pair.Client.Endpoint.ConnectionCount, Is.Zero);
    }

    [Test]
    public void Replacing_datagrams_by_corrupt_ones_delays_but_does_not_break()
    {
        HostileBench bench = new();
        Random random = new(Seed);
        bench.Pair.ToServer.Filter = datagram => Spoil(datagram, random);
        bench.Pair.ToClient.Filter = datagram => Spoil(datagram, random);
        bench.AssertUnharmed();
        bench.Pair.Connect();
    }

    [Test]
    public void Every_corruption_of_a_first_Initial_leaves_a_fresh_server_alive()
    {
        byte[] initial = RecordHandshake(0);
        Random random = new(Seed);
        HostileServer server = new();
        NetworkAddress from = NetworkAddress.FromIPv4(0x0a000001, 4000);
        foreach (byte[] variant in Variants(initial, random, everyByte: true))
        {
            server.Receive(from, variant);
            server.Pump();
            Assert.That(server.Host.Endpoint.HandshakesInProgress, Is.LessThanOrEqualTo(64));
        }

        server.AssertNoAmplification();
        server.RunFor(TimeSpan.FromSeconds(40));
        Assert.That(server.Host.Endpoint.ConnectionCount, Is.Zero);
        Assert.That(server.Host.Endpoint.RoutedIdCount, Is.Zero);
        server.Sent.Clear();
        server.Receive(from, initial);
        server.Pump();
        Assert.That(server.Host.Endpoint.ConnectionCount, Is.EqualTo(1));
    }

    [Test]
    public void A_hundred_thousand_random_datagrams_change_nothing()
    {
        HostileBench bench = new();
        SimulatedHost server = bench.Pair.Server;
        Random random = new(Seed);
        List<byte[]> ids = [];
        bench.Pair.ToServer.Filter = datagram =>
        {
            ids.Add(datagram.AsSpan(1, Connection.LocalIdLength).ToArray());
            return true;
        };
        bench.AssertUnharmed();
        int connections = server.Endpoint.ConnectionCount;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 100_000; i++)
        {
            byte[] datagram = new byte[random.Next(20) == 0 ? random.Next(1200, 1500) : random.Next(120)];
            random.NextBytes(datagram);
            if ((i & 1) == 0)
            {
                MakePlausible(datagram, random, ids[random.Next(ids.Count)]);
            }

            NetworkAddress from = random.Next(2) == 0 ? bench.Pair.Client.Address : NetworkAddress.FromIPv4((uint)random.Next(), 9);
            server.Receive(bench.Pair.Now, from, datagram, static _ => { });
            if (i % 100 == 0)
            {
                Assert.That(server.Endpoint.ConnectionCount - connections, Is.LessThanOrEqualTo(64), $"seed {Seed}, datagram {i}");
            }
        }

        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.That(grown, Is.LessThan(64 * 200_000));
        Assert.That(server.History[0].CloseReason, Is.Null);
        bench.AssertUnharmed(waitForCleanUp: true);
    }

    private static bool Spoil(byte[] datagram, Random random)
    {
        if (random.Next(10) == 0)
        {
            datagram[random.Next(datagram.Length)] ^= (byte)(1 << random.Next(8));
        }

        return true;
    }

    private static byte[] RecordHandshake(int index)
    {
        QuicPair pair = new(new PairOptions());
        List<byte[]> datagrams = [];
        pair.ToServer.Filter = datagram =>
        {
            datagrams.Add([.. datagram]);
            return true;
        };
        pair.Connect();
        return datagrams[index];
    }

    private static IEnumerable<byte[]> Variants(byte[] datagram, Random random, bool everyByte)
    {
        byte[] original = [.. datagram];
        for (int i = 0; i < original.Length; i += everyByte ? 1 : 1 + random.Next(40))
        {
            yield return original[..i];
            byte[] changed = [.. original];
            changed[i] ^= i < 24 ? (byte)(1 << (i % 8)) : (byte)random.Next(1, 256);
            yield return changed;
        }
    }

    private static void MakePlausible(byte[] datagram, Random random, byte[] id)
    {
        if (datagram.Length < 30)
        {
            return;
        }

        if (random.Next(2) == 0)
        {
            datagram[0] = (byte)(0x40 | (datagram[0] & 0x3f));
            id.CopyTo(datagram, 1);
            return;
        }

        datagram[0] |= 0xc0;
        byte[] start = [0, 0, 0, (byte)random.Next(2), 8, .. id, (byte)random.Next(22)];
        start.CopyTo(datagram, 1);
        if (random.Next(2) == 0)
        {
            random.NextBytes(datagram.AsSpan(6, 8));
        }
    }
}
