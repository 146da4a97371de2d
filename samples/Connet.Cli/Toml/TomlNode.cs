namespace Connet.Cli.Toml;

/// <summary>A value of a TOML file, and the line where it stands (from 1).</summary>
internal abstract class TomlNode(int line)
{
    /// <summary>The line of the value, or of the key or header that introduces it.</summary>
    public int Line { get; } = line;
}
