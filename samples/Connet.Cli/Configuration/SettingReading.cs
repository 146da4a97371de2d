namespace Connet.Cli.Configuration;

/// <summary>What came of reading a text as a setting: a value, or what is wrong.</summary>
/// <param name="Value">The value; null if there is a problem.</param>
/// <param name="Unavailable">The value is a good one that this version does not act on yet.</param>
internal readonly record struct SettingReading(object? Value, bool Unavailable = false)
{
    /// <summary>The text is not what the type allows.</summary>
    public static SettingReading Bad => default;

    /// <summary>The text is good, but this version lacks what it asks for.</summary>
    public static SettingReading Later { get; } = new(null, true);

    /// <summary>A value if a condition holds.</summary>
    public static SettingReading If(bool good, object value) => good ? new(value) : Bad;
}
