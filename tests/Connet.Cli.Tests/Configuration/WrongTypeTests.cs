using Connet.Cli.Configuration;

namespace Connet.Cli.Tests.Configuration;

/// <summary>Every key of every section, in each dialect, with a value of the wrong type.</summary>
public sealed class WrongTypeTests
{
    private const string Address = "host:port, [v6]:port or :port, with a port from 0 to 65535, in quotes";
    private const string Cidrs = "a list, of items that are each an address such as 192.0.2.1 or a prefix such as 192.0.2.0/24 or 2001:db8::/32";
    private const string Encryptions = "a list, of items that are each none, dhxcp or tls";
    private const string Handshake = "a duration from 100ms to 24h, such as 500ms, 30s or 1m30s, in quotes";
    private const string Dial = "a duration from 0s to 24h, such as 500ms, 30s or 1m30s, in quotes";
    private const string Keeping = "a duration from 0s to 720h, such as 500ms, 30s or 1m30s, in quotes";
    private const string Host = "a host name or address, in quotes";
    private const string HostPorts = "a list, of items that are each host:port, host or :port, with a port from 1 to 65535";
    private const string File = "a path, in quotes";
    private const string Secret = "a text that is not empty, in quotes";
    private const string Secrets = "a list, of items that are each a text that is not empty";
    private const string Server = "host, host:port, [v6] or [v6]:port, with a port from 1 to 65535, in quotes";
    private const string Switch = "true or false";
    private const string Text = "a text of at most 1024 characters, in quotes";

