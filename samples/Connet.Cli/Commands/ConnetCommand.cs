using System.CommandLine;
using System.Reflection;
using Connet.Cli.Demo;
using Connet.Cli.Services;

namespace Connet.Cli.Commands;

/// <summary>The command with all of its sub-commands.</summary>
internal static class ConnetCommand
{
    private const int Failed = 1;

    /// <summary>What <c>connet version</c> prints.</summary>
    public static string Version { get; } =
        typeof(ConnetCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    /// <summary>Runs a command line.</summary>
    /// <returns>The exit code: 0, or 1 after one line on stderr.</returns>
    public static Task<int> RunAsync(string[] arguments) => RunAsync(arguments, Console.Out, Console.Error);

    /// <summary>Runs a command line; what runs until a signal logs to the process's stderr in any case.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="output">Takes what the command prints.</param>
    /// <param name="error">Takes the line that tells why it failed.</param>
    /// <returns>The exit code: 0, or 1 after one line on <paramref name="error"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error)
    {
        ParseResult parsed = Create().Parse(arguments, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        try
        {
            if (parsed.Errors.Count > 0)
            {
                throw new CommandFailure($"{CommandLineProblem.Describe(parsed, arguments)}; see --help");
            }

            // Signals are the host's business, and exceptions are told below.
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
                Output = output,
                Error = error,
            });
        }
        catch (Exception exception)
        {
            await error.WriteLineAsync(ErrorLine.For(exception));
            return Failed;
        }
    }

    /// <summary>The definition of the command line.</summary>
    public static RootCommand Create()
    {
        RootCommand root = new("Joins machines behind NAT: a client carries TCP connections from its sources to the destinations of other clients.");
        _ = new ServiceCommand(root, "client", () => new ClientService());
        Add(root, "server", "control server and relay in one process", () => new ServerService());
        Add(root, "control", "a control server alone", () => new ControlService());
        Add(root, "relay", "a relay of a control server elsewhere", () => new RelayService());
        root.Subcommands.Add(CheckCommand.Create());
        root.Subcommands.Add(GenerateConfigCommand.Create());
        root.Subcommands.Add(GenerateCertificateCommand.Create());
        root.Subcommands.Add(GenerateKeyCommand.Create());
        root.Subcommands.Add(DemoCommand.Create());
        Command version = new("version", "prints the version");
        version.SetAction(parsed => parsed.InvocationConfiguration.Output.WriteLine(Version));
        root.Subcommands.Add(version);
        return root;
    }

    private static void Add(RootCommand root, string name, string description, Func<IConnetService> service)
    {
        Command command = new(name, description);
        _ = new ServiceCommand(command, name, service);
        root.Subcommands.Add(command);
    }
}
