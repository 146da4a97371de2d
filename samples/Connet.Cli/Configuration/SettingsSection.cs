namespace Connet.Cli.Configuration;

/// <summary>The settings of a section, by the names of the newer dialect.</summary>
internal sealed class SettingsSection(Origin origin)
{
    /// <summary>Where the section was first written.</summary>
    public Origin Origin { get; } = origin;

    /// <summary>The values.</summary>
    public Dictionary<string, SettingValue> Values { get; } = [];

    /// <summary>The tables by the names that the user chose, by the name of the table that holds them; single tables are there under "".</summary>
    public Dictionary<string, OrderedDictionary<string, SettingsSection>> Named { get; } = [];

    /// <summary>The arrays of tables.</summary>
    public Dictionary<string, List<SettingsSection>> Arrays { get; } = [];

    /// <summary>Whether a key is set.</summary>
    public bool Has(string key) => Values.ContainsKey(key);

    /// <summary>Where a key was set; the section if it was not.</summary>
    public Origin OriginOf(string key) => Values.TryGetValue(key, out SettingValue? value) ? value.Origin : Origin;

    /// <summary>A text; null if the key is not set, or set to nothing.</summary>
    public string? Text(string key) => Get(key) is string { Length: > 0 } text ? text : null;

    /// <summary>A number; null if the key is not set.</summary>
    public int? Number(string key) => Get(key) as int?;

    /// <summary>A duration; null if the key is not set.</summary>
    public TimeSpan? Duration(string key) => Get(key) as TimeSpan?;

    /// <summary>A truth value; null if the key is not set.</summary>
    public bool? Switch(string key) => Get(key) as bool?;

    /// <summary>A list; empty if the key is not set.</summary>
    public IReadOnlyList<string> List(string key) => Get(key) as IReadOnlyList<string> ?? [];

    /// <summary>An array of tables; empty if it is not set.</summary>
    public IReadOnlyList<SettingsSection> Items(string array) => Arrays.GetValueOrDefault(array) ?? [];

    /// <summary>Tables by name; none if they are not set.</summary>
    public IReadOnlyDictionary<string, SettingsSection> Tables(string name) => Named.GetValueOrDefault(name) ?? [];

    /// <summary>A single table; an empty one if it is not set.</summary>
    public SettingsSection Single(string name) => Tables("").GetValueOrDefault(name) ?? new SettingsSection(Origin with { Key = name });

    /// <summary>The tables of a kind, made if there are none.</summary>
    public OrderedDictionary<string, SettingsSection> NamedOrNew(string name)
    {
        if (!Named.TryGetValue(name, out OrderedDictionary<string, SettingsSection>? tables))
        {
            Named[name] = tables = [];
        }

        return tables;
    }

    /// <summary>Whether a key has the same value in two sections, or is set in none.</summary>
    public static bool HaveSame(string key, SettingsSection first, SettingsSection second) =>
        first.Get(key) is IReadOnlyList<string> one && second.Get(key) is IReadOnlyList<string> other ? one.SequenceEqual(other) : Equals(first.Get(key), second.Get(key));

    private object? Get(string key) => Values.GetValueOrDefault(key)?.Value;
}
