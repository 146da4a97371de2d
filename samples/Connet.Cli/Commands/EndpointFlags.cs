using System.CommandLine;
using Connet.Cli.Configuration;

namespace Connet.Cli.Commands;

/// <summary>The flags that describe one endpoint without a file.</summary>
internal sealed class EndpointFlags
{
    private readonly string _table;
    private readonly Option<string> _name;
    private readonly FlagSettings _flags;

    /// <summary>Makes the flags.</summary>
    /// <param name="table">The table that the endpoint goes into.</param>
    /// <param name="prefix">Goes before each flag (<c>dst-</c>).</param>
    /// <param name="definition">The endpoint's keys.</param>
    public EndpointFlags(string table, string prefix, SectionDefinition definition)
    {
        _table = table;
        _name = new Option<string>($"--{prefix}name") { HelpName = "name", Description = $"the name of an endpoint beside those of the files ({table})" };
        _flags = new FlagSettings(definition, prefix);
    }

    /// <summary>Adds the flags to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_name);
        _flags.AddTo(command);
    }

    /// <summary>Adds the endpoint to the settings of the client, if there is one.</summary>
    /// <exception cref="ConfigurationException">A value is not allowed, or there are flags but no name.</exception>
    public void Read(ParseResult parsed, SettingsSection client, List<string> warnings)
    {
        if (parsed.GetValue(_name) is { Length: > 0 } name)
        {
            client.NamedOrNew(_table)[name] = _flags.Read(parsed, warnings);
        }
        else if (_flags.FirstGiven(parsed) is { } flag)
        {
            throw new ConfigurationException($"{flag} needs {_name.Name}");
        }
    }
}
