using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connet.Quic.Core.Tls;

namespace Connet.Quic.Tests.Simulation;

/// <summary>RFC 9000, section 8.1: three times what came from an address, until it is validated.</summary>
public sealed class AmplificationTests
{
    private static readonly TlsIdentity _largeChain = CreateLargeChain();

    [Test]
    public void A_server_sends_at_most_three_times_what_it_got_while_the_address_is_not_validated([Values] bool largeChain)
    {
        QuicPair pair = new(new PairOptions { ServerIdentity = largeChain ? _largeChain : SimulationIdentity.Server });

        // Only the first datagram gets through: nothing that could validate the address.
        long received = 0;
        int number = 0;
        pair.ToServer.Filter = datagram =>
        {
            if (number++ > 0)
            {
                return false;
            }

            received += datagram.Length;
            return true;
        };
        pair.BeginConnect();
        pair.RunFor(TimeSpan.FromSeconds(4));
        Assert.That(pair.ToClient.Bytes, Is.GreaterThan(0).And.LessThanOrEqualTo(3 * received));
        pair.RunFor(TimeSpan.FromSeconds(60));
        Assert.That(pair.ToClient.Bytes, Is.LessThanOrEqualTo(3 * received), "also while the connection ends");
        pair.AssertForgotten();
    }

    [Test]
    public void The_limit_holds_at_every_moment_of_a_handshake_with_a_large_chain()
    {
        QuicPair pair = new(new PairOptions { ServerIdentity = _largeChain });
        long received = 0;
        long sent = 0;
        pair.ToServer.Filter = datagram =>
        {
            received += datagram.Length;
            return true;
        };
        pair.ToClient.Filter = datagram =>
        {
            sent += datagram.Length;
            bool validated = pair.Server.History.Count > 0 && pair.ServerConnection.Handshake.IsComplete;
            Assert.That(validated || sent <= 3 * received, Is.True, () => $"{sent} bytes sent for {received}");
            return true;
        };
        pair.Connect();
        Assert.That(sent, Is.GreaterThan(3600), "the chain must not fit into the credit of one datagram");
    }

    [Test]
    public void The_anti_deadlock_probe_gets_a_blocked_server_going([Values] bool largeChain)
    {
        // Like the interoperability case: the client's datagrams 2 to 7 are lost (RFC 9002, section 6.2.2.1).
        Core.ConnectionConfig patient = new() { HandshakeIdleTimeout = TimeSpan.FromMinutes(3), HandshakeTimeout = TimeSpan.FromMinutes(3), MaxIdleTimeout = TimeSpan.FromMinutes(5) };
        QuicPair pair = new(new PairOptions { ServerIdentity = largeChain ? _largeChain : SimulationIdentity.Server, Client = patient, Server = patient });
        int number = 0;
        pair.ToServer.Filter = _ => ++number is < 2 or > 7;
        pair.Connect();
        Assert.That(number, Is.GreaterThan(7));
    }

    private static TlsIdentity CreateLargeChain()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=server.example", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension(new Oid("1.3.6.1.4.1.55555.1"), Noise(3500), critical: false));
        using X509Certificate2 leaf = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(40), DateTimeOffset.UnixEpoch.AddYears(130));
        return TlsIdentity.FromDer([leaf.RawData, leaf.RawData], key.ExportPkcs8PrivateKey());
    }

    // Contents of an OCTET STRING that does not compress.
    private static byte[] Noise(int length)
    {
        byte[] bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        bytes[0] = 0x04;
        bytes[1] = 0x82;
        bytes[2] = (byte)((length - 4) >> 8);
        bytes[3] = (byte)(length - 4);
        return bytes;
    }
}
