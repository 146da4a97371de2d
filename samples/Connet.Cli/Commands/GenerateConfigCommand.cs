using System.CommandLine;
using System.Text;
using Connet.Cli.Generation;

namespace Connet.Cli.Commands;

/// <summary><c>connet gen-config</c>: a file with every key of a section.</summary>
internal static class GenerateConfigCommand
{
    /// <summary>The definition of the command.</summary>
    public static Command Create()
    {
        Argument<string> section = new("SECTION") { Description = string.Join(", ", ConfigurationText.Sections) };
        section.AcceptOnlyFromAmong([.. ConfigurationText.Sections]);
        Option<string> file = new("--out") { HelpName = "file", Description = "write to this file instead of stdout; it is its owner's alone, for it holds a token" };
        Option<bool> force = new("--force") { Description = "replace the file if it is there already" };
        Command command = new("gen-config", "prints a configuration file with every key, what it means and what holds without it") { section, file, force };
        command.SetAction(parsed =>
        {
            string text = ConfigurationText.For(parsed.GetValue(section)!);
            if (parsed.GetValue(file) is { Length: > 0 } path)
            {
                NewFile.Write(path, Encoding.UTF8.GetBytes(text), isSecret: true, parsed.GetValue(force));
            }
            else
            {
                parsed.InvocationConfiguration.Output.Write(text);
            }
        });
        return command;
    }
}
