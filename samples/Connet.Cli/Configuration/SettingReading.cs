namespace Connet.Cli.Configuration;

/// <summary>What came of reading a text as a setting: a value, or what is wrong.</summary>
/// <param name="Value">The value; null if there is a problem.</param>
internal readonly record struct SettingReading(object? Value)
{
    /// <summary>The text is not what the type allows.</summary>
    public static SettingReading Bad => default;

    /// <summary>A value if a condition holds.</summary>
    public static SettingReading If(bool good, object value) => good ? new(value) : Bad;
}
