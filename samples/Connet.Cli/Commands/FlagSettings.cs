using System.CommandLine;
using Connet.Cli.Configuration;

namespace Connet.Cli.Commands;

/// <summary>The flags of one section, made from its keys.</summary>
internal sealed class FlagSettings
{
    private readonly List<(KeyDefinition Key, Option Option)> _options = [];
    private readonly string _prefix;

    /// <summary>Makes the flags.</summary>
    /// <param name="definition">The section.</param>
    /// <param name="prefix">Goes before each flag (<c>dst-</c>).</param>
    public FlagSettings(SectionDefinition definition, string prefix = "")
    {
        _prefix = prefix;
        foreach (KeyDefinition key in definition.Keys.Where(key => key.Flag is not null))
        {
            string name = $"--{prefix}{key.Flag}";
            Option option = key.Type switch
            {
                { IsList: true } => new Option<string[]>(name) { AllowMultipleArgumentsPerToken = false, HelpName = "value" },
                { IsSwitch: true } => new Option<string>(name) { Arity = ArgumentArity.ZeroOrOne, HelpName = "true|false" },
                _ => new Option<string>(name) { HelpName = "value" },
            };
            option.Description = key.Default is null or "\"\"" ? key.Help : $"{key.Help} (default {key.Default.Trim('"')})";
            _options.Add((key, option));
        }
    }

    /// <summary>Adds the flags to a command.</summary>
    public void AddTo(Command command)
    {
        foreach ((_, Option option) in _options)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The first flag that was given; null if there is none.</summary>
    public string? FirstGiven(ParseResult parsed) => _options.FirstOrDefault(each => IsGiven(parsed, each.Option)).Option?.Name;

    /// <summary>The settings of the flags that were given.</summary>
    /// <exception cref="ConfigurationException">A value is not allowed.</exception>
    public SettingsSection Read(ParseResult parsed, List<string> warnings)
    {
        SettingsBuilder builder = new(new Origin(null, 0, "--" + _prefix), warnings);
        foreach ((KeyDefinition key, Option option) in _options.Where(each => IsGiven(parsed, each.Option)))
        {
            Origin origin = new(null, 0, option.Name);
            if (option is Option<string[]> list)
            {
                IEnumerable<string> values = parsed.GetValue(list) ?? [];
                builder.AddList(key, values.SelectMany(value => key.FlagTakesCommas ? value.Split(',', StringSplitOptions.TrimEntries) : [value]).Select(value => (value, origin)), origin);
            }
            else
            {
                builder.Add(key, parsed.GetValue((Option<string>)option) ?? "true", origin);
            }
        }

        return builder.Build();
    }

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };
}
