namespace Connet.Cli.Configuration;

/// <summary>The keys and tables of a section.</summary>
internal sealed class SectionDefinition(IReadOnlyList<KeyDefinition> keys, IReadOnlyList<TableDefinition> tables)
{
    /// <summary>The keys.</summary>
    public IReadOnlyList<KeyDefinition> Keys { get; } = keys;

    /// <summary>The tables.</summary>
    public IReadOnlyList<TableDefinition> Tables { get; } = tables;

    /// <summary>What may stand in a file.</summary>
    public IEnumerable<string> Names =>
        Keys.Where(key => key.Spelling != Spelling.FlagOnly).Select(key => key.Name).Concat(Tables.Select(table => table.Name));

    /// <summary>The key of a file, if there is one of that name.</summary>
    public KeyDefinition? FindKey(string name) => Keys.FirstOrDefault(key => key.Name == name && key.Spelling != Spelling.FlagOnly);

    /// <summary>The table of a name, if there is one.</summary>
    public TableDefinition? FindTable(string name) => Tables.FirstOrDefault(table => table.Name == name);

    /// <summary>Whether the name is a table whose keys are written down with dots.</summary>
    public bool IsPrefix(string name) => Keys.Any(key => key.Spelling != Spelling.FlagOnly && key.Name.StartsWith(name + ".", StringComparison.Ordinal));

    /// <summary>The keys that replace each other with the one that sets a value.</summary>
    public IEnumerable<string> GroupOf(string target)
    {
        string? group = Keys.FirstOrDefault(key => key.Targets[0] == new KeyTarget(null, target))?.Group;
        return group is null ? [] : Keys.Where(key => key.Group == group).Select(key => key.Targets[0].Key);
    }
}
