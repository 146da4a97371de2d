using System.Globalization;

namespace Connet.Quic.Interop.Tests.Peers;

/// <summary>A peer's echo server on a free loopback port.</summary>
internal sealed class PeerServer : IAsyncDisposable
{
    private readonly PeerProcess _process;

    private PeerServer(PeerProcess process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public static async Task<PeerServer> StartAsync(
        QuicPeer peer, TestCertificates certificates, CancellationToken cancellationToken, bool retry = false, string host = "127.0.0.1")
    {
        PeerProcess process = PeerProcess.Start($"{peer} server", PeerCommands.Server(peer, host, certificates.Folder, retry));
        try
        {
            string port = await process.WaitForLineAsync("LISTENING", cancellationToken);
            return new PeerServer(process, int.Parse(port, CultureInfo.InvariantCulture));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until a connection was closed and returns its code and reason, as "7 bye".</summary>
    public Task<string> WaitForCloseAsync(CancellationToken cancellationToken) => _process.WaitForLineAsync("CLOSED", cancellationToken);

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
