using BenchmarkDotNet.Running;
using Connet.Benchmarks.Commands;

namespace Connet.Benchmarks;

/// <summary>The list of commands; a new benchmark program adds its line here.</summary>
internal static class BenchmarkCommands
{
    public static IReadOnlyList<BenchmarkCommand> All { get; } =
    [
        new("micro", "the BenchmarkDotNet classes of this assembly; arguments go to BenchmarkDotNet (--list flat, --filter ...)", RunMicro),
        Async("transfer", "throughput between two processes, QUIC against TCP", TransferCommand.RunAsync),
        Async("roundtrip", "latency of one byte there and back, QUIC against TCP", RoundTripCommand.RunAsync),
        Async("connections", "handshakes per second, and memory of idle connections", ConnectionsCommand.RunAsync),
        Async("check", "fails when the data path exceeds benchmarks/budgets.json", static _ => CheckCommand.RunAsync()),
        Async("serve", "the server process of the others, where it is not started by them", ServeCommand.RunAsync),
        new("tcp-bulk", "bytes over TCP, served or fetched: the ends of eng/bench.sh", TcpBulkCommand.Run),
    ];

    public static BenchmarkCommand? Find(string name) => All.FirstOrDefault(command => command.Name == name);

    private static BenchmarkCommand Async(string name, string summary, Func<BenchmarkOptions, Task<int>> run) =>
        new(name, summary, args => run(BenchmarkOptions.Parse(args)).GetAwaiter().GetResult());

    private static int RunMicro(string[] args)
    {
        BenchmarkSwitcher.FromAssembly(typeof(BenchmarkCommands).Assembly).Run(args);
        return 0;
    }
}
