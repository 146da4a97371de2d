namespace Connet.Cli.Toml;

/// <summary>An array of values, or of tables.</summary>
internal sealed class TomlList(int line) : TomlNode(line)
{
    /// <summary>What it holds, in order.</summary>
    public List<TomlNode> Items { get; } = [];
}
