using BenchmarkDotNet.Running;

namespace Connet.Benchmarks;

/// <summary>The list of commands; a new benchmark program adds its line here.</summary>
internal static class BenchmarkCommands
{
    public static IReadOnlyList<BenchmarkCommand> All { get; } =
    [
        new("micro", "the BenchmarkDotNet classes of this assembly; arguments go to BenchmarkDotNet (--list flat, --filter ...)", RunMicro),
    ];

    public static BenchmarkCommand? Find(string name) => All.FirstOrDefault(command => command.Name == name);

    private static int RunMicro(string[] args)
    {
        BenchmarkSwitcher.FromAssembly(typeof(BenchmarkCommands).Assembly).Run(args);
        return 0;
    }
}
