using System.CommandLine;
using Connet.Cli.Configuration;
using Connet.Cli.Services;

namespace Connet.Cli.Commands;

/// <summary>A command that runs a service with the settings of files and flags.</summary>
internal sealed class ServiceCommand
{
    private readonly string _section;
    private readonly Func<IConnetService> _service;
    private readonly FlagSettings _rootFlags = new(KeyTable.Root);
    private readonly FlagSettings _flags;
    private readonly EndpointFlags[] _endpoints;
    private readonly Option<string[]> _config = new("--config") { HelpName = "file", Description = "a TOML file; may be repeated, later ones override" };
    private readonly Option<bool> _failFast = new("--fail-fast") { Description = "end if the server cannot be reached at start, or refuses the token later, instead of trying on" };

    /// <summary>Adds the flags and the action to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="section">Its section in files.</param>
    /// <param name="service">Makes what it runs.</param>
    public ServiceCommand(Command command, string section, Func<IConnetService> service)
    {
        _section = section;
        _service = service;
        _flags = new FlagSettings(KeyTable.Root.FindTable(section)!.Section);
        _endpoints = section == "client"
            ? [new EndpointFlags("destinations", "dst-", ClientKeys.Destination), new EndpointFlags("sources", "src-", ClientKeys.Source)]
            : [];
        command.Options.Add(_config);
        _flags.AddTo(command);
        foreach (EndpointFlags endpoint in _endpoints)
        {
            endpoint.AddTo(command);
        }

        if (section is "client" or "relay")
        {
            command.Options.Add(_failFast);
        }

        _rootFlags.AddTo(command);
        command.SetAction(RunAsync);
    }

    /// <summary>The settings of a command line.</summary>
    /// <exception cref="ConfigurationException">A file or a flag is wrong.</exception>
    public LoadedSettings Load(ParseResult parsed) => LoadedSettings.Load(parsed.GetValue(_config) ?? [], warnings => ReadFlags(parsed, warnings));

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        SettingsSource source = new(parsed.GetValue(_config) ?? [], () => Load(parsed));
        await HostRunner.RunAsync(_service, source, parsed.GetValue(_failFast), cancellationToken);
        return 0;
    }

    private SettingsSection ReadFlags(ParseResult parsed, List<string> warnings)
    {
        SettingsSection root = _rootFlags.Read(parsed, warnings);
        SettingsSection section = _flags.Read(parsed, warnings);
        foreach (EndpointFlags endpoint in _endpoints)
        {
            endpoint.Read(parsed, section, warnings);
        }

        root.NamedOrNew("")[_section] = section;
        return root;
    }
}
