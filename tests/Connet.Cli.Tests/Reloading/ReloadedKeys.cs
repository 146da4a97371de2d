using Connet.Cli.Configuration;
using Connet.Cli.Tests.Configuration;

namespace Connet.Cli.Tests.Reloading;

/// <summary>Every key of the files, with another value than at the start, and what a reload makes of it. <c>@</c> stands for the folder.</summary>
internal static class ReloadedKeys
{
    private const string ResetKey = "'000000000000000000000000000000000000000000000000000g'";

    /// <summary>The settings at the start, by section and dialect, and by key.</summary>
    private static readonly Dictionary<(string Section, Spelling Dialect), (string Key, string Value)[]> s_starts = new()
    {
        [("client", Spelling.Older)] =
        [
            ("token", "'x'"), ("server-addr", "'127.0.0.1:1'"), ("direct-addr", "'127.0.0.1:0'"),
            ("destinations.*.addr", "'127.0.0.1:1'"), ("sources.*.addr", "'127.0.0.1:0'"),
        ],
        [("client", Spelling.Newer)] =
        [
            ("token", "'x'"), ("server-addr", "'127.0.0.1:1'"), ("direct-addr", "'127.0.0.1:0'"),
            ("destinations.*.url", "'tls://127.0.0.1:1'"), ("destinations.*.cert-file", "'@/cert.pem'"), ("destinations.*.key-file", "'@/key.pem'"),
            ("sources.*.url", "'tls://127.0.0.1:0'"), ("sources.*.cert-file", "'@/cert.pem'"), ("sources.*.key-file", "'@/key.pem'"),
            ("sources.*.lb-policy", "'random'"), ("sources.*.lb-retry", "'count'"),
        ],
        [("server", Spelling.Older)] =
        [
            ("tokens", "['x']"), ("addr", "'127.0.0.1:0'"), ("cert-file", "'@/cert.pem'"), ("key-file", "'@/key.pem'"), ("relay-addr", "'127.0.0.1:0'"),
            ("relay-hostname", "'localhost'"), ("store-dir", "'@/server-older'"),
        ],
        [("server", Spelling.Newer)] =
        [
            ("tokens", "['x']"), ("ingress[].addr", "'127.0.0.1:0'"), ("ingress[].cert-file", "'@/cert.pem'"), ("ingress[].key-file", "'@/key.pem'"),
            ("relay-ingress[].addr", "'127.0.0.1:0'"), ("store-dir", "'@/server-newer'"),
        ],
        [("control", Spelling.Older)] =
        [
            ("clients-tokens", "['x']"), ("relays-tokens", "['r']"), ("clients-addr", "'127.0.0.1:0'"), ("relays-addr", "'127.0.0.1:0'"),
            ("cert-file", "'@/cert.pem'"), ("key-file", "'@/key.pem'"), ("store-dir", "'@/control-older'"),
        ],
        [("control", Spelling.Newer)] =
        [
            ("clients-tokens", "['x']"), ("relays-tokens", "['r']"), ("store-dir", "'@/control-newer'"),
            ("clients-ingress[].addr", "'127.0.0.1:0'"), ("clients-ingress[].cert-file", "'@/cert.pem'"), ("clients-ingress[].key-file", "'@/key.pem'"),
            ("relays-ingress[].addr", "'127.0.0.1:0'"), ("relays-ingress[].cert-file", "'@/cert.pem'"), ("relays-ingress[].key-file", "'@/key.pem'"),
        ],
        [("relay", Spelling.Older)] = [("token", "'x'"), ("addr", "'127.0.0.1:0'"), ("control-addr", "'127.0.0.1:1'"), ("store-dir", "'@/relay-older'")],
        [("relay", Spelling.Newer)] = [("token", "'x'"), ("ingress[].addr", "'127.0.0.1:0'"), ("control-addr", "'127.0.0.1:1'"), ("store-dir", "'@/relay-newer'")],
    };

