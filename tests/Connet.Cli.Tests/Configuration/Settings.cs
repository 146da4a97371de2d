using Connet.Cli.Configuration;
using Connet.Cli.Toml;

namespace Connet.Cli.Tests.Configuration;

/// <summary>Reads settings from text, and shows one of them as text.</summary>
internal static class Settings
{
    public static LoadedSettings Load(params string[] files)
    {
        List<string> warnings = [];
        SettingsSection root = new(new Origin(null, 0, ""));
        for (int i = 0; i < files.Length; i++)
        {
            string name = $"file{i + 1}.toml";
            SettingsMerger.Merge(root, new SettingsReader(name, warnings).Read(TomlFile.Parse(files[i], name)), KeyTable.Root);
        }

        return new LoadedSettings(root, warnings);
    }

    public static string Error(params string[] files) => Assert.Throws<ConfigurationException>(() => Load(files))!.Message;

    /// <summary>A value by its path: sections by name, items of arrays by number.</summary>
    public static string? Show(SettingsSection root, string path)
    {
        string[] parts = path.Split('/');
        SettingsSection section = root;
        for (int i = 0; i < parts.Length - 1; i++)
        {
            if (section.Arrays.TryGetValue(parts[i], out List<SettingsSection>? items))
            {
                section = items[int.Parse(parts[++i], System.Globalization.CultureInfo.InvariantCulture)];
            }
            else if (section.Named.TryGetValue(parts[i], out OrderedDictionary<string, SettingsSection>? tables))
            {
                section = tables[parts[++i]];
            }
            else
            {
                section = section.Single(parts[i]);
            }
        }

        return section.Values.GetValueOrDefault(parts[^1])?.Value switch
        {
            null => null,
            IReadOnlyList<string> list => string.Join(' ', list),
            TimeSpan time => time.TotalMilliseconds.ToString(System.Globalization.CultureInfo.InvariantCulture) + "ms",
            object value => value.ToString(),
        };
    }
}
