namespace Connet.Cli.Configuration;

/// <summary>What a key sets: a value of its own section, or of the items of an array of tables in it.</summary>
/// <param name="Array">The array; null for the section itself.</param>
/// <param name="Key">The name of the setting there, as the newer dialect calls it.</param>
internal readonly record struct KeyTarget(string? Array, string Key);