    /// <summary>The keys that hold at once.</summary>
    public static IReadOnlyDictionary<string, string> Applied { get; } = new Dictionary<string, string>
    {
        ["log-level"] = "'debug'",
        ["client.server-cas"] = "'@/cert.pem'",
        ["client.server-cas-file"] = "'@/cert.pem'",
        ["client.destinations.*.addr"] = "'127.0.0.1:2'",
        ["client.destinations.*.url"] = "'tls://127.0.0.1:2'",
        ["client.destinations.*.file-server-root"] = "'@'",
        ["client.destinations.*.route"] = "'direct'",
        ["client.destinations.*.proxy-proto-version"] = "'v1'",
        ["client.destinations.*.relay-encryptions"] = "['none']",
        ["client.destinations.*.dial-timeout"] = "'1s'",
        ["client.destinations.*.cas-file"] = "'@/cert.pem'",
        ["client.destinations.*.cert-file"] = "'@/cert2.pem'",
        ["client.destinations.*.key-file"] = "'@/key2.pem'",
        ["client.sources.*.addr"] = "'localhost:0'",
        ["client.sources.*.url"] = "'tls://localhost:0'",
        ["client.sources.*.route"] = "'relay'",
        ["client.sources.*.relay-encryptions"] = "['none']",
        ["client.sources.*.dial-timeout"] = "'1s'",
        ["client.sources.*.cert-file"] = "'@/cert2.pem'",
        ["client.sources.*.key-file"] = "'@/key2.pem'",
        ["client.sources.*.cas-file"] = "'@/cert.pem'",
        ["client.sources.*.lb-policy"] = "'round-robin'",
        ["client.sources.*.lb-retry"] = "'all'",
        ["client.sources.*.lb-retry-max"] = "3",
        ["server.cert-file"] = "'@/cert2.pem'",
        ["server.key-file"] = "'@/key2.pem'",
        ["server.ip-restriction.allow-cidrs"] = "['127.0.0.0/8']",
        ["server.ip-restriction.deny-cidrs"] = "['192.0.2.1']",
        ["server.tokens"] = "['x', 'y']",
        ["server.tokens-file"] = "'@/tokens'",
        ["server.ingress[].cert-file"] = "'@/cert2.pem'",
        ["server.ingress[].key-file"] = "'@/key2.pem'",
        ["server.ingress[].allow-cidrs"] = "['127.0.0.0/8']",
        ["server.ingress[].deny-cidrs"] = "['192.0.2.1']",
        ["server.relay-ingress[].allow-cidrs"] = "['127.0.0.0/8']",
        ["server.relay-ingress[].deny-cidrs"] = "['192.0.2.1']",
        ["server.token-restriction[].allow-cidrs"] = "['127.0.0.0/8']",
        ["server.token-restriction[].deny-cidrs"] = "['192.0.2.1']",
        ["server.token-restriction[].name-matches"] = "'web'",
        ["server.token-restriction[].role-matches"] = "['source']",
        ["control.cert-file"] = "'@/cert2.pem'",
        ["control.key-file"] = "'@/key2.pem'",
        ["control.clients-ip-restriction.allow-cidrs"] = "['127.0.0.0/8']",
        ["control.clients-ip-restriction.deny-cidrs"] = "['192.0.2.1']",
        ["control.relays-ip-restriction.allow-cidrs"] = "['127.0.0.0/8']",
        ["control.relays-ip-restriction.deny-cidrs"] = "['192.0.2.1']",
        ["control.clients-tokens"] = "['x', 'y']",
        ["control.clients-tokens-file"] = "'@/tokens'",
        ["control.relays-tokens"] = "['r', 's']",
        ["control.relays-tokens-file"] = "'@/tokens'",
        ["control.clients-ingress[].cert-file"] = "'@/cert2.pem'",
        ["control.clients-ingress[].key-file"] = "'@/key2.pem'",
        ["control.clients-ingress[].allow-cidrs"] = "['127.0.0.0/8']",
        ["control.clients-ingress[].deny-cidrs"] = "['192.0.2.1']",
        ["control.relays-ingress[].cert-file"] = "'@/cert2.pem'",
        ["control.relays-ingress[].key-file"] = "'@/key2.pem'",
        ["control.relays-ingress[].allow-cidrs"] = "['127.0.0.0/8']",
        ["control.relays-ingress[].deny-cidrs"] = "['192.0.2.1']",
        ["control.clients-token-restriction[].allow-cidrs"] = "['127.0.0.0/8']",
        ["control.clients-token-restriction[].deny-cidrs"] = "['192.0.2.1']",
        ["control.clients-token-restriction[].name-matches"] = "'web'",
        ["control.clients-token-restriction[].role-matches"] = "['source']",
        ["control.relays-token-restriction[].allow-cidrs"] = "['127.0.0.0/8']",
        ["control.relays-token-restriction[].deny-cidrs"] = "['192.0.2.1']",
        ["control.relays-token-ip-restriction[].allow-cidrs"] = "['127.0.0.0/8']",
        ["control.relays-token-ip-restriction[].deny-cidrs"] = "['192.0.2.1']",
        ["relay.token"] = "'y'",
        ["relay.token-file"] = "'@/tokens'",
        ["relay.control-cas"] = "'@/cert.pem'",
        ["relay.control-cas-file"] = "'@/cert.pem'",
        ["relay.control-name"] = "'control.test'",
        ["relay.metadata"] = "'here'",
        ["relay.ingress[].allow-cidrs"] = "['127.0.0.0/8']",
        ["relay.ingress[].deny-cidrs"] = "['192.0.2.1']",
    };

