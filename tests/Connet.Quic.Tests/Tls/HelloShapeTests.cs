using System.Buffers.Binary;
using static Connet.Quic.Tests.Tls.HandshakeBytes;

namespace Connet.Quic.Tests.Tls;

public sealed class HelloShapeTests
{
    // RFC 9001, section 4.2 and 8.4: TLS 1.3 only, no session identifier; nothing offered that is not meant.
    [Test]
    public void ClientHello_offers_exactly_what_is_meant()
    {
        TlsEndpoint client = TlsPair.NewClient();
        client.Start();
        byte[] hello = client.Sent.Single().Data;
        Assert.That(hello[0], Is.EqualTo(ClientHello));
        Assert.That(hello[38], Is.Zero, "session id");
        Assert.That(hello[39..47], Is.EqualTo(Convert.FromHexString("0006130113021303")), "suites");
        List<(int Type, byte[] Data)> extensions = Extensions(hello);
        Assert.That(extensions.Select(e => e.Type), Is.EquivalentTo(new[] { 0, 10, 13, 16, 43, 51, 57 }));
        Assert.That(Single(SupportedVersions), Is.EqualTo(Convert.FromHexString("020304")));
        Assert.That(Single(SupportedGroups), Is.EqualTo(Convert.FromHexString("000611ec001d0017")));
        Assert.That(Single(SignatureAlgorithms), Is.EqualTo(Convert.FromHexString("0012" + "0807" + "0403" + "0503" + "080408050806" + "0809080a080b")));
        Assert.That(Single(TransportParameters), Is.EqualTo(TlsPair.ClientParameters));
        Assert.That(KeyShareGroups(Single(KeyShare)), Is.EqualTo(new[] { 0x11ec, 0x1d }));

        byte[] Single(int type) => extensions.Single(e => e.Type == type).Data;
    }

    [Test]
    public void ClientHello_without_a_server_name_has_no_such_extension()
    {
        TlsEndpoint client = TlsPair.NewClient(TlsPair.ClientOptions(serverName: null));
        client.Start();
        Assert.That(Extensions(client.Sent.Single().Data).Select(e => e.Type), Does.Not.Contain(ServerName));
    }

    [Test]
    public void What_cannot_be_sent_is_refused_when_the_client_is_made()
    {
        Assert.That(() => TlsPair.NewClient(TlsPair.ClientOptions(alpn: [])), Throws.ArgumentException);
        Assert.That(() => TlsPair.NewClient(TlsPair.ClientOptions(alpn: [[]])), Throws.ArgumentException);
        Assert.That(() => TlsPair.NewClient(TlsPair.ClientOptions(alpn: [new byte[256]])), Throws.ArgumentException);
        Assert.That(() => TlsPair.NewClient(TlsPair.ClientOptions(serverName: "")), Throws.ArgumentException);
        Assert.That(() => TlsPair.NewClient(TlsPair.ClientOptions(serverName: "ä.example")), Throws.ArgumentException);
    }

    [Test]
    public void ServerHello_and_EncryptedExtensions_carry_nothing_more_than_needed()
    {
        TlsPair pair = TlsPair.Create().Run();
        byte[][] sent = [.. pair.Server.Sent.Select(output => output.Data)];
        Assert.That(sent[0][38], Is.Zero, "session id");
        Assert.That(Extensions(sent[0]).Select(e => e.Type), Is.EquivalentTo(new[] { SupportedVersions, KeyShare }));
        Assert.That(Extensions(sent[1]).Select(e => e.Type), Is.EquivalentTo(new[] { AlpnExtension, TransportParameters }));
    }

    private static List<int> KeyShareGroups(byte[] extension)
    {
        List<int> groups = [];
        ReadOnlySpan<byte> rest = extension.AsSpan(2);
        while (!rest.IsEmpty)
        {
            groups.Add(BinaryPrimitives.ReadUInt16BigEndian(rest));
            rest = rest[(4 + BinaryPrimitives.ReadUInt16BigEndian(rest[2..]))..];
        }

        return groups;
    }
}
