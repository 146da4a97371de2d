namespace Connet.Cli.Configuration;

/// <summary>Finds the files that settings name.</summary>
internal static class SettingFiles
{
    /// <summary>The files of tokens, certificates and keys of a section and its tables.</summary>
    public static IEnumerable<string> Of(SettingsSection section) =>
        section.Values.Where(each => each.Key.EndsWith("-file", StringComparison.Ordinal))
            .Select(each => each.Value.Value)
            .OfType<string>()
            .Where(path => path.Length > 0 && path != ClientKeys.SkipVerification)
            .Concat(section.Arrays.Values.SelectMany(items => items).SelectMany(Of))
            .Concat(section.Named.Values.SelectMany(tables => tables.Values).SelectMany(Of))
            .Distinct();
}
