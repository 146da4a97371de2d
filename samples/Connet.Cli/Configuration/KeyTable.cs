using static Connet.Cli.Configuration.KeyForms;
using static Connet.Cli.Configuration.SettingTypes;

namespace Connet.Cli.Configuration;

/// <summary>
/// Every key of every section, in both dialects: reading, suggestions for unknown keys, precedence, merging and flags all follow from it.
/// </summary>
internal static class KeyTable
{
    /// <summary>The whole file.</summary>
    public static SectionDefinition Root { get; } = new(
        [
            Key("log-level", Choice(["fine", "debug", "info", "warn", "error"])).WithFlag("fine, debug, info (default), warn or error"),
            Key("log-format", Choice(["text", "json"])).WithFlag("text (default) or json"),
        ],
        [
            new("client", TableKind.Single, ClientKeys.Client),
            new("server", TableKind.Single, ServerKeys.Server),
            new("control", TableKind.Single, ServerKeys.Control),
            new("relay", TableKind.Single, ServerKeys.Relay),
        ]);
}
