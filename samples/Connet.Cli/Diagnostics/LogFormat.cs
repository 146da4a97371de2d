namespace Connet.Cli.Diagnostics;

/// <summary>How log lines look.</summary>
internal enum LogFormat
{
    /// <summary>Time, level and message.</summary>
    Text,

    /// <summary>An object a line.</summary>
    Json,
}
