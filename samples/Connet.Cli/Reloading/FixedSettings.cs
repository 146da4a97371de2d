using Connet.Cli.Configuration;

namespace Connet.Cli.Reloading;

/// <summary>Keeps the settings that a running service cannot change as they are.</summary>
internal static class FixedSettings
{
    /// <summary>Puts the values in effect in place of new ones that cannot hold yet. Tables by name are left to whoever runs them.</summary>
    /// <param name="running">The settings in effect.</param>
    /// <param name="next">The new settings; afterwards the service can take them.</param>
    /// <param name="definition">Their keys.</param>
    /// <param name="path">What the section is called.</param>
    /// <returns>The keys that have changed and hold from the next start on, as they are written.</returns>
    public static List<string> Keep(SettingsSection running, SettingsSection next, SectionDefinition definition, string path)
    {
        List<string> changed = [];
        foreach (string key in FixedKeys(definition).Where(key => !SettingsSection.HaveSame(key, running, next)))
        {
            changed.Add((next.Has(key) ? next : running).OriginOf(key).Key);
            if (running.Values.TryGetValue(key, out SettingValue? value))
            {
                next.Values[key] = value;
            }
            else
            {
                next.Values.Remove(key);
            }
        }

        foreach (TableDefinition table in definition.Tables.Where(each => each.Kind == TableKind.Array && FixedKeys(each.Section).Any()))
        {
            changed.AddRange(KeepItems(running, next, table, $"{path}.{table.Target}"));
        }

        return changed;
    }

    /// <summary>
    /// Each item in effect stays where it is. What can change comes from the new item with the same fixed keys, wherever that stands: by position, the
    /// rules of one address could come to hold for another. An item that has none stays whole.
    /// </summary>
    private static List<string> KeepItems(SettingsSection running, SettingsSection next, TableDefinition table, string path)
    {
        List<SettingsSection> before = ItemsOf(running, table.Target, path);
        List<SettingsSection> after = ItemsOf(next, table.Target, path);
        if (before is [SettingsSection one] && after is [SettingsSection other])
        {
            next.Arrays[table.Target] = after;
            return Keep(one, other, table.Section, path);
        }

        List<SettingsSection> kept = [];
        foreach (SettingsSection item in before)
        {
            SettingsSection? same = after.Find(each => FixedKeys(table.Section).All(key => SettingsSection.HaveSame(key, item, each)));
            kept.Add(same ?? item);
            if (same is not null)
            {
                after.Remove(same);
            }
        }

        bool isComplete = after.Count == 0 && kept.Count == before.Count && !kept.Intersect(before).Any();
        next.Arrays[table.Target] = kept;
        return isComplete ? [] : [path];
    }

    /// <summary>None is one with the defaults.</summary>
    private static List<SettingsSection> ItemsOf(SettingsSection section, string array, string path) =>
        section.Items(array) is { Count: > 0 } items ? [.. items] : [new SettingsSection(section.Origin with { Key = path })];

    private static IEnumerable<string> FixedKeys(SectionDefinition definition) =>
        definition.Keys.Where(key => key.NeedsRestart).Select(key => key.Targets[0].Key);
}