    /// <summary>The keys that a reload names, for they hold from the next start on.</summary>
    public static IReadOnlyDictionary<string, string> Named { get; } = new Dictionary<string, string>
    {
        ["log-format"] = "'json'",
        ["client.token"] = "'y'",
        ["client.token-file"] = "'@/tokens'",
        ["client.metadata"] = "'here'",
        ["client.server-addr"] = "'127.0.0.1:2'",
        ["client.server-name"] = "'control.test'",
        ["client.direct-addr"] = "'127.0.0.1:1'",
        ["client.direct-stateless-reset-key"] = ResetKey,
        ["client.direct-stateless-reset-key-file"] = "'@/reset.key'",
        ["client.status-addr"] = "'127.0.0.1:1'",
        ["client.nat-pmp"] = "'dial'",
        ["client.handshake-idle-timeout"] = "'6s'",
        ["client.relay-encryptions"] = "['none']",
        ["server.addr"] = "'127.0.0.1:1'",
        ["server.relay-addr"] = "'127.0.0.1:1'",
        ["server.relay-hostname"] = "'relay.test'",
        ["server.endpoint-expiry-disable"] = "true",
        ["server.endpoint-expiry-timeout"] = "'31s'",
        ["server.status-addr"] = "'127.0.0.1:1'",
        ["server.store-dir"] = "'@/elsewhere'",
        ["server.ingress[].addr"] = "'127.0.0.1:1'",
        ["server.relay-ingress[].addr"] = "'127.0.0.1:1'",
        ["server.relay-ingress[].hostports"] = "['relay.test:1']",
        ["control.clients-addr"] = "'127.0.0.1:1'",
        ["control.relays-addr"] = "'127.0.0.1:1'",
        ["control.endpoint-expiry-disable"] = "true",
        ["control.endpoint-expiry-timeout"] = "'31s'",
        ["control.status-addr"] = "'127.0.0.1:1'",
        ["control.store-dir"] = "'@/elsewhere'",
        ["control.clients-ingress[].addr"] = "'127.0.0.1:1'",
        ["control.relays-ingress[].addr"] = "'127.0.0.1:1'",
        ["relay.addr"] = "'127.0.0.1:1'",
        ["relay.hostname"] = "'relay.test'",
        ["relay.control-addr"] = "'127.0.0.1:2'",
        ["relay.handshake-idle-timeout"] = "'6s'",
        ["relay.status-addr"] = "'127.0.0.1:1'",
        ["relay.store-dir"] = "'@/elsewhere'",
        ["relay.ingress[].addr"] = "'127.0.0.1:1'",
        ["relay.ingress[].hostports"] = "['relay.test:1']",
    };

