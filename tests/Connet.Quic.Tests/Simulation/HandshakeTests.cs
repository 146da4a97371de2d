namespace Connet.Quic.Tests.Simulation;

public sealed class HandshakeTests
{
    [Test]
    public void A_handshake_completes([Values] bool retry)
    {
        QuicPair pair = new(new PairOptions { Retry = retry });
        pair.Connect();
        Assert.That(pair.ClientConnection.Handshake.Alpn, Is.EqualTo("test"u8.ToArray()));
        Assert.That(pair.ServerConnection.Handshake.ServerName, Is.EqualTo("server.example"));
    }
}
