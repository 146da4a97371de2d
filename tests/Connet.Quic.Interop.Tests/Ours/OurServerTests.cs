using Connet.Quic.Interop.Tests.Peers;

namespace Connet.Quic.Interop.Tests.Ours;

/// <summary>Each peer's client against our server.</summary>
[TestFixture]
public sealed class OurServerTests
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
    public async Task Echoes_and_sees_the_close_code([Values] QuicPeer peer, CancellationToken cancellationToken) =>
        await RunAsync(peer, TransferPlan.Small, retry: false, cancellationToken);

    [Test, CancelAfter(TestLimits.Small)]
    public async Task Sends_Retry_when_told_to([Values] QuicPeer peer, CancellationToken cancellationToken) =>
        await RunAsync(peer, TransferPlan.Small, retry: true, cancellationToken);

    [CancelAfter(TestLimits.Small)]
    [TestCase(QuicPeer.Quinn)]
    [TestCase(QuicPeer.QuicGo)]
    public async Task Datagrams_are_echoed(QuicPeer peer, CancellationToken cancellationToken) =>
        await RunAsync(peer, TransferPlan.Medium with { Streams = 1, Datagrams = 100 }, retry: false, cancellationToken);

    [Test, CancelAfter(TestLimits.Large)]
    public async Task Twenty_streams_of_5_MB_are_echoed([Values] QuicPeer peer, CancellationToken cancellationToken)
    {
        Slow.RequireTimeFor(peer);
        await RunAsync(peer, TransferPlan.Large, retry: true, cancellationToken);
    }

    [Test, CancelAfter(TestLimits.Small)]
    public async Task Is_refused_by_a_client_of_another_authority([Values] QuicPeer peer, CancellationToken cancellationToken)
    {
        using TestCertificates others = TestCertificates.Create();
        await using QuicEndpoint endpoint = OurServer.Bind(retry: false);
        await using QuicListener listener = OurServer.Listen(endpoint, _certificates);

        string reason = await PeerClient.RunToFailureAsync(peer, endpoint.LocalEndPoint.Port, others, cancellationToken);

        Assert.That(reason, Is.Not.Empty);
    }

    [Test, CancelAfter(TestLimits.Small)]
    public async Task Follows_a_client_whose_port_changes([Values] QuicPeer peer, CancellationToken cancellationToken)
    {
        await using QuicEndpoint endpoint = OurServer.Bind(retry: false);
        await using QuicListener listener = OurServer.Listen(endpoint, _certificates);
        await using DatagramTap tap = new(endpoint.LocalEndPoint.Port, TransferPlan.DatagramsBeforeRebind);
        Task<long?> serving = OurServer.ServeOneAsync(listener, cancellationToken);

        await PeerClient.RunAsync(peer, tap.Port, _certificates, TransferPlan.Medium, cancellationToken);

        Assert.That(await serving.WaitAsync(cancellationToken), Is.EqualTo(TestProtocol.CloseCode));
        Assert.That(tap.HasRebound, Is.True);
    }

    private async Task RunAsync(QuicPeer peer, TransferPlan plan, bool retry, CancellationToken cancellationToken)
    {
        await using QuicEndpoint endpoint = OurServer.Bind(retry);
        await using QuicListener listener = OurServer.Listen(endpoint, _certificates);
        Task<long?> serving = OurServer.ServeOneAsync(listener, cancellationToken);
        int retries;
        await using (DatagramTap tap = new(endpoint.LocalEndPoint.Port))
        {
            // Bulk data goes straight, so that the tap's copying does not decide what is lost.
            int port = plan == TransferPlan.Small ? tap.Port : endpoint.LocalEndPoint.Port;
            Task client = PeerClient.RunAsync(peer, port, _certificates, plan, cancellationToken);
            if (await Task.WhenAny(client, serving) == serving)
            {
                // A fault of ours says more than the peer's complaint about it.
                await serving;
            }

            await client;
            Assert.That(await serving.WaitAsync(cancellationToken), Is.EqualTo(TestProtocol.CloseCode));
            retries = tap.Retries;
        }

        if (plan == TransferPlan.Small)
        {
            Assert.That(retries, retry ? Is.Positive : Is.Zero);
        }
    }
}
