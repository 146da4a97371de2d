namespace Connet.Cli.Configuration;

/// <summary>A table in a section.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Kind">Its form.</param>
/// <param name="Section">The keys in it.</param>
internal sealed record TableDefinition(string Name, TableKind Kind, SectionDefinition Section)
{
    /// <summary>The dialects that have it.</summary>
    public Spelling Spelling { get; init; } = Spelling.Both;

    /// <summary>What it is for.</summary>
    public string Help { get; init; } = "";

    /// <summary>The name of the settings, where an older table has a newer name.</summary>
    public string Target { get; init; } = Name;
}
