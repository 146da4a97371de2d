namespace Connet.Cli.Configuration;

/// <summary>Where a setting comes from.</summary>
/// <param name="File">The file; null for a flag.</param>
/// <param name="Line">The line in the file.</param>
/// <param name="Key">The full key (<c>client.token</c>), or the flag (<c>--token</c>).</param>
internal readonly record struct Origin(string? File, int Line, string Key)
{
    /// <summary>For the start of an error: <c>client.toml:3: client.token</c>, or <c>--token</c>.</summary>
    public override string ToString() => File is null ? Key : $"{File}:{Line}: {Key}";
}
