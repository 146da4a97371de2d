namespace Connet.Protocol.Tests;

/// <summary>Identifiers, generations and ports.</summary>
public sealed class AlpnTests
{
    [TestCase(ConnectionKind.ControlClients, "connet-control/0.4", "connet-client/0.3", 19190)]
    [TestCase(ConnectionKind.ControlRelays, "connet-control-relays/0.4", "connet-relay/0.3", 19189)]
    [TestCase(ConnectionKind.RelayClients, "connet-relay/0.3", "connet-peer-relay/0.2", 19191)]
    [TestCase(ConnectionKind.Peer, "connet-peer/0.2", "connet-peer/0.1", 19192)]
    public void A_kind_has_two_identifiers_and_a_port(ConnectionKind kind, string second, string first, int port)
    {
        Assert.That(Alpn.Identifiers(kind), Is.EqualTo(new[] { second, first }));
        Assert.That(Alpn.GetGeneration(kind, second), Is.EqualTo(ProtocolGeneration.Second));
        Assert.That(Alpn.GetGeneration(kind, first), Is.EqualTo(ProtocolGeneration.First));
        Assert.That(Alpn.Identifier(kind, ProtocolGeneration.Second), Is.EqualTo(second));
        Assert.That(Alpn.Identifier(kind, ProtocolGeneration.First), Is.EqualTo(first));
        Assert.That(kind.DefaultPort(), Is.EqualTo(port));
    }

    [Test]
    public void The_generation_decides_the_header()
    {
        Assert.That(MessageFraming.HeaderLength(ProtocolGeneration.First), Is.EqualTo(8));
        Assert.That(MessageFraming.HeaderLength(ProtocolGeneration.Second), Is.EqualTo(4));
    }

    [Test]
    public void One_identifier_stands_for_two_generations_of_two_kinds()
    {
        Assert.That(Alpn.GetGeneration(ConnectionKind.ControlRelays, "connet-relay/0.3"), Is.EqualTo(ProtocolGeneration.First));
        Assert.That(Alpn.GetGeneration(ConnectionKind.RelayClients, "connet-relay/0.3"), Is.EqualTo(ProtocolGeneration.Second));
    }

    [TestCase("connet-peer/0.3")]
    [TestCase("CONNET-PEER/0.2")]
    [TestCase("connet-relay/0.3")]
    [TestCase("")]
    public void Another_identifier_is_refused(string identifier)
    {
        Assert.That(Alpn.TryGetGeneration(ConnectionKind.Peer, identifier, out _), Is.False);
        Assert.That(() => Alpn.GetGeneration(ConnectionKind.Peer, identifier), Throws.TypeOf<ProtocolException>());
    }

    [Test]
    public void What_is_no_kind_is_refused()
    {
        Assert.That(() => Alpn.Identifiers((ConnectionKind)4), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => ((ConnectionKind)4).DefaultPort(), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
