namespace Connet.Cli.Configuration;

/// <summary>The dialects that know a key.</summary>
[Flags]
internal enum Spelling
{
    /// <summary>The older dialect.</summary>
    Older = 1,

    /// <summary>The newer dialect, which wins where a file has both spellings of a key.</summary>
    Newer = 2,

    /// <summary>The same key in both.</summary>
    Both = Older | Newer,

    /// <summary>No key of a file: a flag alone.</summary>
    FlagOnly = 4,
}
