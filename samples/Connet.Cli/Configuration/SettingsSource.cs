namespace Connet.Cli.Configuration;

/// <summary>Where the settings of a command come from; they can be read again.</summary>
/// <param name="Files">The files, in order.</param>
/// <param name="Load">Reads files and flags.</param>
internal sealed record SettingsSource(IReadOnlyList<string> Files, Func<LoadedSettings> Load);
