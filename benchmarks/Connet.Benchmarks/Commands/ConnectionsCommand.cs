using System.Diagnostics;
using System.Globalization;
using System.Net;
using Connet.Benchmarks.Peer;
using Connet.Benchmarks.Transports;
using Connet.Quic;

namespace Connet.Benchmarks.Commands;

/// <summary>Opens many connections: handshakes per second, processor time of each, and the memory that an idle connection holds.</summary>
internal static class ConnectionsCommand
{
    private const int DefaultCount = 500;
    private const int AtOnce = 8;

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        int count = options.Count ?? DefaultCount;
        ServerProcess server = await ServerProcess.StartAsync(options).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            QuicEndpoint endpoint = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Any, 0) });
            await using (endpoint.ConfigureAwait(false))
            {
                IPEndPoint address = await server.ListenAsync(TransportKind.Quic).ConfigureAwait(false);
                Console.WriteLine("| connections | handshakes/s | client CPU ms each | server CPU ms each | client KiB idle | server KiB idle |");
                Console.WriteLine("| --- | --- | --- | --- | --- | --- |");

                // The first round compiles the code and does not count.
                await OpenAsync(server, endpoint, address, options, AtOnce * 8, print: false).ConfigureAwait(false);
                await OpenAsync(server, endpoint, address, options, count, print: true).ConfigureAwait(false);
            }
        }

        return 0;
    }

    private static async Task OpenAsync(ServerProcess server, QuicEndpoint endpoint, IPEndPoint address, BenchmarkOptions options, int count, bool print)
    {
        QuicConnection[] connections = new QuicConnection[count];
        await server.Control.SendAsync("accept", count).ConfigureAwait(false);
        await server.Control.RequireAsync().ConfigureAwait(false);
        long memory = GC.GetTotalMemory(forceFullCollection: true);
        ProcessUsage before = ProcessUsage.Now();
        long start = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, token) =>
            connections[i] = await endpoint.ConnectAsync(QuicTransport.ClientOptions(address, options), token).ConfigureAwait(false)).ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        ProcessUsage used = ProcessUsage.Now().Since(before);

        // Handshakes are confirmed and their keys gone by then; this is about connections that only wait.
        await Task.Delay(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
        await server.Control.SendAsync("measure").ConfigureAwait(false);
        string[] answer = await server.Control.RequireAsync().ConfigureAwait(false);
        long held = GC.GetTotalMemory(forceFullCollection: true) - memory;
        if (print)
        {
            double serverHeld = double.Parse(answer[1], CultureInfo.InvariantCulture);
            double serverCpu = double.Parse(answer[2], CultureInfo.InvariantCulture);
            Console.WriteLine($"| {count} | {count / seconds:F0} | {used.CpuSeconds * 1000 / count:F2} | {serverCpu * 1000 / count:F2} | {held / 1024.0 / count:F1} | {serverHeld / 1024 / count:F1} |");
        }

        await server.Control.SendAsync("close").ConfigureAwait(false);
        foreach (QuicConnection connection in connections)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }
}
