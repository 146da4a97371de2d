using System.Diagnostics;
using System.Net;
using Connet.Benchmarks.Peer;
using Connet.Benchmarks.Transports;
using Connet.Quic;

namespace Connet.Benchmarks.Commands;

/// <summary>How long a byte takes to the server's application and back.</summary>
internal static class RoundTripCommand
{
    private const int DefaultCount = 3000;

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        ServerProcess server = await ServerProcess.StartAsync(options).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            QuicEndpoint endpoint = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Any, 0) });
            await using (endpoint.ConfigureAwait(false))
            {
                StreamRun run = new(server, options, endpoint);
                TransportKind[] kinds = options.WithTcp ? [TransportKind.Quic, TransportKind.Tcp] : [TransportKind.Quic];
                Dictionary<TransportKind, List<double[]>> rounds = kinds.ToDictionary(static kind => kind, static _ => new List<double[]>());

                // The first round compiles the code and does not count.
                for (int round = 0; round <= options.Rounds; round++)
                {
                    foreach (TransportKind kind in kinds)
                    {
                        double[] times = await MeasureAsync(run, kind, options.Count ?? DefaultCount).ConfigureAwait(false);
                        if (round > 0)
                        {
                            rounds[kind].Add(times);
                        }
                    }
                }

                Console.WriteLine("| one byte there and back | p50 µs | p99 µs |");
                Console.WriteLine("| --- | --- | --- |");
                foreach (TransportKind kind in kinds)
                {
                    double middle = Statistics.Median(rounds[kind].Select(static times => Statistics.Quantile(times, 0.5)));
                    double high = Statistics.Median(rounds[kind].Select(static times => Statistics.Quantile(times, 0.99)));
                    Console.WriteLine($"| {kind} | {middle:F0} | {high:F0} |");
                }
            }
        }

        return 0;
    }

    private static async Task<double[]> MeasureAsync(StreamRun run, TransportKind kind, int count)
    {
        double[] times = new double[count];
        await run.RunAsync(kind, "echo", streams: 1, seconds: 0, buffer: 16, (transport, stream) => EchoAsync(transport, stream, times)).ConfigureAwait(false);
        return times;
    }

    private static async Task<long> EchoAsync(BenchmarkTransport transport, Stream stream, double[] times)
    {
        byte[] buffer = new byte[1];
        for (int i = 0; i < times.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await stream.WriteAsync(buffer).ConfigureAwait(false);
            await stream.ReadExactlyAsync(buffer).ConfigureAwait(false);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        transport.CompleteWrites(stream);
        return times.Length + await StreamWork.ReadAsync(stream, buffer.Length).ConfigureAwait(false);
    }
}
