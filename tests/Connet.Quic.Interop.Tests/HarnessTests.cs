using Connet.Quic.Interop.Tests.Peers;

namespace Connet.Quic.Interop.Tests;

/// <summary>Proves the harness without our own stack: peers against peers, and that a failure is seen as one.</summary>
[TestFixture]
public sealed class HarnessTests
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

    [CancelAfter(TestLimits.Small)]
    [TestCase(QuicPeer.Quinn, QuicPeer.QuicGo, false)]
    [TestCase(QuicPeer.QuicGo, QuicPeer.Quiche, true)]
    [TestCase(QuicPeer.Quiche, QuicPeer.Quinn, false)]
    public async Task Peers_echo_to_each_other(QuicPeer clientPeer, QuicPeer serverPeer, bool sendsRetry, CancellationToken cancellationToken)
    {
        await using PeerServer server = await PeerServer.StartAsync(serverPeer, _certificates, cancellationToken);
        await using DatagramTap tap = new(server.Port);

        await PeerClient.RunAsync(clientPeer, tap.Port, _certificates, TransferPlan.Small, cancellationToken);

        Assert.That(await server.WaitForCloseAsync(cancellationToken), Is.EqualTo("7 bye"));
        Assert.That(tap.Retries, sendsRetry ? Is.Positive : Is.Zero);
    }

    [Test, CancelAfter(TestLimits.Small)]
    public async Task Quic_go_sends_Retry_when_told_to(CancellationToken cancellationToken)
    {
        await using PeerServer server = await PeerServer.StartAsync(QuicPeer.QuicGo, _certificates, cancellationToken, retry: true);
        await using DatagramTap tap = new(server.Port);

        await PeerClient.RunAsync(QuicPeer.QuicGo, tap.Port, _certificates, TransferPlan.Small, cancellationToken);

        Assert.That(tap.Retries, Is.Positive);
    }

    [CancelAfter(TestLimits.Small)]
    [TestCase(QuicPeer.Quinn)]
    [TestCase(QuicPeer.QuicGo)]
    [TestCase(QuicPeer.Quiche)]
    public async Task A_client_that_trusts_another_authority_fails(QuicPeer clientPeer, CancellationToken cancellationToken)
    {
        using TestCertificates others = TestCertificates.Create();
        await using PeerServer server = await PeerServer.StartAsync(QuicPeer.QuicGo, _certificates, cancellationToken);

        string reason = await PeerClient.RunToFailureAsync(clientPeer, server.Port, others, cancellationToken);

        Assert.That(reason, Is.Not.Empty);
    }

    [Test, CancelAfter(TestLimits.Small)]
    public async Task A_wait_for_a_line_ends_with_its_token_and_shows_the_output(CancellationToken cancellationToken)
    {
        await using PeerProcess process = PeerProcess.Start(
            "QuicGo server", PeerCommands.Server(QuicPeer.QuicGo, "127.0.0.1", _certificates.Folder, retry: false));
        await process.WaitForLineAsync("LISTENING", cancellationToken);
        using CancellationTokenSource ended = new();
        await ended.CancelAsync();

        Assert.That(
            async () => await process.WaitForLineAsync("NEVER", ended.Token),
            Throws.InstanceOf<AssertionException>().With.Message.Contains("LISTENING"));
    }
}
