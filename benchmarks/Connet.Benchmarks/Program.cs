namespace Connet.Benchmarks;

/// <summary>Runs the benchmark command that the first argument names; without one, lists them all.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args.Length > 0 && BenchmarkCommands.Find(args[0]) is { } command)
        {
            return command.Run(args[1..]);
        }

        Console.WriteLine("usage: dotnet run -c Release --project benchmarks/Connet.Benchmarks -- <command> [arguments]");
        foreach (BenchmarkCommand each in BenchmarkCommands.All)
        {
            Console.WriteLine($"  {each.Name,-16} {each.Summary}");
        }

        return args.Length == 0 ? 0 : 2;
    }
}
