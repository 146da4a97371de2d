namespace Connet.Cli.Configuration;

/// <summary>The forms of tables in a section.</summary>
internal enum TableKind
{
    /// <summary>One table.</summary>
    Single,

    /// <summary>Tables with names of the user's own choice.</summary>
    Named,

    /// <summary>An array of tables.</summary>
    Array,
}
