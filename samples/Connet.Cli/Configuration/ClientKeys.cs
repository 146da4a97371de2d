using static Connet.Cli.Configuration.KeyForms;
using static Connet.Cli.Configuration.SettingTypes;

namespace Connet.Cli.Configuration;

/// <summary>The keys of the client's sections.</summary>
internal static class ClientKeys
{
    /// <summary>Written for a destination's <c>cas-file</c>: whatever certificate the service shows is accepted.</summary>
    public const string SkipVerification = "insecure-skip-verify";

    private static readonly string[] s_empty = [""];

    /// <summary>The keys of <c>[client.destinations.NAME]</c>.</summary>
    public static SectionDefinition Destination { get; } = new(
        [
            .. Endpoint(DestinationUrl, "what the destination forwards to: tcp://, tls://, unix:, udp://, http://, https:// or file:"),
            Key("file-server-root", FilePath).WithFlag("the folder to serve over HTTP (url file:); with addr, at that address of this machine too"),
            Key("proxy-proto-version", Choice("v1", "v2")).Means("the PROXY protocol header that tells the service who connects: v1 or v2", "\"\"") with { Off = ["", "none"] },
            Newer("cas-file", FilePath).WithFlag($"for tls and https: PEM file of certificates that vouch for the service, or {SkipVerification}") with { Off = s_empty },
            Newer("cert-file", FilePath).Means("for tls and https: the client certificate to show, in PEM") with { Off = s_empty },
            Newer("key-file", FilePath).Means("the key of that certificate in PEM, if it is not in the same file") with { Off = s_empty },
            DialTimeout("how long reaching the service may take, for udp finding its name; 0 waits", "\"0s\""),
        ],
        []);

    /// <summary>The keys of <c>[client.sources.NAME]</c>.</summary>
    public static SectionDefinition Source { get; } = new(
        [
            .. Endpoint(SourceUrl, "where the source listens: tcp://, tls://, unix:, udp://, http://, https://, ws:// or wss://"),
            Newer("cert-file", FilePath).WithFlag("for tls, https and wss: the server certificate in PEM") with { Off = s_empty },
            Newer("key-file", FilePath).WithFlag("the key of that certificate in PEM, if it is not in the same file") with { Off = s_empty },
            Newer("cas-file", FilePath).Means("for tls, https and wss: PEM file of certificates that client certificates must chain to, which are then required") with { Off = s_empty },
            Newer("lb-policy", Choice("least-latency", "least-conns", "round-robin", "random"))
                .Means("how connections are spread over destinations of the name: least-latency, least-conns, round-robin or random", "\"\"") with { Off = s_empty },
            Newer("lb-retry", Choice("count", "timed", "all")).Means("with lb-policy, how far a dial goes on when one fails: count, timed or all", "\"\"") with { Off = s_empty },
            Newer("lb-retry-max", Number).Means("the bound of lb-retry: destinations for count (2 if 0), milliseconds for timed (1000 if 0)", "0") with { Off = s_empty },
            DialTimeout("how long reaching one destination may take; 0 waits", "\"15s\""),
        ],
        []);

    /// <summary>The keys of <c>[client]</c>.</summary>
    public static SectionDefinition Client { get; } = new(
        [
            .. Token("who the client is, to the control server").Select(key => key.Fixed()),
            Newer("metadata", Text).WithFlag("free text that identifies this client to peers and operators").Without("\"\"").Fixed(),
            Key("server-addr", ServerAddress).WithFlag("the control server").Without("\"127.0.0.1:19190\"").Fixed(),
            Newer("server-cas-file", FilePath).WithFlag("PEM file of certificates that vouch for the control server; the system's if not set"),
            Key("server-cas", FilePath).OlderFor(new KeyTarget(null, "server-cas-file")).WithFlag("older name of --server-cas-file"),
            Newer("server-name", Host).WithFlag("the name to verify in the control server's certificate; the host of server-addr if not set").Fixed(),
            Key("direct-addr", Address).WithFlag("the client's UDP socket").Without("\":19192\"").Fixed(),
            Newer("direct-stateless-reset-key", ResetKey).Means("32 bytes in base32hex by which peers notice a restart (connet gen-key); made and kept in the cache folder if not set")
                with { Group = "direct-stateless-reset-key", NeedsRestart = true },
            Newer("direct-stateless-reset-key-file", FilePath).Means("the file of that key, 32 raw bytes (connet gen-key --out)") with { Group = "direct-stateless-reset-key", NeedsRestart = true },
            StatusAddress(),
            (Newer("nat-pmp", Choice("system", "dial", "disabled")) with { Availability = Availability.Ignored, NeedsRestart = true, Off = ["disabled"], Example = "\"disabled\"" })
                .WithFlag("system, dial or disabled (not available in this version yet)"),
            HandshakeIdleTimeout(),
            Encryptions("\"dhxcp\", \"none\"").Fixed(),
        ],
        [
            new("destinations", TableKind.Named, Destination) { Help = "a service that clients with a source of the same name reach through this client" },
            new("sources", TableKind.Named, Source) { Help = "an address of this machine that leads to the destinations of the same name" },
        ]);

    private static IEnumerable<KeyDefinition> Endpoint(SettingType url, string meaning) =>
    [
        Newer("url", url).WithFlag(meaning),
        (Key("addr", Address) with { Convert = address => "tcp://" + address }).OlderFor(new KeyTarget(null, "url")).WithFlag("older name of url, as host:port"),
        Key("route", Route).WithFlag("any, direct or relay").Without("\"any\""),
        Encryptions(null),
    ];

    private static KeyDefinition DialTimeout(string meaning, string without) => Newer("dial-timeout", DialTime).Means(meaning, without);

    /// <summary>Encryption through relays.</summary>
    /// <param name="without">What holds without the key; null where it is the client's.</param>
    private static KeyDefinition Encryptions(string? without) => Newer("relay-encryptions", Encryption.List()) with
    {
        Flag = "relay-encryption",
        FlagTakesCommas = true,
        Help = $"encryption through relays, in order of preference: dhxcp, tls, none{(without is null ? "; the client's if not set" : "")}",
        Default = without is null ? null : $"[{without}]",
        Example = "[\"dhxcp\"]",
    };
}
