using System.Diagnostics;
using System.Globalization;
using System.Net;
using Connet.Benchmarks.Transports;
using Connet.Quic;

namespace Connet.Benchmarks.Peer;

/// <summary>The client's side of one run over one transport.</summary>
internal sealed class StreamRun(ServerProcess server, BenchmarkOptions options, QuicEndpoint endpoint)
{
    /// <summary>Moves bytes on so many streams for as long as the options say.</summary>
    public Task<RunResult> TransferAsync(TransportKind kind, string mode, double seconds) =>
        RunAsync(kind, mode is "both" or "datagrams" ? mode : "up", mode == "streams" ? 100 : 1, seconds, options.Buffer, (transport, stream) => MoveAsync(transport, stream, mode, seconds));

    /// <summary>Runs <paramref name="work"/>, which returns the bytes that it received, on every stream at once.</summary>
    public async Task<RunResult> RunAsync(
        TransportKind kind, string mode, int streams, double seconds, int buffer, Func<BenchmarkTransport, Stream, Task<long>> work)
    {
        IPEndPoint address = await server.ListenAsync(kind).ConfigureAwait(false);
        await server.Control.SendAsync("run", kind, mode, streams, seconds, buffer).ConfigureAwait(false);
        BenchmarkTransport transport = kind == TransportKind.Tcp
            ? new TcpTransport(null, address)
            : new QuicTransport(await endpoint.ConnectAsync(QuicTransport.ClientOptions(address, options)).ConfigureAwait(false));
        await using (transport.ConfigureAwait(false))
        {
            await server.Control.RequireAsync().ConfigureAwait(false);
            ProcessUsage before = ProcessUsage.Now();
            SteadyMeter meter = SteadyMeter.Start(transport, seconds);
            long start = Stopwatch.GetTimestamp();
            List<Task<long>> running = [];
            for (int i = 0; i < streams; i++)
            {
                running.Add(Task.Run(async () =>
                {
                    Stream stream = await transport.OpenAsync().ConfigureAwait(false);
                    await using (stream.ConfigureAwait(false))
                    {
                        return await work(transport, stream).ConfigureAwait(false);
                    }
                }));
            }

            long[] received = await Task.WhenAll(running).ConfigureAwait(false);
            string[] answer = await server.Control.RequireAsync().ConfigureAwait(false);
            double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
            ProcessUsage used = ProcessUsage.Now().Since(before);
            if (Environment.GetEnvironmentVariable("BENCH_DETAILS") is not null && kind == TransportKind.Quic)
            {
                await Console.Error.WriteLineAsync($"  client: {transport.Details}").ConfigureAwait(false);
            }

            await server.Control.SendAsync("close").ConfigureAwait(false);
            (long packetsSent, long packetsReceived) = transport.Packets;
            double[] numbers = [.. answer[1..].Select(static field => double.Parse(field, CultureInfo.InvariantCulture))];
            ProcessUsage serverUsed = new(numbers[1], (long)numbers[2], numbers[3]);
            return new RunResult((long)numbers[0] + received.Sum(), elapsed, used, serverUsed)
            {
                ClientPackets = packetsSent + packetsReceived,
                ServerPackets = (long)(numbers[4] + numbers[5]),
                ClientBytesPerPacket = await meter.BytesPerPacketAsync().ConfigureAwait(false),
                ServerBytesPerPacket = numbers[6],
            };
        }
    }

    private async Task<long> MoveAsync(BenchmarkTransport transport, Stream stream, string mode, double seconds)
    {
        if (mode == "datagrams")
        {
            return await DatagramWork.ExchangeAsync(transport, stream, seconds).ConfigureAwait(false);
        }

        if (mode != "both")
        {
            await StreamWork.WriteAsync(transport, stream, seconds, options.Buffer).ConfigureAwait(false);
            return await StreamWork.ReadAsync(stream, options.Buffer).ConfigureAwait(false);
        }

        Task<long> reading = Task.Run(() => StreamWork.ReadAsync(stream, options.Buffer));
        await StreamWork.WriteAsync(transport, stream, seconds, options.Buffer).ConfigureAwait(false);
        return await reading.ConfigureAwait(false);
    }
}
