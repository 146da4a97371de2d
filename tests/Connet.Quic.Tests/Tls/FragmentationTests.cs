using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;

namespace Connet.Quic.Tests.Tls;

public sealed class FragmentationTests
{
    [TestCase(1)]
    [TestCase(3)]
    [TestCase(700)]
    public void Fixed_pieces_complete(int size)
    {
        TlsPair pair = new()
        {
            Client = TlsPair.NewClient(TlsPair.ClientOptions(Identities.Client)),
            Server = TlsPair.NewServer(TlsPair.ServerOptions(clients: ClientCertificateMode.Required)),
            PieceSize = () => size,
        };
        pair.Run().AssertComplete();
    }

    [Test]
    public void Random_pieces_complete()
    {
        for (int seed = 1; seed <= 8; seed++)
        {
            Random random = new(seed);
            TlsPair pair = new()
            {
                Client = TlsPair.NewClient(TlsPair.ClientOptions(Identities.Client)),
                Server = TlsPair.NewServer(TlsPair.ServerOptions(clients: ClientCertificateMode.Required)),
                PieceSize = () => random.Next(1, 900),
            };
            Assert.That(pair.Run().IsComplete, $"seed {seed}: {pair.Client.Error} {pair.Server.Error}");
        }
    }

    [Test]
    public void A_whole_flight_in_one_call_completes()
    {
        TlsPair pair = TlsPair.Mutual();
        pair.Server.Start();
        pair.Client.Start();
        for (int round = 0; round < 3; round++)
        {
            Flight(pair.Client, pair.Server);
            Flight(pair.Server, pair.Client);
        }

        pair.AssertComplete();

        static void Flight(TlsEndpoint from, TlsEndpoint to)
        {
            CryptoOutput[] messages = [.. from.Outbox];
            from.Outbox.Clear();
            foreach (IGrouping<EncryptionLevel, CryptoOutput> level in messages.GroupBy(message => message.Level))
            {
                to.Receive(level.Key, [.. level.SelectMany(message => message.Data)]);
            }
        }
    }

    [Test]
    public void A_chain_that_needs_several_records_completes([Values(int.MaxValue, 1)] int piece)
    {
        TestCertificate root = TestCertificate.Issue(TestKey.Ed25519(), "root", isAuthority: true, padding: 9_000);
        TlsIdentity big = TestCertificate.Issue(TestKey.Ed25519(), "a.example", root, padding: 20_000).ToIdentity(root);
        TlsPair pair = new()
        {
            Client = TlsPair.NewClient(TlsPair.ClientOptions(big)),
            Server = TlsPair.NewServer(TlsPair.ServerOptions(big, ClientCertificateMode.Required)),
            PieceSize = () => piece,
        };
        pair.Run().AssertComplete();
        Assert.That(pair.Client.PeerChain, Is.EqualTo(big.Chain));
    }

    // Check 9 of the engine's list.
    [Test]
    public void A_message_over_the_limit_is_refused_by_its_header()
    {
        TlsEndpoint server = TlsPair.NewServer();
        server.Start();
        server.Receive(EncryptionLevel.Initial, [1, 0, 0x80, 1]);
        Assert.That(server.Error?.TransportErrorCode, Is.EqualTo(0x0d));
    }

    [Test]
    public void A_message_at_the_limit_is_taken_without_allocating_for_its_claim()
    {
        TlsEndpoint server = TlsPair.NewServer();
        server.Start();
        long before = GC.GetAllocatedBytesForCurrentThread();
        server.Receive(EncryptionLevel.Initial, [1, 0, 0x80, 0, 3, 3]);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(8_192 + AllocationQuantum.Bytes));
        Assert.That(server.Error, Is.Null);
    }

    // Check 9 of the engine's list.
    [TestCase(10, null)]
    [TestCase(11, 0x12aL)]
    public void Ten_certificates_are_taken_and_eleven_are_not(int count, long? error)
    {
        TlsPair pair = TlsPair.Mutual((fromClient, _, message) =>
            !fromClient && message[0] == HandshakeBytes.Certificate ? Multiply(message, count) : message);
        pair.Run();

        // Ten are read, and then the signature over the changed transcript is wrong.
        Assert.That(pair.Client.Error?.TransportErrorCode, Is.EqualTo(error ?? 0x133));
    }

    private static byte[] Multiply(byte[] certificate, int count)
    {
        byte[] entry = certificate[8..];
        byte[] entries = [.. Enumerable.Repeat(entry, count).SelectMany(bytes => bytes)];
        return HandshakeBytes.Message(
            HandshakeBytes.Certificate, [0, (byte)(entries.Length >> 16), (byte)(entries.Length >> 8), (byte)entries.Length, .. entries]);
    }
}
