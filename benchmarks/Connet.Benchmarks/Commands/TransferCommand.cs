using System.Net;
using Connet.Benchmarks.Peer;
using Connet.Quic;

namespace Connet.Benchmarks.Commands;

/// <summary>Throughput between two processes, QUIC and TCP in turns.</summary>
internal static class TransferCommand
{
    private const double WarmUpSeconds = 1.5;

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        ServerProcess server = await ServerProcess.StartAsync(options).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            QuicEndpoint endpoint = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Any, 0) });
            await using (endpoint.ConfigureAwait(false))
            {
                StreamRun run = new(server, options, endpoint);
                Console.WriteLine("| | Gbit/s | of TCP | CPU-s/GB client + server | allocated B per packet, client / server | waited for CPU |");
                Console.WriteLine("| --- | --- | --- | --- | --- | --- |");
                foreach (string mode in options.Modes)
                {
                    await MeasureAsync(run, options, mode).ConfigureAwait(false);
                }
            }
        }

        return 0;
    }

    private static async Task MeasureAsync(StreamRun run, BenchmarkOptions options, string mode)
    {
        bool withTcp = options.WithTcp && mode != "datagrams";
        List<RunResult> quic = [];
        List<RunResult> tcp = [];

        // The first run compiles the code.
        await run.TransferAsync(TransportKind.Quic, mode, WarmUpSeconds).ConfigureAwait(false);
        for (int round = 0; round < options.Rounds; round++)
        {
            quic.Add(await run.TransferAsync(TransportKind.Quic, mode, options.Seconds).ConfigureAwait(false));
            if (withTcp)
            {
                tcp.Add(await run.TransferAsync(TransportKind.Tcp, mode, options.Seconds).ConfigureAwait(false));
            }
        }

        string name = mode switch
        {
            "up" => "one stream, one way",
            "both" => "one stream, both ways",
            "datagrams" => "datagrams of 1,000 bytes, there and back",
            _ => "100 streams, one way",
        };
        double quicRate = Statistics.Median(quic.Select(static result => result.GigabitsPerSecond));
        double tcpRate = Statistics.Median(tcp.Select(static result => result.GigabitsPerSecond));
        Print($"QUIC, {name}", quic, withTcp ? $"{quicRate / tcpRate:P0}" : string.Empty);
        if (withTcp)
        {
            Print($"TCP, {name}", tcp, string.Empty);
        }
    }

    private static void Print(string name, List<RunResult> results, string ratio)
    {
        double rate = Statistics.Median(results.Select(static result => result.GigabitsPerSecond));
        double clientCpu = Statistics.Median(results.Select(static result => result.ClientCpuPerGigabyte));
        double serverCpu = Statistics.Median(results.Select(static result => result.ServerCpuPerGigabyte));
        double waited = Statistics.Median(results.Select(static result => (result.Client.WaitedSeconds + result.Server.WaitedSeconds) / result.Seconds));
        string allocated = results[0].ClientPackets == 0
            ? string.Empty
            : $"{Statistics.Median(results.Select(static result => result.ClientBytesPerPacket)):F2} / {Statistics.Median(results.Select(static result => result.ServerBytesPerPacket)):F2}";
        Console.WriteLine($"| {name} | {rate:F2} | {ratio} | {clientCpu:F2} + {serverCpu:F2} | {allocated} | {waited:P0} |");
    }
}
