using Connet.Quic.Core.Tls;

namespace Connet.Quic.Tests.Tls;

public sealed class ClientCertificateTests
{
    [Test]
    public void A_client_is_not_asked_by_default()
    {
        TlsPair pair = TlsPair.Create(TlsPair.ClientOptions(Identities.Client)).Run();
        pair.AssertComplete();
        Assert.That(pair.Server.PeerChain, Is.Null);
        Assert.That(pair.Client.Sent.Any(output => output.Data[0] == HandshakeBytes.Certificate), Is.False);
    }

    [Test]
    public void An_optional_certificate_may_be_missing()
    {
        TlsPair pair = TlsPair.Create(server: TlsPair.ServerOptions(clients: ClientCertificateMode.Optional)).Run();
        pair.AssertComplete();
        Assert.That(pair.Server.PeerChain, Is.Null, "an empty chain is not asked about");
    }

    [Test]
    public void An_optional_certificate_is_reported()
    {
        TlsPair pair = TlsPair.Create(
            TlsPair.ClientOptions(Identities.Client), TlsPair.ServerOptions(clients: ClientCertificateMode.Optional)).Run();
        pair.AssertComplete();
        Assert.That(pair.Server.PeerChain, Is.EqualTo(Identities.Client.Chain));
    }

    [Test]
    public void A_missing_required_certificate_is_certificate_required()
    {
        TlsPair pair = TlsPair.Create(server: TlsPair.ServerOptions(clients: ClientCertificateMode.Required)).Run();
        Assert.That(pair.Server.Error?.TransportErrorCode, Is.EqualTo(0x174));
    }

    [Test]
    public void An_unasked_certificate_is_refused()
    {
        TlsPair pair = new()
        {
            Client = TlsPair.NewClient(),
            Server = TlsPair.NewServer(),
            Mutate = (fromClient, _, message) =>
                fromClient && message[0] == HandshakeBytes.Finished ? HandshakeBytes.Message(HandshakeBytes.Certificate, 0, 0, 0, 0) : message,
        };
        pair.Run();
        Assert.That(pair.Server.Error?.TransportErrorCode, Is.EqualTo(0x10a));
    }

    [Test]
    public void A_refused_client_certificate_ends_the_handshake_with_its_alert()
    {
        TlsPair pair = new()
        {
            Client = TlsPair.NewClient(TlsPair.ClientOptions(Identities.Client)),
            Server = new TlsEndpoint(BouncyCastleTlsSession.CreateServer(TlsPair.ServerOptions(clients: ClientCertificateMode.Required)))
            {
                Judge = _ => TlsAlert.CertificateUnknown,
            },
        };
        pair.Run();
        Assert.That(pair.Server.Error?.TransportErrorCode, Is.EqualTo(0x12e));
    }
}
