using System.Net;
using System.Net.Sockets;

namespace Connet.Cli.Tests.Processes;

/// <summary>A TCP service that sends back what it gets, until it gets the end.</summary>
internal sealed class EchoService : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _accepting;

    public EchoService()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    /// <summary>Sends bytes through a tunnel, half-closes, and reads all that comes back.</summary>
    public static async Task<byte[]> AskAsync(string address, byte[] question)
    {
        using CancellationTokenSource limit = new(ConnetProcess.Limit);
        using TcpClient client = new();
        await client.ConnectAsync(IPEndPoint.Parse(address), limit.Token);
        NetworkStream stream = client.GetStream();
        Task sending = SendAsync();
        using MemoryStream answer = new();
        await stream.CopyToAsync(answer, limit.Token);
        await sending;
        return answer.ToArray();

        async Task SendAsync()
        {
            await stream.WriteAsync(question, limit.Token);
            client.Client.Shutdown(SocketShutdown.Send);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = EchoAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private static async Task EchoAsync(TcpClient client)
    {
        using (client)
        {
            using CancellationTokenSource limit = new(ConnetProcess.Limit);
            await client.GetStream().CopyToAsync(client.GetStream(), limit.Token);
            client.Client.Shutdown(SocketShutdown.Send);
        }
    }
}
