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
            Key("log-level", Choice("fine", "debug", "info", "warn", "error")).WithFlag("fine, debug, info, warn or error").Without("\"info\""),
            Key("log-format", Choice("text", "json")).WithFlag("text or json").Without("\"text\"").Fixed(),
        ],
        [
            new("client", TableKind.Single, ClientKeys.Client) { Help = "connet: a client" },
            new("server", TableKind.Single, ServerKeys.Server) { Help = "connet server: control server and relay in one process" },
            new("control", TableKind.Single, ServerKeys.Control) { Help = "connet control: a control server alone" },
            new("relay", TableKind.Single, ServerKeys.Relay) { Help = "connet relay: a relay of a control server elsewhere" },
        ]);
}
