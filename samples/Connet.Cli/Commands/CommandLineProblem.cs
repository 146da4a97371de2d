using System.CommandLine;
using Connet.Cli.Configuration;

namespace Connet.Cli.Commands;

/// <summary>Says what is wrong with a command line, without arguments: one of them may be a token.</summary>
internal static class CommandLineProblem
{
    /// <summary>One sentence.</summary>
    public static string Describe(ParseResult parsed, string[] arguments)
    {
        Command command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens.FirstOrDefault(IsFlag) is { } flag)
        {
            string name = flag.Split('=')[0];
            return $"unknown flag '{name}'; the nearest known flag is '{NearestName.To(name, command.Options.Select(option => option.Name))}'";
        }

        if (parsed.UnmatchedTokens is [{ } word, ..])
        {
            return command is RootCommand && arguments[0] == word
                ? $"unknown command '{word}'; the nearest known command is '{NearestName.To(word, command.Subcommands.Select(each => each.Name))}'"
                : "there is an argument that belongs to no flag";
        }

        Option? wrong = command.Options.FirstOrDefault(option => parsed.GetResult(option)?.Errors.Any() == true);
        if (wrong is not null and not (Option<string> or Option<string[]> or Option<bool>) && parsed.GetResult(wrong)!.Tokens is [var only])
        {
            return $"{wrong.Name} cannot be '{only.Value}'";
        }

        if (wrong is null && command.Arguments.FirstOrDefault(argument => parsed.GetResult(argument)?.Errors.Any() != false) is { } missing)
        {
            return parsed.GetResult(missing) is { Tokens: [var given, ..] }
                ? $"{command.Name} takes one of {missing.Description}, not '{given.Value}'"
                : $"{command.Name} needs {missing.Name}: {missing.Description}";
        }

        return wrong is null ? "the command line cannot be read" : $"{wrong.Name} needs one value each time it is given, and may be repeated only where it takes a list";
    }

    private static bool IsFlag(string token) => token.StartsWith('-') && token.Length > 1;
}
