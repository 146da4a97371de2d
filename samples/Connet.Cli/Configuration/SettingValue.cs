namespace Connet.Cli.Configuration;

/// <summary>A value that was read and found good.</summary>
/// <param name="Value">A string, bool, TimeSpan or list of strings, as the key's type says.</param>
/// <param name="Origin">Where it was written.</param>
/// <param name="Spelling">The dialects of the key that it was written with.</param>
internal sealed record SettingValue(object Value, Origin Origin, Spelling Spelling)
{
    /// <summary>Never the value: it may be a secret.</summary>
    public override string ToString() => Origin.ToString();
}
