namespace Connet.Cli.Toml;

/// <summary>A table, however it was written: with a header, inline, or by dotted keys.</summary>
internal sealed class TomlSection(int line) : TomlNode(line)
{
    /// <summary>The keys in the order of the file.</summary>
    public OrderedDictionary<string, TomlNode> Entries { get; } = [];
}
