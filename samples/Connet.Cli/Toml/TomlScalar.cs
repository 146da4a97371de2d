namespace Connet.Cli.Toml;

/// <summary>A text, number, truth value or date.</summary>
/// <param name="line">Where it stands.</param>
/// <param name="value">A string, long, double or bool; null for what no setting is (dates).</param>
internal sealed class TomlScalar(int line, object? value) : TomlNode(line)
{
    /// <summary>A string, long, double or bool; null for what no setting is (dates).</summary>
    public object? Value { get; } = value;
}
