using System.Net;
using System.Net.Sockets;
using Connet.Benchmarks.Peer;

namespace Connet.Benchmarks.Commands;

/// <summary>The server process of the benchmarks between two processes. Ends with its client.</summary>
internal static class ServeCommand
{
    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        using TcpListener listener = new(options.Listen);
        listener.Start();
        Console.WriteLine($"LISTENING {((IPEndPoint)listener.LocalEndpoint).Port}");
        TcpClient client = await listener.AcceptTcpClientAsync().ConfigureAwait(false);
        client.NoDelay = true;
        using ControlChannel control = new(client);
        ServerSession session = new(control, options.Listen.Address, options);
        await using (session.ConfigureAwait(false))
        {
            await session.RunAsync().ConfigureAwait(false);
        }

        return 0;
    }
}
