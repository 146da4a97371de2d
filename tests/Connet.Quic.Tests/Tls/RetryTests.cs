using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;
using static Connet.Quic.Tests.Tls.HandshakeBytes;

namespace Connet.Quic.Tests.Tls;

/// <summary>HelloRetryRequest (RFC 8446, section 4.1.4).</summary>
public sealed class RetryTests
{
    [TestCase(new[] { 0x11ec, 0x1d, 0x17 }, new[] { 0x11ec, 0x1d }, new[] { 0x17 })]
    [TestCase(new[] { 0x1d, 0x11ec }, new[] { 0x1d }, new[] { 0x11ec })]
    [TestCase(new[] { 0x1d }, new int[0], new[] { 0x1d })]
    public void A_group_without_a_share_costs_one_retry(int[] offeredCodes, int[] shareCodes, int[] supportedCodes)
    {
        TlsNamedGroup[] offered = [.. offeredCodes.Select(code => (TlsNamedGroup)code)];
        TlsNamedGroup[] shares = [.. shareCodes.Select(code => (TlsNamedGroup)code)];
        TlsNamedGroup[] supported = [.. supportedCodes.Select(code => (TlsNamedGroup)code)];
        foreach (int piece in new[] { int.MaxValue, 1 })
        {
            TlsPair pair = new()
            {
                Client = TlsPair.NewClient(TlsPair.ClientOptions(Identities.Client, groups: offered, shares: shares)),
                Server = TlsPair.NewServer(TlsPair.ServerOptions(clients: ClientCertificateMode.Required, groups: supported)),
                PieceSize = () => piece,
            };
            pair.Run().AssertComplete();
            Assert.That(pair.Client.Sent.Count(output => output.Level == EncryptionLevel.Initial), Is.EqualTo(2));
            Assert.That(pair.Server.Sent.Count(output => output.Level == EncryptionLevel.Initial), Is.EqualTo(2));
            Assert.That(pair.Server.Outputs.Items.OfType<ServerSelectedOutput>().Count(), Is.EqualTo(1), "selected once");
        }
    }

    private static readonly TestCaseData[] _secondHellos =
    [
        new TestCaseData(byte[] (byte[] hello) => Without(hello, TransportParameters)).SetArgDisplayNames("no transport parameters"),
        new TestCaseData(byte[] (byte[] hello) => Without(hello, AlpnExtension)).SetArgDisplayNames("no ALPN"),
        new TestCaseData(byte[] (byte[] hello) => Replace(hello, TransportParameters, data => [.. data, 0])).SetArgDisplayNames("other transport parameters"),
        new TestCaseData(byte[] (byte[] hello) => Replace(hello, ServerName, data => [.. data[..^1], (byte)'x'])).SetArgDisplayNames("another server name"),
        new TestCaseData(byte[] (byte[] hello) => With(hello, 0x1a1a)).SetArgDisplayNames("one extension more"),
        new TestCaseData(byte[] (byte[] hello) => [.. hello[..6], (byte)(hello[6] ^ 1), .. hello[7..]]).SetArgDisplayNames("another random"),
        new TestCaseData(byte[] (byte[] hello) => Message(1, hello[4..^1])).SetArgDisplayNames("cut off"),
    ];

    // Check 8 of the engine's list; RFC 8446, section 4.1.2.
    [TestCaseSource(nameof(_secondHellos))]
    public void A_second_ClientHello_that_differs_is_an_illegal_parameter(Func<byte[], byte[]> change)
    {
        int hellos = 0;
        TlsPair pair = new()
        {
            Client = TlsPair.NewClient(),
            Server = TlsPair.NewServer(TlsPair.ServerOptions(groups: [TlsNamedGroup.Secp256r1])),
            Mutate = (fromClient, _, message) => fromClient && message[0] == ClientHello && ++hellos == 2 ? change(message) : message,
        };
        pair.Run();
        Assert.That(hellos, Is.EqualTo(2));
        Assert.That(pair.Server.Error?.TransportErrorCode, Is.EqualTo(0x12f));
    }

    [Test]
    public void Padding_and_early_data_may_change_in_the_second_ClientHello()
    {
        int hellos = 0;
        TlsEndpoint server = TlsPair.NewServer(TlsPair.ServerOptions(groups: [TlsNamedGroup.Secp256r1]));
        TlsPair pair = new()
        {
            Client = TlsPair.NewClient(),
            Server = server,
            Mutate = (fromClient, _, message) =>
                !fromClient || message[0] != ClientHello ? message : ++hellos == 1 ? With(message, 42) : With(message, 21, new byte[30]),
        };
        pair.Run();
        Assert.That(server.Error, Is.Null);
        Assert.That(server.Outputs.Items.OfType<SecretsOutput>().Count(), Is.EqualTo(2), "the server went on to its Finished");
    }

    [Test]
    public void A_third_ClientHello_is_refused()
    {
        TlsEndpoint client = TlsPair.NewClient();
        TlsEndpoint server = TlsPair.NewServer(TlsPair.ServerOptions(groups: [TlsNamedGroup.Secp256r1]));
        server.Start();
        client.Start();
        server.Receive(EncryptionLevel.Initial, client.Outbox.Dequeue().Data);
        client.Receive(EncryptionLevel.Initial, server.Outbox.Dequeue().Data);
        byte[] second = client.Outbox.Dequeue().Data;
        server.Receive(EncryptionLevel.Initial, [.. second, .. second]);
        Assert.That(server.Error?.TransportErrorCode, Is.EqualTo(0x10a));
    }

    [Test]
    public void No_common_group_is_a_handshake_failure()
    {
        TlsPair pair = TlsPair.Create(
            TlsPair.ClientOptions(groups: [TlsNamedGroup.X25519], shares: [TlsNamedGroup.X25519]),
            TlsPair.ServerOptions(groups: [TlsNamedGroup.Secp256r1])).Run();
        Assert.That(pair.Server.Error?.TransportErrorCode, Is.EqualTo(0x128));
    }
}
