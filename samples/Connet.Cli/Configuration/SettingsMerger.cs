namespace Connet.Cli.Configuration;

/// <summary>Puts later settings over earlier ones.</summary>
internal static class SettingsMerger
{
    /// <summary>Changes the earlier settings: later values replace theirs, tables merge by name, arrays item by item if their lengths match.</summary>
    public static void Merge(SettingsSection earlier, SettingsSection later, SectionDefinition definition)
    {
        foreach (string key in later.Values.Keys.SelectMany(definition.GroupOf))
        {
            earlier.Values.Remove(key);
        }

        foreach ((string key, SettingValue value) in later.Values)
        {
            earlier.Values[key] = value;
        }

        foreach ((string kind, OrderedDictionary<string, SettingsSection> tables) in later.Named)
        {
            OrderedDictionary<string, SettingsSection> into = earlier.NamedOrNew(kind);
            foreach ((string name, SettingsSection table) in tables)
            {
                if (into.TryGetValue(name, out SettingsSection? existing))
                {
                    Merge(existing, table, definition.FindTable(kind.Length == 0 ? name : kind)!.Section);
                }
                else
                {
                    into[name] = table;
                }
            }
        }

        foreach ((string name, List<SettingsSection> items) in later.Arrays)
        {
            if (earlier.Arrays.TryGetValue(name, out List<SettingsSection>? existing) && existing.Count == items.Count)
            {
                foreach ((SettingsSection first, SettingsSection second) in existing.Zip(items))
                {
                    Merge(first, second, definition.FindTable(name)!.Section);
                }
            }
            else
            {
                earlier.Arrays[name] = items;
            }
        }
    }
}
