namespace Connet.Cli.Configuration;

/// <summary>Whether this version acts on a key.</summary>
internal enum Availability
{
    /// <summary>It does.</summary>
    Available,

    /// <summary>Not yet, and nothing breaks without it: a warning.</summary>
    Ignored,
}
