using Connet.Quic.Interop.Tests.Peers;

namespace Connet.Quic.Interop.Tests.Ours;

/// <summary>Our client against each peer's server.</summary>
[TestFixture]
public sealed class OurClientTests
{
    private TestCertificates _certificates = null!;

    [OneTimeSetUp]
    public void RequirePeers()
    {
        PeerAvailability.Require();
        _certificates = TestCertificates.Create();
    }

    [OneTimeTearDown]
    public void RemoveCertificates() => _certificates?.Dispose();

    [Test, CancelAfter(TestLimits.Small)]
    public async Task Echoes_and_closes_with_its_code([Values] QuicPeer peer, CancellationToken cancellationToken)
    {
        await using PeerServer server = await PeerServer.StartAsync(peer, _certificates, cancellationToken);

        await OurClient.RunAsync(server.Port, _certificates, TransferPlan.Small, cancellationToken, server.WaitForCloseAsync);

        Assert.That(await server.WaitForCloseAsync(cancellationToken), Is.EqualTo("7 bye"));
    }

    [CancelAfter(TestLimits.Small)]
    [TestCase(QuicPeer.Quinn)]
    [TestCase(QuicPeer.QuicGo)]
    public async Task Datagrams_come_back_unchanged(QuicPeer peer, CancellationToken cancellationToken)
    {
        TransferPlan plan = TransferPlan.Small with { Datagrams = 100 };
        await using PeerServer server = await PeerServer.StartAsync(peer, _certificates, cancellationToken);

        QuicConnectionStatistics statistics = await OurClient.RunAsync(server.Port, _certificates, plan, cancellationToken, server.WaitForCloseAsync);

        Assert.That(await server.WaitForCloseAsync(cancellationToken), Is.EqualTo("7 bye"));
        Assert.That(statistics.DatagramFramesReceived, Is.GreaterThanOrEqualTo(plan.Datagrams));
    }

    [Test, CancelAfter(TestLimits.Small)]
    public async Task Sends_no_datagrams_to_a_peer_that_takes_none(CancellationToken cancellationToken)
    {
        await using PeerServer server = await PeerServer.StartAsync(QuicPeer.Quiche, _certificates, cancellationToken);
        await using QuicEndpoint endpoint = OurClient.Bind();
        await using QuicConnection connection = await OurClient.ConnectAsync(endpoint, server.Port, _certificates, cancellationToken);

        Assert.That(connection.MaxDatagramPayload, Is.Zero);
        Assert.That(connection.SendDatagram([1]), Is.EqualTo(QuicDatagramResult.NotSupported));
    }

    [CancelAfter(TestLimits.Small)]
    [TestCase(QuicPeer.QuicGo)]
    [TestCase(QuicPeer.Quiche)]
    public async Task Follows_a_Retry(QuicPeer peer, CancellationToken cancellationToken)
    {
        await using PeerServer server = await PeerServer.StartAsync(peer, _certificates, cancellationToken, retry: true);
        await using DatagramTap tap = new(server.Port);

        await OurClient.RunAsync(tap.Port, _certificates, TransferPlan.Small, cancellationToken);

        Assert.That(tap.Retries, Is.Positive);
    }

    [Test, CancelAfter(TestLimits.Large)]
    public async Task Twenty_streams_of_5_MB_come_back_unchanged([Values] QuicPeer peer, CancellationToken cancellationToken)
    {
        Slow.RequireTimeFor(peer);
        await using PeerServer server = await PeerServer.StartAsync(peer, _certificates, cancellationToken);

        QuicConnectionStatistics statistics = await OurClient.RunAsync(server.Port, _certificates, TransferPlan.Large, cancellationToken, server.WaitForCloseAsync);

        Assert.That(await server.WaitForCloseAsync(cancellationToken), Is.EqualTo("7 bye"));
        Assert.That(statistics.KeyUpdates, peer == QuicPeer.Quinn ? Is.Positive : Is.Zero, "quinn, and nobody else, updates its keys (RFC 9001, section 6)");
    }

    [Test, CancelAfter(TestLimits.Small)]
    public async Task Keeps_its_connection_when_a_NAT_changes_its_port(CancellationToken cancellationToken)
    {
        // quinn only: quic-go 0.29 and quiche's wrapper do not follow a client to another address.
        await using PeerServer server = await PeerServer.StartAsync(QuicPeer.Quinn, _certificates, cancellationToken);
        await using DatagramTap tap = new(server.Port, TransferPlan.DatagramsBeforeRebind);

        await OurClient.RunAsync(tap.Port, _certificates, TransferPlan.Medium, cancellationToken, server.WaitForCloseAsync);

        Assert.That(await server.WaitForCloseAsync(cancellationToken), Is.EqualTo("7 bye"));
        Assert.That(tap.HasRebound, Is.True);
    }

    [Test, CancelAfter(TestLimits.Small)]
    public async Task Sends_no_datagram_larger_than_quiche_accepts(CancellationToken cancellationToken)
    {
        // RFC 9000 section 18.2, max_udp_payload_size: quiche announces 1350, and the path's MTU probes must stop there.
        await using PeerServer server = await PeerServer.StartAsync(QuicPeer.Quiche, _certificates, cancellationToken);
        await using DatagramTap tap = new(server.Port);

        await OurClient.RunAsync(tap.Port, _certificates, new TransferPlan(1, 1_000_000), cancellationToken);

        Assert.That(tap.LargestToServer, Is.InRange(1200, 1350));
    }

    [Test, CancelAfter(TestLimits.Small)]
    public async Task Refuses_a_server_of_another_authority([Values] QuicPeer peer, CancellationToken cancellationToken)
    {
        using TestCertificates others = TestCertificates.Create();
        await using PeerServer server = await PeerServer.StartAsync(peer, _certificates, cancellationToken);
        await using QuicEndpoint endpoint = OurClient.Bind();

        Assert.That(
            async () => await OurClient.ConnectAsync(endpoint, server.Port, others, cancellationToken),
            Throws.InstanceOf<System.Security.Authentication.AuthenticationException>().Or.InstanceOf<QuicException>());
    }
}
