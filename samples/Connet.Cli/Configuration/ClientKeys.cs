using static Connet.Cli.Configuration.KeyForms;
using static Connet.Cli.Configuration.SettingTypes;

namespace Connet.Cli.Configuration;

/// <summary>The keys of the client's sections.</summary>
internal static class ClientKeys
{
    private static readonly string[] s_empty = [""];

    /// <summary>The keys of <c>[client.destinations.NAME]</c>.</summary>
    public static SectionDefinition Destination { get; } = new(
        [
            .. Endpoint(DestinationUrl, "what the destination forwards to, such as tcp://127.0.0.1:3000"),
            Key("file-server-root", FilePath) with { Availability = Availability.Refused, Off = s_empty, Flag = "file-server-root", Help = "the folder that the destination serves (not available in this version yet)" },
            Key("proxy-proto-version", Choice(["v1", "v2"])) with { Availability = Availability.Refused, Off = ["", "none"] },
            Newer("cas-file", FilePath) with { Availability = Availability.Refused, Off = s_empty, Flag = "cas-file", Help = "for tls and https (not available in this version yet)" },
            Newer("cert-file", FilePath) with { Availability = Availability.Refused, Off = s_empty },
            Newer("key-file", FilePath) with { Availability = Availability.Refused, Off = s_empty },
        ],
        []);

    /// <summary>The keys of <c>[client.sources.NAME]</c>.</summary>
    public static SectionDefinition Source { get; } = new(
        [
            .. Endpoint(SourceUrl, "where the source listens, such as tcp://127.0.0.1:8000"),
            Newer("cert-file", FilePath) with { Availability = Availability.Refused, Off = s_empty, Flag = "cert-file", Help = "for tls, https and wss (not available in this version yet)" },
            Newer("key-file", FilePath) with { Availability = Availability.Refused, Off = s_empty, Flag = "key-file", Help = "for tls, https and wss (not available in this version yet)" },
            Newer("cas-file", FilePath) with { Availability = Availability.Refused, Off = s_empty },
            Newer("lb-policy", Choice(["least-latency", "least-conns", "round-robin", "random"])) with { Availability = Availability.Refused, Off = s_empty },
            Newer("lb-retry", Choice(["count", "timed", "all"])) with { Availability = Availability.Refused, Off = s_empty },
            Newer("lb-retry-max", Text with { TakesNumbers = true }) with { Availability = Availability.Refused, Off = ["", "0"] },
        ],
        []);

    /// <summary>The keys of <c>[client]</c>.</summary>
    public static SectionDefinition Client { get; } = new(
        [
            .. Token("who the client is, to the control server"),
            Newer("metadata", Text).WithFlag("free text that identifies this client to peers and operators"),
            Key("server-addr", ServerAddress).WithFlag("the control server (default 127.0.0.1:19190)"),
            Newer("server-cas-file", FilePath).WithFlag("PEM file of certificates that vouch for the control server"),
            Key("server-cas", FilePath).OlderFor(new KeyTarget(null, "server-cas-file")).WithFlag("older name of --server-cas-file"),
            Newer("server-name", Host).WithFlag("the name to verify in the control server's certificate"),
            Key("direct-addr", Address).WithFlag("the client's UDP socket (default :19192)"),
            Newer("direct-stateless-reset-key", ResetKey) with { Group = "direct-stateless-reset-key" },
            Newer("direct-stateless-reset-key-file", FilePath) with { Group = "direct-stateless-reset-key" },
            StatusAddress(),
            (Newer("nat-pmp", Choice(["system", "dial", "disabled"])) with { Availability = Availability.Ignored, Off = ["disabled"] })
                .WithFlag("system, dial or disabled (not available in this version yet)"),
            Newer("handshake-idle-timeout", Duration).WithFlag("how long a handshake may be silent (default 5s)"),
            Newer("relay-encryptions", Encryption.List()) with { Flag = "relay-encryption", FlagTakesCommas = true, Help = "dhxcp, none; in order of preference" },
        ],
        [
            new("destinations", TableKind.Named, Destination),
            new("sources", TableKind.Named, Source),
        ]);

    private static IEnumerable<KeyDefinition> Endpoint(SettingType url, string meaning) =>
    [
        Newer("url", url).WithFlag(meaning),
        (Key("addr", Address) with { Convert = address => "tcp://" + address }).OlderFor(new KeyTarget(null, "url")).WithFlag("older name of url, as host:port"),
        Key("route", Route).WithFlag("any (default), direct or relay"),
        Newer("relay-encryptions", Encryption.List()) with { Flag = "relay-encryption", FlagTakesCommas = true, Help = "dhxcp, none; in order of preference" },
        Newer("dial-timeout", Duration) with { Help = "how long reaching the other end may take" },
    ];
}