    /// <summary>A file with the settings of the start, and one of them changed or added.</summary>
    /// <param name="section">The section.</param>
    /// <param name="dialect">Its dialect.</param>
    /// <param name="path">The key; null for the settings of the start.</param>
    /// <param name="value">Its other value.</param>
    public static string File(string section, Spelling dialect, string? path = null, string value = "")
    {
        Dictionary<string, string> values = s_starts[(section, dialect)].ToDictionary(each => each.Key, each => each.Value);
        string root = "";
        if (path is not null && path.StartsWith(section + ".", StringComparison.Ordinal))
        {
            values[path[(section.Length + 1)..]] = value;
        }
        else if (path is not null)
        {
            root = $"{path} = {value}\n";
        }

        if (path == "client.destinations.*.file-server-root")
        {
            // An address that can be taken, and one that goes with a folder.
            values.Keys.Where(key => key.StartsWith("destinations.", StringComparison.Ordinal)).ToList().ForEach(key => values.Remove(key));
            (values["destinations.*.file-server-root"], values["destinations.*.addr"]) = (value, "'127.0.0.1:0'");
        }

        IEnumerable<string> plain = values.Where(each => !each.Key.Contains("[].", StringComparison.Ordinal)).Select(each => $"{each.Key} = {each.Value}");
        IEnumerable<string> arrays = values.Where(each => each.Key.Contains("[].", StringComparison.Ordinal))
            .Select(each => (Parts: each.Key.Split("[]."), each.Value))
            .GroupBy(each => each.Parts[0], (array, items) => $"{array} = [{{ {string.Join(", ", items.Select(item => $"{item.Parts[1]} = {item.Value}"))} }}]");
        return $"{root}[{section}]\n{string.Join('\n', plain.Concat(arrays))}\n".Replace("*", "web", StringComparison.Ordinal);
    }

    /// <summary>The keys of the root and of a section that a dialect has.</summary>
    public static IEnumerable<string> Of(string section, Spelling dialect) =>
        KeyPaths.Of(new SectionDefinition(KeyTable.Root.Keys, [.. KeyTable.Root.Tables.Where(table => table.Name == section)])).Where(path => SpellingOf(path).HasFlag(dialect));

    /// <summary>The definition of a key.</summary>
    public static KeyDefinition Find(string path) => FindIn(KeyTable.Root, path);

    private static KeyDefinition FindIn(SectionDefinition section, string path)
    {
        if (section.FindKey(path) is { } key)
        {
            return key;
        }

        int dot = path.IndexOf('.', StringComparison.Ordinal);
        string rest = path[(dot + 1)..];
        return FindIn(section.FindTable(path[..dot].Replace("[]", "", StringComparison.Ordinal))!.Section, rest.StartsWith("*.", StringComparison.Ordinal) ? rest[2..] : rest);
    }

    /// <summary>The dialects that have a key: those of the key, in a table that they have.</summary>
    private static Spelling SpellingOf(string path)
    {
        int array = path.IndexOf("[].", StringComparison.Ordinal);
        if (array < 0)
        {
            return Find(path).Spelling;
        }

        string[] parts = path[..array].Split('.');
        return KeyTable.Root.FindTable(parts[0])!.Section.FindTable(parts[1])!.Spelling;
    }
}
