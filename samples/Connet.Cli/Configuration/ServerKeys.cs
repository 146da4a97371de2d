using static Connet.Cli.Configuration.KeyForms;
using static Connet.Cli.Configuration.SettingTypes;

namespace Connet.Cli.Configuration;

/// <summary>The keys of the three server sections.</summary>
internal static class ServerKeys
{
    /// <summary>What <c>--tokens-allow-cidr</c> sets.</summary>
    public const string TokensAllow = "tokens-allow-cidrs";

    /// <summary>What <c>--tokens-deny-cidr</c> sets.</summary>
    public const string TokensDeny = "tokens-deny-cidrs";

    /// <summary>Keys of access rules that stand in an ingress and in a token's restriction.</summary>
    private static readonly KeyDefinition[] s_cidrs =
    [
        Key("allow-cidrs", Cidr.List()).Means("addresses that may connect; all if empty", "[]") with { Example = "[\"192.0.2.0/24\", \"2001:db8::/32\"]" },
        Key("deny-cidrs", Cidr.List()).Means("addresses that may not connect, even if they are allowed", "[]"),
    ];

    private static readonly KeyDefinition[] s_certificate =
    [
        Key("cert-file", FilePath).Means("the certificate chain in PEM, the server's first (connet gen-cert)"),
        Key("key-file", FilePath).Means("the key of the certificate in PEM"),
    ];

    private static readonly SectionDefinition s_relayIngress = new(
        [
            Key("addr", Address).Means("the UDP address", "\":19191\"").Fixed(),
            Key("hostports", HostPort.List()).Means("what clients are told to dial: host:port, host or :port", "[\"localhost\"]").Fixed(),
            .. s_cidrs,
        ],
        []);

    private static readonly SectionDefinition s_relayTokenRestriction = new(s_cidrs, []);

    private static readonly SectionDefinition s_tokenRestriction = new(
        [
            .. s_cidrs,
            Key("name-matches", Expression).Means("a regular expression that endpoint names must match somewhere; use ^ and $ for the whole name", "\"\""),
            Key("role-matches", Role.List()).Means("what endpoints may be: source, destination; both if empty", "[]"),
        ],
        []);

    /// <summary>The keys of <c>[server]</c>.</summary>
    public static SectionDefinition Server { get; } = new(
        [
            .. OlderIngress("ingress"),
            .. CidrFlags("", "ingress"),
            .. Tokens("tokens", "clients' tokens"),
            FlagOnly("tokens-allow-cidr", Cidr.List(), new(null, TokensAllow), "addresses from which the clients' tokens are good, all of them, in place of the restrictions' allow-cidrs; may be repeated"),
            FlagOnly("tokens-deny-cidr", Cidr.List(), new(null, TokensDeny), "addresses from which the clients' tokens are not good, any of them, in place of the restrictions' deny-cidrs; may be repeated"),
            Key("relay-addr", Address).OlderFor(new KeyTarget("relay-ingress", "addr")).WithFlag("where clients reach the relay"),
            (Key("relay-hostname", Host) with { Convert = One }).OlderFor(new KeyTarget("relay-ingress", "hostports")).WithFlag("the host that clients are told for the relay"),
            FlagOnly("relay-hostport", HostPort.List(), new("relay-ingress", "hostports"), "host and port that clients are told for the relay"),
            .. CidrFlags("relay-", "relay-ingress"),
            .. EndpointExpiry(),
            StatusAddress(),
            StoreDirectory(),
        ],
        [
            new("ingress", TableKind.Array, Ingress(":19190")) { Spelling = Spelling.Newer, Help = "where clients connect; may be repeated" },
            new("relay-ingress", TableKind.Array, s_relayIngress) { Spelling = Spelling.Newer, Help = "where clients reach the relay; may be repeated" },
            new("token-restriction", TableKind.Array, s_tokenRestriction) { Help = "what a token permits: one for each of tokens, in order, or none at all" },
        ]);

    /// <summary>The keys of <c>[control]</c>.</summary>
    public static SectionDefinition Control { get; } = new(
        [
            Key("clients-addr", Address).OlderFor(new KeyTarget("clients-ingress", "addr")).WithFlag("where clients connect"),
            Key("relays-addr", Address).OlderFor(new KeyTarget("relays-ingress", "addr")).WithFlag("where relays connect"),
            .. CertificateFiles(new KeyTarget("clients-ingress", "cert-file"), new KeyTarget("relays-ingress", "cert-file")),
            .. CertificateFlags("clients-", "clients-ingress"),
            .. CertificateFlags("relays-", "relays-ingress"),
            .. OlderRestriction("clients-ip-restriction", "clients-ingress"),
            .. OlderRestriction("relays-ip-restriction", "relays-ingress"),
            .. CidrFlags("clients-", "clients-ingress"),
            .. CidrFlags("relays-", "relays-ingress"),
            .. Tokens("clients-tokens", "clients' tokens"),
            .. Tokens("relays-tokens", "relays' tokens"),
            .. EndpointExpiry(),
            StatusAddress(),
            StoreDirectory(),
        ],
        [
            new("clients-ingress", TableKind.Array, Ingress(":19190")) { Spelling = Spelling.Newer, Help = "where clients connect; may be repeated" },
            new("relays-ingress", TableKind.Array, Ingress(":19189")) { Spelling = Spelling.Newer, Help = "where relays connect; may be repeated" },
            new("clients-token-restriction", TableKind.Array, s_tokenRestriction) { Help = "what a client's token permits: one for each of clients-tokens, in order, or none at all" },
            new("relays-token-restriction", TableKind.Array, s_relayTokenRestriction)
            {
                Spelling = Spelling.Newer,
                Help = "what a relay's token permits: one for each of relays-tokens, in order, or none at all",
            },
            new("relays-token-ip-restriction", TableKind.Array, s_relayTokenRestriction) { Spelling = Spelling.Older, Target = "relays-token-restriction" },
        ]);

    /// <summary>The keys of <c>[relay]</c>.</summary>
    public static SectionDefinition Relay { get; } = new(
        [
            .. Token("who the relay is, to the control server"),
            Key("addr", Address).OlderFor(new KeyTarget("ingress", "addr")).WithFlag("where clients reach the relay"),
            (Key("hostname", Host) with { Convert = One }).OlderFor(new KeyTarget("ingress", "hostports")).WithFlag("the host that clients are told for the relay"),
            FlagOnly("hostport", HostPort.List(), new("ingress", "hostports"), "host and port that clients are told for the relay"),
            .. CidrFlags("", "ingress"),
            Key("control-addr", ServerAddress).WithFlag("the control server").Without("\"localhost:19189\"").Fixed(),
            Newer("control-cas-file", FilePath).WithFlag("PEM file of certificates that vouch for the control server; the system's if not set"),
            Key("control-cas", FilePath).OlderFor(new KeyTarget(null, "control-cas-file")).WithFlag("older name of --control-cas-file"),
            Newer("control-name", Host).WithFlag("the name to verify in the control server's certificate; the host of control-addr if not set"),
            Newer("metadata", Text).WithFlag("free text that describes the relay to operators").Without("\"\""),
            HandshakeIdleTimeout(),
            StatusAddress(),
            StoreDirectory(),
        ],
        [new("ingress", TableKind.Array, s_relayIngress) { Spelling = Spelling.Newer, Help = "where clients reach the relay; may be repeated" }]);

    private static SectionDefinition Ingress(string address) => new([Key("addr", Address).Means("the UDP address", $"\"{address}\"").Fixed(), .. s_certificate, .. s_cidrs], []);
}
