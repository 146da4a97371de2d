using Connet.Quic.Core.Crypto;
using Connet.Quic.Core.Primitives;
using Connet.Quic.Core.Tls;

namespace Connet.Quic.Tests.Tls;

public sealed class HandshakeMatrixTests
{
    private static readonly string[] _kinds = ["ed25519", "p256", "p384", "rsa", "rsa-pss"];

    [Test]
    public void Every_suite_and_group_completes_with_equal_secrets(
        [Values(0x1301, 0x1302, 0x1303)] int suite, [Values(0x11ec, 0x1d, 0x17)] int group)
    {
        IReadOnlyList<TlsNamedGroup> groups = [(TlsNamedGroup)group];
        TlsPair pair = TlsPair.Create(
            TlsPair.ClientOptions(suites: [(CipherSuite)suite], groups: groups, shares: groups), TlsPair.ServerOptions(groups: groups)).Run();
        pair.AssertComplete();
        Assert.That(pair.Client.Secrets(EncryptionLevel.Application).Suite, Is.EqualTo((CipherSuite)suite));
        Assert.That(pair.Client.Secrets(EncryptionLevel.Application).ClientSecret, Has.Length.EqualTo(suite == 0x1302 ? 48 : 32));
        Assert.That(pair.Client.Sent.Count(output => output.Level == EncryptionLevel.Initial), Is.EqualTo(1), "no HelloRetryRequest");
    }

    [Test]
    public void Every_kind_of_certificate_authenticates_either_side(
        [ValueSource(nameof(_kinds))] string serverKind, [ValueSource(nameof(_kinds))] string clientKind)
    {
        TlsIdentity server = Identities.Get(serverKind, "a.example");
        TlsIdentity client = Identities.Get(clientKind, "client");
        TlsPair pair = TlsPair.Create(
            TlsPair.ClientOptions(client), TlsPair.ServerOptions(server, ClientCertificateMode.Required)).Run();
        pair.AssertComplete();
        Assert.That(pair.Client.PeerChain, Is.EqualTo(server.Chain));
        Assert.That(pair.Server.PeerChain, Is.EqualTo(client.Chain));
    }

    [Test]
    public void The_default_groups_agree_on_the_hybrid_without_a_retry()
    {
        TlsPair pair = TlsPair.Create().Run();
        pair.AssertComplete();
        byte[] serverShare = HandshakeBytes.Extensions(pair.Server.Sent.First().Data).Single(e => e.Type == HandshakeBytes.KeyShare).Data;
        Assert.That(serverShare[..2], Is.EqualTo(new byte[] { 0x11, 0xec }));
    }

    [Test]
    public void Outputs_come_in_the_order_in_which_they_have_to_be_carried_out()
    {
        TlsPair pair = TlsPair.Mutual().Run();
        Assert.That(pair.Client.Outputs.Items.Select(Describe), Is.EqualTo(new[]
        {
            "crypto Initial 1", "secrets Handshake", "NegotiatedOutput", "PeerParametersOutput", "PeerCertificateOutput",
            "crypto Handshake 11", "crypto Handshake 15", "crypto Handshake 20", "secrets Application", "CompleteOutput",
        }));
        Assert.That(pair.Server.Outputs.Items.Select(Describe), Is.EqualTo(new[]
        {
            "ServerSelectedOutput", "NegotiatedOutput", "PeerParametersOutput", "crypto Initial 2", "secrets Handshake",
            "crypto Handshake 8", "crypto Handshake 13", "crypto Handshake 11", "crypto Handshake 15", "crypto Handshake 20",
            "secrets Application", "PeerCertificateOutput", "CompleteOutput",
        }));

        static string Describe(TlsOutput output) => output switch
        {
            CryptoOutput crypto => $"crypto {crypto.Level} {crypto.Data[0]}",
            SecretsOutput secrets => $"secrets {secrets.Level}",
            _ => output.GetType().Name,
        };
    }

    [Test]
    public void Parameters_protocol_and_server_name_reach_the_other_side()
    {
        TlsPair pair = TlsPair.Create().Run();
        Assert.That(pair.Client.Outputs.Items.OfType<PeerParametersOutput>().Single().Encoded, Is.EqualTo(TlsPair.ServerParameters));
        Assert.That(pair.Server.Outputs.Items.OfType<PeerParametersOutput>().Single().Encoded, Is.EqualTo(TlsPair.ClientParameters));
        NegotiatedOutput negotiated = pair.Server.Outputs.Items.OfType<NegotiatedOutput>().Single();
        Assert.That(negotiated.Alpn, Is.EqualTo(TlsPair.Alpn));
        Assert.That(negotiated.ServerName, Is.EqualTo("a.example"));
        Assert.That(pair.Client.Outputs.Items.OfType<NegotiatedOutput>().Single().Alpn, Is.EqualTo(TlsPair.Alpn));
    }

    [Test]
    public void A_seeded_source_repeats_the_ClientHello_and_the_default_does_not()
    {
        byte[] first = Hello(7), again = Hello(7), other = Hello(8), system = Hello(null), systemAgain = Hello(null);
        Assert.That(first, Is.EqualTo(again));
        Assert.That(first, Is.Not.EqualTo(other));
        Assert.That(system, Is.Not.EqualTo(systemAgain));

        static byte[] Hello(int? seed)
        {
            TlsEndpoint client = TlsPair.NewClient(seed: seed);
            client.Start();
            return client.Sent.Single().Data;
        }
    }

    [Test]
    public void Many_sessions_share_one_identity_on_many_threads([ValueSource(nameof(_kinds))] string kind)
    {
        TlsIdentity identity = Identities.Get(kind, "a.example");
        bool[] complete = new bool[16];
        Parallel.For(0, complete.Length, i =>
            complete[i] = TlsPair.Create(server: TlsPair.ServerOptions(identity)).Run().IsComplete);
        Assert.That(complete, Is.All.True);
    }
}
