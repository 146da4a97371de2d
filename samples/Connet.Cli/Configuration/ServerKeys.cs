using static Connet.Cli.Configuration.KeyForms;
using static Connet.Cli.Configuration.SettingTypes;

namespace Connet.Cli.Configuration;

/// <summary>The keys of the three server sections.</summary>
internal static class ServerKeys
{
    /// <summary>Keys of access rules that stand in an ingress and in a token's restriction.</summary>
    private static readonly KeyDefinition[] s_cidrs = [Key("allow-cidrs", Cidr.List()), Key("deny-cidrs", Cidr.List())];

    private static readonly SectionDefinition s_ingress = new(
        [Key("addr", Address), Key("cert-file", FilePath), Key("key-file", FilePath), .. s_cidrs], []);

    private static readonly SectionDefinition s_relayIngress = new([Key("addr", Address), Key("hostports", HostPort.List()), .. s_cidrs], []);

    private static readonly SectionDefinition s_relayTokenRestriction = new(s_cidrs, []);

    private static readonly SectionDefinition s_tokenRestriction = new(
        [.. s_cidrs, Key("name-matches", Expression), Key("role-matches", Role.List())], []);

    /// <summary>The keys of <c>[server]</c>.</summary>
    public static SectionDefinition Server { get; } = new(
        [
            .. OlderIngress("ingress"),
            .. CidrFlags("", "ingress"),
            .. Tokens("tokens", "clients' tokens"),
            Key("relay-addr", Address).OlderFor(new KeyTarget("relay-ingress", "addr")).WithFlag("where clients reach the relay"),
            (Key("relay-hostname", Host) with { Convert = One }).OlderFor(new KeyTarget("relay-ingress", "hostports")).WithFlag("the host that clients are told for the relay"),
            FlagOnly("relay-hostport", HostPort.List(), new("relay-ingress", "hostports"), "host and port that clients are told for the relay"),
            .. CidrFlags("relay-", "relay-ingress"),
            .. EndpointExpiry(),
            StatusAddress(),
            StoreDirectory(),
        ],
        [
            new("ingress", TableKind.Array, s_ingress) { Spelling = Spelling.Newer },
            new("relay-ingress", TableKind.Array, s_relayIngress) { Spelling = Spelling.Newer },
            new("token-restriction", TableKind.Array, s_tokenRestriction),
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
            new("clients-ingress", TableKind.Array, s_ingress) { Spelling = Spelling.Newer },
            new("relays-ingress", TableKind.Array, s_ingress) { Spelling = Spelling.Newer },
            new("clients-token-restriction", TableKind.Array, s_tokenRestriction),
            new("relays-token-restriction", TableKind.Array, s_relayTokenRestriction) { Spelling = Spelling.Newer },
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
            Key("control-addr", ServerAddress).WithFlag("the control server (default localhost:19189)"),
            Newer("control-cas-file", FilePath).WithFlag("PEM file of certificates that vouch for the control server"),
            Key("control-cas", FilePath).OlderFor(new KeyTarget(null, "control-cas-file")).WithFlag("older name of --control-cas-file"),
            Newer("control-name", Host).WithFlag("the name to verify in the control server's certificate"),
            Newer("metadata", Text).WithFlag("free text that describes the relay to operators"),
            Newer("handshake-idle-timeout", Duration).WithFlag("how long a handshake may be silent (default 5s)"),
            StatusAddress(),
            StoreDirectory(),
        ],
        [new("ingress", TableKind.Array, s_relayIngress) { Spelling = Spelling.Newer }]);
}
