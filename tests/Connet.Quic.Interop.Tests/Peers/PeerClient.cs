namespace Connet.Quic.Interop.Tests.Peers;

/// <summary>Runs a peer's echo client to its end.</summary>
internal static class PeerClient
{
    /// <summary>Succeeds when every byte of every echo was right; else throws with the client's reason and output.</summary>
    public static async Task RunAsync(
        QuicPeer peer, int port, TestCertificates certificates, TransferPlan plan, CancellationToken cancellationToken, string host = "127.0.0.1")
    {
        await using PeerProcess process = Start(peer, host, port, certificates, plan);
        int code = await process.WaitForExitAsync(cancellationToken);
        if (code != 0)
        {
            throw process.Failure($"ended with code {code}");
        }

        await process.WaitForLineAsync("PASS", cancellationToken);
    }

    /// <summary>Expects the client to give up, and returns its reason.</summary>
    public static async Task<string> RunToFailureAsync(
        QuicPeer peer, int port, TestCertificates certificates, CancellationToken cancellationToken)
    {
        await using PeerProcess process = Start(peer, "127.0.0.1", port, certificates, TransferPlan.Small);
        int code = await process.WaitForExitAsync(cancellationToken);
        if (code == 0)
        {
            throw process.Failure("succeeded, though it should not have");
        }

        return await process.WaitForLineAsync("FAIL", cancellationToken);
    }

    private static PeerProcess Start(QuicPeer peer, string host, int port, TestCertificates certificates, TransferPlan plan) =>
        PeerProcess.Start($"{peer} client", PeerCommands.Client(peer, host, port, certificates.Folder, plan));
}
