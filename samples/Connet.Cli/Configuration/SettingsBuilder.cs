namespace Connet.Cli.Configuration;

/// <summary>Collects the settings of one section of one file, or of the flags, and settles what is written in both dialects.</summary>
internal sealed class SettingsBuilder(Origin origin, List<string> warnings)
{
    private readonly SettingsSection _section = new(origin);

    /// <summary>What older keys say about the items of an array.</summary>
    private readonly Dictionary<string, SettingsSection> _itemValues = [];

    private readonly Dictionary<string, TableDefinition> _arrays = [];

    /// <summary>Adds a value as it was written.</summary>
    /// <exception cref="ConfigurationException">It is not allowed.</exception>
    public void Add(KeyDefinition key, string text, Origin at)
    {
        if (Read(key, text, at) is { } value && IsWanted(key, [text], at))
        {
            Store(key, value, at);
        }
    }

    /// <summary>Adds the values of a list as they were written.</summary>
    /// <exception cref="ConfigurationException">One is not allowed.</exception>
    public void AddList(KeyDefinition key, IEnumerable<(string Text, Origin At)> items, Origin at)
    {
        (string Text, Origin At)[] all = [.. items];
        List<string> values = [.. all.Select(item => (string)Read(key, item.Text, item.At)!)];
        if (IsWanted(key, [.. all.Select(item => item.Text)], at))
        {
            Store(key, values, at);
        }
    }

    /// <summary>Adds a table with a name.</summary>
    public void AddTable(string kind, string name, SettingsSection table) => _section.NamedOrNew(kind)[name] = table;

    /// <summary>Adds an array of tables.</summary>
    public void AddArray(TableDefinition definition, Origin at, List<SettingsSection> items)
    {
        if (_arrays.TryGetValue(definition.Target, out TableDefinition? other))
        {
            bool wins = definition.Spelling != Spelling.Older;
            warnings.Add($"{at} and {other.Name} say the same: {(wins ? definition.Name : other.Name)} holds");
            if (!wins)
            {
                return;
            }
        }

        _arrays[definition.Target] = definition;
        _section.Arrays[definition.Target] = items;
    }

    /// <summary>The settings.</summary>
    public SettingsSection Build()
    {
        foreach ((string array, SettingsSection values) in _itemValues)
        {
            if (!_section.Arrays.TryGetValue(array, out List<SettingsSection>? items) || items.Count == 0)
            {
                _section.Arrays[array] = [values];
                continue;
            }

            foreach ((string key, SettingValue value) in values.Values)
            {
                if (items.Any(item => item.Has(key)))
                {
                    warnings.Add($"{value.Origin} is overridden by {key} of [[{items[0].Origin.Key}]]");
                }

                foreach (SettingsSection item in items)
                {
                    item.Values.TryAdd(key, value);
                }
            }
        }

        return _section;
    }

    private static object? Read(KeyDefinition key, string text, Origin at)
    {
        if (key.Off.Contains(text))
        {
            return text;
        }

        string shown = key.Type.IsSecret ? "" : $", not '{text.ReplaceLineEndings(" ")}'";
        return key.Type.Read(text).Value ?? throw new ConfigurationException($"{at} must be {key.Type.Allowed}{shown}");
    }

    /// <summary>Whether the key is one to act on.</summary>
    private bool IsWanted(KeyDefinition key, string[] texts, Origin at)
    {
        if (key.Availability == Availability.Available)
        {
            return true;
        }

        if (!texts.All(key.Off.Contains))
        {
            warnings.Add($"{at} is not available in this version yet and does nothing");
        }

        return false;
    }

    private void Store(KeyDefinition key, object value, Origin at)
    {
        SettingValue setting = new(key.Convert?.Invoke(value) ?? value, at, key.Spelling);
        foreach (KeyTarget target in key.Targets)
        {
            Dictionary<string, SettingValue> values = (target.Array is null ? _section : ItemValues(target.Array, at)).Values;
            if (values.TryGetValue(target.Key, out SettingValue? other))
            {
                bool wins = key.Spelling != Spelling.Older;
                warnings.Add($"{at} and {other.Origin.Key} say the same: {(wins ? at.Key : other.Origin.Key)} holds");
                if (!wins)
                {
                    continue;
                }
            }

            values[target.Key] = setting;
        }
    }

    private SettingsSection ItemValues(string array, Origin at)
    {
        if (!_itemValues.TryGetValue(array, out SettingsSection? values))
        {
            _itemValues[array] = values = new SettingsSection(at with { Key = origin.Key });
        }

        return values;
    }
}
