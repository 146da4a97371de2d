namespace Connet.Cli.Configuration;

/// <summary>What files and flags say together.</summary>
/// <param name="Root">The settings.</param>
/// <param name="Warnings">What the user should know, one sentence each; to be logged once there is a log.</param>
internal sealed record LoadedSettings(SettingsSection Root, List<string> Warnings)
{
    /// <summary>Reads files in order, and puts the flags over them.</summary>
    /// <param name="files">The paths.</param>
    /// <param name="flags">Makes the settings of the flags; the argument takes warnings.</param>
    /// <exception cref="ConfigurationException">A file cannot be read, a key is unknown, or a value is not allowed.</exception>
    public static LoadedSettings Load(IEnumerable<string> files, Func<List<string>, SettingsSection>? flags = null)
    {
        List<string> warnings = [];
        SettingsSection root = new(new Origin(null, 0, ""));
        foreach (string file in files)
        {
            SettingsMerger.Merge(root, new SettingsReader(file, warnings).Read(Toml.TomlFile.Read(file)), KeyTable.Root);
        }

        if (flags is not null)
        {
            SettingsMerger.Merge(root, flags(warnings), KeyTable.Root);
        }

        return new LoadedSettings(root, warnings);
    }
}
