using System.CommandLine;
using Connet.Cli.Configuration;
using Connet.Cli.Services;

namespace Connet.Cli.Commands;

/// <summary><c>connet check</c>: all the checks of a start, and no start.</summary>
internal static class CheckCommand
{
    /// <summary>The definition of the command.</summary>
    public static Command Create()
    {
        Argument<string[]> files = new("FILE") { Arity = ArgumentArity.OneOrMore, Description = "a TOML file; later ones override" };
        Command command = new("check", "checks every section of the files, and the files that they name, and starts nothing") { files };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] paths = parsed.GetValue(files) ?? [];
            List<string> warnings = [];
            string found = await CheckAsync(LoadedSettings.Load(paths), warnings, cancellationToken);
            foreach (string warning in warnings)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"connet: warning: {warning}");
            }

            string verdict = warnings.Count == 0 ? "" : $", with {Counted.Of(warnings.Count, "warning")}";
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"{string.Join(", ", paths)}: {found}: good{verdict}");
            return 0;
        });
        return command;
    }

    private static async ValueTask<string> CheckAsync(LoadedSettings settings, List<string> warnings, CancellationToken cancellationToken)
    {
        List<string> found = [];
        foreach (IConnetService service in new IConnetService[] { new ClientService(), new ServerService(), new ControlService(), new RelayService() })
        {
            if (settings.Root.Tables("").ContainsKey(service.Section))
            {
                await HostRunner.CheckAsync(service, settings, cancellationToken);
                found.Add(service.Describe(settings));
            }
        }

        warnings.AddRange(settings.Warnings);
        return found.Count > 0 ? string.Join("; ", found) : "no section of a command";
    }
}
