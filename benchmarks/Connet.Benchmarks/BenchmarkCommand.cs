namespace Connet.Benchmarks;

/// <summary>One thing this program can measure.</summary>
/// <param name="Name">The word on the command line.</param>
/// <param name="Summary">One line for the list.</param>
/// <param name="Run">Takes the remaining arguments and returns the exit code.</param>
internal sealed record BenchmarkCommand(string Name, string Summary, Func<string[], int> Run);
