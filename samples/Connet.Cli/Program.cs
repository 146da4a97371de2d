using Connet.Cli.Commands;

namespace Connet.Cli;

/// <summary>Where the process begins.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) => ConnetCommand.RunAsync(args);
}
