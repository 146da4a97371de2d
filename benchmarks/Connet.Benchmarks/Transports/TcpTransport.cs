using System.Net;
using System.Net.Sockets;

namespace Connet.Benchmarks.Transports;

/// <summary>A TCP connection for each stream.</summary>
internal sealed class TcpTransport(TcpListener? listener, IPEndPoint? server) : BenchmarkTransport
{
    public override (long Sent, long Received) Packets => (0, 0);

    public override string Details => string.Empty;

    public override async Task<Stream> OpenAsync()
    {
        Socket socket = new(server!.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server).ConfigureAwait(false);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public override async Task<Stream> AcceptAsync()
    {
        Socket socket = await listener!.AcceptSocketAsync().ConfigureAwait(false);
        socket.NoDelay = true;
        return new NetworkStream(socket, ownsSocket: true);
    }

    public override void CompleteWrites(Stream stream) => ((NetworkStream)stream).Socket.Shutdown(SocketShutdown.Send);

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
