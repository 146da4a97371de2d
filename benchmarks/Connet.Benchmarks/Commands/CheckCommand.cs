using System.Net;
using System.Text.Json;
using Connet.Benchmarks.Peer;
using Connet.Quic;

namespace Connet.Benchmarks.Commands;

/// <summary>
/// Holds the data path to benchmarks/budgets.json. Only what another program on the machine cannot change is checked:
/// allocations, not time.
/// </summary>
internal static class CheckCommand
{
    private const int Attempts = 3;

    public static async Task<int> RunAsync()
    {
        using FileStream file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "budgets.json"));
        Dictionary<string, TransferBudget> budgets = (await JsonSerializer.DeserializeAsync<Dictionary<string, TransferBudget>>(file).ConfigureAwait(false))!;
        bool kept = true;

        // Windows that are soon as large as they get, so that buffers do not grow in the part of the run that is measured.
        BenchmarkOptions limited = BenchmarkOptions.Parse(["--window", "262144"]);
        ServerProcess server = await ServerProcess.StartAsync(limited).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            QuicEndpoint endpoint = QuicEndpoint.Bind(new QuicEndpointOptions { LocalEndPoint = new IPEndPoint(IPAddress.Any, 0) });
            await using (endpoint.ConfigureAwait(false))
            {
                StreamRun run = new(server, limited, endpoint);
                foreach ((string mode, TransferBudget budget) in budgets)
                {
                    kept &= await CheckAsync(run, mode, budget).ConfigureAwait(false);
                }
            }
        }

        return kept ? 0 : 1;
    }

    private static async Task<bool> CheckAsync(StreamRun run, string mode, TransferBudget budget)
    {
        for (int attempt = 1; ; attempt++)
        {
            // The first attempt also loads types and compiles.
            RunResult result = await run.TransferAsync(TransportKind.Quic, mode, budget.Seconds).ConfigureAwait(false);
            bool kept = result.ClientBytesPerPacket <= budget.BytesPerPacket && result.ServerBytesPerPacket <= budget.BytesPerPacket;
            Console.WriteLine(
                $"{mode}: {result.ClientBytesPerPacket:F2} bytes per packet at the client, {result.ServerBytesPerPacket:F2} at the server, "
                + $"budget {budget.BytesPerPacket}, {result.ClientPackets} packets: {(kept ? "kept" : "exceeded")}");
            if (kept || attempt == Attempts)
            {
                return kept;
            }
        }
    }
}
