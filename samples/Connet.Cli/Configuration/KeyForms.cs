using static Connet.Cli.Configuration.SettingTypes;

namespace Connet.Cli.Configuration;

/// <summary>Forms of keys that several sections share.</summary>
internal static class KeyForms
{
    /// <summary>A key of both dialects.</summary>
    public static KeyDefinition Key(string name, SettingType type) => new(name, type);

    /// <summary>A key of the newer dialect.</summary>
    public static KeyDefinition Newer(string name, SettingType type) => new(name, type) { Spelling = Spelling.Newer };

    /// <summary>A flag without a key of its own.</summary>
    public static KeyDefinition FlagOnly(string name, SettingType type, KeyTarget target, string help) =>
        new(name, type) { Spelling = Spelling.FlagOnly, Targets = [target], Flag = name, Help = help };

    /// <summary>A token and its file.</summary>
    public static IEnumerable<KeyDefinition> Token(string meaning) =>
    [
        Key("token", Secret).WithFlag(meaning) with { Group = "token" },
        Key("token-file", FilePath).WithFlag("the file whose first line is the token, instead of token") with { Group = "token" },
    ];

    /// <summary>A list of tokens and its file.</summary>
    public static IEnumerable<KeyDefinition> Tokens(string name, string meaning) =>
    [
        Key(name, Secret.List()).WithFlag($"{meaning}; may be repeated") with { Group = name },
        Key(name + "-file", FilePath).WithFlag($"a file of {meaning}, one a line, instead of {name}") with { Group = name },
    ];

    /// <summary>The older keys for the certificate of all ingresses.</summary>
    public static IEnumerable<KeyDefinition> CertificateFiles(params KeyTarget[] certificateTargets) =>
    [
        Key("cert-file", FilePath).OlderFor(certificateTargets).WithFlag("the server's certificate chain in PEM"),
        Key("key-file", FilePath).OlderFor([.. certificateTargets.Select(target => target with { Key = "key-file" })]).WithFlag("the key of the certificate in PEM"),
    ];

    /// <summary>The older keys for the one ingress of the combined server.</summary>
    public static IEnumerable<KeyDefinition> OlderIngress(string array) =>
    [
        Key("addr", Address).OlderFor(new KeyTarget(array, "addr")).WithFlag("where clients connect (default :19190)"),
        .. CertificateFiles(new KeyTarget(array, "cert-file")),
        .. OlderRestriction("ip-restriction", array),
    ];

    /// <summary>An older table of access rules.</summary>
    public static IEnumerable<KeyDefinition> OlderRestriction(string table, string array) =>
    [
        Key(table + ".allow-cidrs", Cidr.List()).OlderFor(new KeyTarget(array, "allow-cidrs")),
        Key(table + ".deny-cidrs", Cidr.List()).OlderFor(new KeyTarget(array, "deny-cidrs")),
    ];

    /// <summary>The flags for access rules.</summary>
    public static IEnumerable<KeyDefinition> CidrFlags(string prefix, string array) =>
    [
        FlagOnly(prefix + "allow-cidr", Cidr.List(), new(array, "allow-cidrs"), "addresses that may connect; may be repeated"),
        FlagOnly(prefix + "deny-cidr", Cidr.List(), new(array, "deny-cidrs"), "addresses that may not connect; may be repeated"),
    ];

    /// <summary>The flags for the certificate of one ingress.</summary>
    public static IEnumerable<KeyDefinition> CertificateFlags(string prefix, string array) =>
    [
        FlagOnly(prefix + "cert-file", FilePath, new(array, "cert-file"), "the certificate chain of this side in PEM"),
        FlagOnly(prefix + "key-file", FilePath, new(array, "key-file"), "the key of this side's certificate in PEM"),
    ];

    /// <summary>The keys of endpoint expiry.</summary>
    public static IEnumerable<KeyDefinition> EndpointExpiry() =>
    [
        Newer("endpoint-expiry-disable", Switch).WithFlag("drop the endpoints of a client at once when its connection is lost").Without("false"),
        Newer("endpoint-expiry-timeout", KeepingTime).WithFlag("how long endpoints outlive their client's connection").Without("\"30s\""),
    ];

    /// <summary>The status page.</summary>
    public static KeyDefinition StatusAddress() =>
        Key("status-addr", Address).WithFlag("where the status is served as JSON over HTTP, to whoever connects: host:port, off if not set");

    /// <summary>The state folder.</summary>
    public static KeyDefinition StoreDirectory() =>
        Key("store-dir", FilePath).WithFlag("the folder for state that outlives the process; CONNET_STATE_DIR, else STATE_DIRECTORY, else a temporary one if not set");

    /// <summary>The patience of handshakes.</summary>
    public static KeyDefinition HandshakeIdleTimeout() => Newer("handshake-idle-timeout", HandshakeTime).WithFlag("how long a handshake may be silent").Without("\"5s\"");

    /// <summary>A host name becomes the one item of a list.</summary>
    public static object One(object value)
    {
        string host = (string)value;
        return new List<string> { host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host };
    }
}