    /// <summary>What each key must be, by its path; <c>*</c> is a name.</summary>
    private static readonly Dictionary<string, string> s_allowed = new()
    {
        ["log-level"] = "fine, debug, info, warn or error, in quotes",
        ["log-format"] = "text or json, in quotes",
        ["client.token"] = Secret,
        ["client.token-file"] = File,
        ["client.metadata"] = Text,
        ["client.server-addr"] = Server,
        ["client.server-cas"] = File,
        ["client.server-cas-file"] = File,
        ["client.server-name"] = Host,
        ["client.direct-addr"] = Address,
        ["client.direct-stateless-reset-key"] = "32 bytes in base32hex (52 characters), in quotes",
        ["client.direct-stateless-reset-key-file"] = File,
        ["client.status-addr"] = Address,
        ["client.nat-pmp"] = "system, dial or disabled, in quotes",
        ["client.handshake-idle-timeout"] = Handshake,
        ["client.relay-encryptions"] = Encryptions,
        ["client.destinations.*.addr"] = Address,
        ["client.destinations.*.url"] = "a url with tcp://, tls://, http://, https://, file:, udp:// or unix:, in quotes",
        ["client.destinations.*.file-server-root"] = File,
        ["client.destinations.*.route"] = "any, direct or relay, in quotes",
        ["client.destinations.*.proxy-proto-version"] = "v1 or v2, in quotes",
        ["client.destinations.*.relay-encryptions"] = Encryptions,
        ["client.destinations.*.dial-timeout"] = Dial,
        ["client.destinations.*.cas-file"] = File,
        ["client.destinations.*.cert-file"] = File,
        ["client.destinations.*.key-file"] = File,
        ["client.sources.*.addr"] = Address,
        ["client.sources.*.url"] = "a url with tcp://, tls://, http://, https://, ws://, wss://, udp:// or unix:, in quotes",
        ["client.sources.*.route"] = "any, direct or relay, in quotes",
        ["client.sources.*.relay-encryptions"] = Encryptions,
        ["client.sources.*.dial-timeout"] = Dial,
        ["client.sources.*.cert-file"] = File,
        ["client.sources.*.key-file"] = File,
        ["client.sources.*.cas-file"] = File,
        ["client.sources.*.lb-policy"] = "least-latency, least-conns, round-robin or random, in quotes",
        ["client.sources.*.lb-retry"] = "count, timed or all, in quotes",
        ["client.sources.*.lb-retry-max"] = "a whole number from 0 to 2147483647",
        ["server.addr"] = Address,
        ["server.cert-file"] = File,
        ["server.key-file"] = File,
        ["server.ip-restriction.allow-cidrs"] = Cidrs,
        ["server.ip-restriction.deny-cidrs"] = Cidrs,
        ["server.tokens"] = Secrets,
        ["server.tokens-file"] = File,
        ["server.relay-addr"] = Address,
        ["server.relay-hostname"] = Host,
        ["server.endpoint-expiry-disable"] = Switch,
        ["server.endpoint-expiry-timeout"] = Keeping,
        ["server.status-addr"] = Address,
        ["server.store-dir"] = File,
        ["server.ingress[].addr"] = Address,
        ["server.ingress[].cert-file"] = File,
        ["server.ingress[].key-file"] = File,
        ["server.ingress[].allow-cidrs"] = Cidrs,
        ["server.ingress[].deny-cidrs"] = Cidrs,
        ["server.relay-ingress[].addr"] = Address,
        ["server.relay-ingress[].hostports"] = HostPorts,
        ["server.relay-ingress[].allow-cidrs"] = Cidrs,
        ["server.relay-ingress[].deny-cidrs"] = Cidrs,
        ["server.token-restriction[].allow-cidrs"] = Cidrs,
        ["server.token-restriction[].deny-cidrs"] = Cidrs,
        ["server.token-restriction[].name-matches"] = "a regular expression, in quotes",
        ["server.token-restriction[].role-matches"] = "a list, of items that are each source or destination",
        ["control.clients-addr"] = Address,
        ["control.relays-addr"] = Address,
        ["control.cert-file"] = File,
        ["control.key-file"] = File,
        ["control.clients-ip-restriction.allow-cidrs"] = Cidrs,
        ["control.clients-ip-restriction.deny-cidrs"] = Cidrs,
        ["control.relays-ip-restriction.allow-cidrs"] = Cidrs,
        ["control.relays-ip-restriction.deny-cidrs"] = Cidrs,
        ["control.clients-tokens"] = Secrets,
        ["control.clients-tokens-file"] = File,
        ["control.relays-tokens"] = Secrets,
        ["control.relays-tokens-file"] = File,
        ["control.endpoint-expiry-disable"] = Switch,
        ["control.endpoint-expiry-timeout"] = Keeping,
        ["control.status-addr"] = Address,
        ["control.store-dir"] = File,
        ["control.clients-ingress[].addr"] = Address,
        ["control.clients-ingress[].cert-file"] = File,
        ["control.clients-ingress[].key-file"] = File,
        ["control.clients-ingress[].allow-cidrs"] = Cidrs,
        ["control.clients-ingress[].deny-cidrs"] = Cidrs,
        ["control.relays-ingress[].addr"] = Address,
        ["control.relays-ingress[].cert-file"] = File,
        ["control.relays-ingress[].key-file"] = File,
        ["control.relays-ingress[].allow-cidrs"] = Cidrs,
        ["control.relays-ingress[].deny-cidrs"] = Cidrs,
        ["control.clients-token-restriction[].allow-cidrs"] = Cidrs,
        ["control.clients-token-restriction[].deny-cidrs"] = Cidrs,
        ["control.clients-token-restriction[].name-matches"] = "a regular expression, in quotes",
        ["control.clients-token-restriction[].role-matches"] = "a list, of items that are each source or destination",
        ["control.relays-token-restriction[].allow-cidrs"] = Cidrs,
        ["control.relays-token-restriction[].deny-cidrs"] = Cidrs,
        ["control.relays-token-ip-restriction[].allow-cidrs"] = Cidrs,
        ["control.relays-token-ip-restriction[].deny-cidrs"] = Cidrs,
        ["relay.token"] = Secret,
        ["relay.token-file"] = File,
        ["relay.addr"] = Address,
        ["relay.hostname"] = Host,
        ["relay.control-addr"] = Server,
        ["relay.control-cas"] = File,
        ["relay.control-cas-file"] = File,
        ["relay.control-name"] = Host,
        ["relay.metadata"] = Text,
        ["relay.handshake-idle-timeout"] = Handshake,
        ["relay.status-addr"] = Address,
        ["relay.store-dir"] = File,
        ["relay.ingress[].addr"] = Address,
        ["relay.ingress[].hostports"] = HostPorts,
        ["relay.ingress[].allow-cidrs"] = Cidrs,
        ["relay.ingress[].deny-cidrs"] = Cidrs,
    };

    private static IEnumerable<string> Paths => s_allowed.Keys;

    [Test]
    public void The_table_has_every_key() => Assert.That(s_allowed.Keys, Is.EquivalentTo(KeysOf(KeyTable.Root, "")));

    [TestCaseSource(nameof(Paths))]
    public async Task A_value_of_the_wrong_type(string path)
    {
        using Scratch scratch = new();
        int dot = path.LastIndexOf('.');
        string table = dot < 0 ? "" : path[..dot].Replace("*", "web", StringComparison.Ordinal);
        string header = table.EndsWith("[]", StringComparison.Ordinal) ? $"[[{table[..^2]}]]" : table.Length > 0 ? $"[{table}]" : "";
        string file = scratch.Write("bad.toml", $"{header}\n\n{path[(dot + 1)..]} = 1.5\n");
        string key = path.Replace("*", "web", StringComparison.Ordinal).Replace("[]", "", StringComparison.Ordinal);
        await CheckedFile.ExpectErrorAsync($"connet: {file}:3: {key} must be {s_allowed[path]}", file);
    }

    private static IEnumerable<string> KeysOf(SectionDefinition section, string prefix) =>
        section.Keys.Where(key => key.Spelling != Spelling.FlagOnly).Select(key => prefix + key.Name)
            .Concat(section.Tables.SelectMany(table => KeysOf(
                table.Section,
                prefix + table.Name + table.Kind switch { TableKind.Named => ".*.", TableKind.Array => "[].", _ => "." })));
}
