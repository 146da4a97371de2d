using Connet.Cli.Configuration;

namespace Connet.Cli.Tests.Configuration;

/// <summary>Each key in each spelling, and what it sets.</summary>
public sealed class KeyTableTests
{
    private const string Key32 = "000000000000000000000000000000000000000000000000000g";

    [TestCase("log-level = 'fine'", "log-level", "fine")]
    [TestCase("log-format = 'json'", "log-format", "json")]
    public void Root(string toml, string path, string expected) => Check(toml, path, expected);

    [TestCase("token = 'x'", "token", "x")]
    [TestCase("token-file = '/t'", "token-file", "/t")]
    [TestCase("metadata = ''", "metadata", "")]
    [TestCase("server-addr = 'host'", "server-addr", "host")]
    [TestCase("server-addr = '[::1]:5'", "server-addr", "[::1]:5")]
    [TestCase("server-cas = 'ca.pem'", "server-cas-file", "ca.pem")]
    [TestCase("server-cas-file = 'ca.pem'", "server-cas-file", "ca.pem")]
    [TestCase("server-name = 'a.example'", "server-name", "a.example")]
    [TestCase("direct-addr = ':0'", "direct-addr", ":0")]
    [TestCase("direct-stateless-reset-key = '" + Key32 + "'", "direct-stateless-reset-key", Key32)]
    [TestCase("direct-stateless-reset-key-file = 'k'", "direct-stateless-reset-key-file", "k")]
    [TestCase("handshake-idle-timeout = '1m30s'", "handshake-idle-timeout", "90000ms")]
    [TestCase("relay-encryptions = ['none', 'dhxcp']", "relay-encryptions", "none dhxcp")]
    [TestCase("destinations.web.addr = '127.0.0.1:3000'", "destinations/web/url", "tcp://127.0.0.1:3000")]
    [TestCase("destinations.web.url = 'tcp://127.0.0.1:3000'", "destinations/web/url", "tcp://127.0.0.1:3000")]
    [TestCase("destinations.web.route = 'direct'", "destinations/web/route", "direct")]
    [TestCase("destinations.web.relay-encryptions = ['none']", "destinations/web/relay-encryptions", "none")]
    [TestCase("destinations.web.url = 'tls://10.0.0.1:443'", "destinations/web/url", "tls://10.0.0.1:443")]
    [TestCase("destinations.web.url = 'http://localhost:3000/app'", "destinations/web/url", "http://localhost:3000/app")]
    [TestCase("destinations.web.url = 'https://example.com'", "destinations/web/url", "https://example.com")]
    [TestCase("destinations.web.url = 'file:/srv'", "destinations/web/url", "file:/srv")]
    [TestCase("destinations.web.url = 'file:./srv'", "destinations/web/url", "file:./srv")]
    [TestCase("destinations.web.url = 'unix:/run/a'", "destinations/web/url", "unix:/run/a")]
    [TestCase("destinations.web.file-server-root = '/srv'", "destinations/web/file-server-root", "/srv")]
    [TestCase("destinations.web.proxy-proto-version = 'v1'", "destinations/web/proxy-proto-version", "v1")]
    [TestCase("destinations.web.proxy-proto-version = 'v2'", "destinations/web/proxy-proto-version", "v2")]
    [TestCase("destinations.web.proxy-proto-version = ''", "destinations/web/proxy-proto-version", "")]
    [TestCase("destinations.web.cas-file = 'insecure-skip-verify'", "destinations/web/cas-file", "insecure-skip-verify")]
    [TestCase("destinations.web.cert-file = 'c'", "destinations/web/cert-file", "c")]
    [TestCase("destinations.web.key-file = 'k'", "destinations/web/key-file", "k")]
    [TestCase("destinations.web.relay-encryptions = ['tls']", "destinations/web/relay-encryptions", "tls")]
    [TestCase("sources.web.url = 'tls://:443'", "sources/web/url", "tls://:443")]
    [TestCase("sources.web.url = 'http://:80/path'", "sources/web/url", "http://:80/path")]
    [TestCase("sources.web.url = 'https://:443'", "sources/web/url", "https://:443")]
    [TestCase("sources.web.url = 'ws://:80/'", "sources/web/url", "ws://:80/")]
    [TestCase("sources.web.url = 'wss://:443'", "sources/web/url", "wss://:443")]
    [TestCase("sources.web.url = 'unix:/run/a'", "sources/web/url", "unix:/run/a")]
    [TestCase("sources.web.cas-file = 'a'", "sources/web/cas-file", "a")]
    [TestCase("sources.web.cert-file = 'c'", "sources/web/cert-file", "c")]
    [TestCase("sources.web.key-file = 'k'", "sources/web/key-file", "k")]
    [TestCase("sources.web.lb-policy = 'least-latency'", "sources/web/lb-policy", "least-latency")]
    [TestCase("sources.web.lb-policy = 'least-conns'", "sources/web/lb-policy", "least-conns")]
    [TestCase("sources.web.lb-policy = 'round-robin'", "sources/web/lb-policy", "round-robin")]
    [TestCase("sources.web.lb-policy = 'random'", "sources/web/lb-policy", "random")]
    [TestCase("sources.web.lb-policy = ''", "sources/web/lb-policy", "")]
    [TestCase("sources.web.lb-retry = 'count'", "sources/web/lb-retry", "count")]
    [TestCase("sources.web.lb-retry = 'timed'", "sources/web/lb-retry", "timed")]
    [TestCase("sources.web.lb-retry = 'all'", "sources/web/lb-retry", "all")]
    [TestCase("sources.web.lb-retry = ''", "sources/web/lb-retry", "")]
    [TestCase("sources.web.lb-retry-max = 3", "sources/web/lb-retry-max", "3")]
    [TestCase("relay-encryptions = ['tls', 'dhxcp']", "relay-encryptions", "tls dhxcp")]
    [TestCase("destinations.web.dial-timeout = '500ms'", "destinations/web/dial-timeout", "500ms")]
    [TestCase("destinations.web.dial-timeout = 0", "destinations/web/dial-timeout", "0ms")]
    [TestCase("sources.web.addr = ':8000'", "sources/web/url", "tcp://:8000")]
    [TestCase("sources.web.url = 'tcp://[::1]:8000'", "sources/web/url", "tcp://[::1]:8000")]
    [TestCase("sources.web.route = 'relay'", "sources/web/route", "relay")]
    [TestCase("sources.web.relay-encryptions = ['dhxcp']", "sources/web/relay-encryptions", "dhxcp")]
    [TestCase("sources.web.dial-timeout = '2h'", "sources/web/dial-timeout", "7200000ms")]
    [TestCase("status-addr = '[::1]:1'", "status-addr", "[::1]:1")]
    public void Client(string toml, string path, string expected) => Check("[client]\n" + toml, "client/" + path, expected);

    [TestCase("addr = ':1'", "ingress/0/addr", ":1")]
    [TestCase("ingress = [{ addr = ':1' }]", "ingress/0/addr", ":1")]
    [TestCase("cert-file = 'c'", "ingress/0/cert-file", "c")]
    [TestCase("ingress = [{ cert-file = 'c' }]", "ingress/0/cert-file", "c")]
    [TestCase("key-file = 'k'", "ingress/0/key-file", "k")]
    [TestCase("ingress = [{ key-file = 'k' }]", "ingress/0/key-file", "k")]
    [TestCase("[server.ip-restriction]\nallow-cidrs = ['10.0.0.0/8', '::1']", "ingress/0/allow-cidrs", "10.0.0.0/8 ::1")]
    [TestCase("ip-restriction.deny-cidrs = ['10.0.0.1']", "ingress/0/deny-cidrs", "10.0.0.1")]
    [TestCase("[[server.ingress]]\nallow-cidrs = ['10.0.0.0/8']", "ingress/0/allow-cidrs", "10.0.0.0/8")]
    [TestCase("[[server.ingress]]\ndeny-cidrs = ['10.0.0.0/8']", "ingress/0/deny-cidrs", "10.0.0.0/8")]
    [TestCase("tokens = ['a', 'b']", "tokens", "a b")]
    [TestCase("tokens-file = 'f'", "tokens-file", "f")]
    [TestCase("[[server.token-restriction]]\nallow-cidrs = ['1.2.3.4']", "token-restriction/0/allow-cidrs", "1.2.3.4")]
    [TestCase("[[server.token-restriction]]\ndeny-cidrs = ['1.2.3.4']", "token-restriction/0/deny-cidrs", "1.2.3.4")]
    [TestCase("[[server.token-restriction]]\nname-matches = '^web'", "token-restriction/0/name-matches", "^web")]
    [TestCase("[[server.token-restriction]]\n[[server.token-restriction]]\nrole-matches = ['source']", "token-restriction/1/role-matches", "source")]
    [TestCase("relay-addr = ':2'", "relay-ingress/0/addr", ":2")]
    [TestCase("relay-hostname = 'r.example'", "relay-ingress/0/hostports", "r.example")]
    [TestCase("relay-ingress = [{ addr = ':2' }]", "relay-ingress/0/addr", ":2")]
    [TestCase("relay-ingress = [{ hostports = ['r.example:5', ':6', 'r'] }]", "relay-ingress/0/hostports", "r.example:5 :6 r")]
    [TestCase("relay-ingress = [{ allow-cidrs = ['1.1.1.1'] }]", "relay-ingress/0/allow-cidrs", "1.1.1.1")]
    [TestCase("relay-ingress = [{ deny-cidrs = ['1.1.1.1'] }]", "relay-ingress/0/deny-cidrs", "1.1.1.1")]
    [TestCase("endpoint-expiry-disable = true", "endpoint-expiry-disable", "True")]
    [TestCase("endpoint-expiry-timeout = '5s'", "endpoint-expiry-timeout", "5000ms")]
    [TestCase("store-dir = 'd'", "store-dir", "d")]
    [TestCase("status-addr = ':1'", "status-addr", ":1")]
    public void Server(string toml, string path, string expected) => Check("[server]\n" + toml, "server/" + path, expected);

    [TestCase("clients-addr = ':1'", "clients-ingress/0/addr", ":1")]
    [TestCase("relays-addr = ':1'", "relays-ingress/0/addr", ":1")]
    [TestCase("cert-file = 'c'", "clients-ingress/0/cert-file", "c")]
    [TestCase("cert-file = 'c'", "relays-ingress/0/cert-file", "c")]
    [TestCase("key-file = 'k'", "clients-ingress/0/key-file", "k")]
    [TestCase("key-file = 'k'", "relays-ingress/0/key-file", "k")]
    [TestCase("clients-ip-restriction.allow-cidrs = ['1.1.1.1']", "clients-ingress/0/allow-cidrs", "1.1.1.1")]
    [TestCase("clients-ip-restriction.deny-cidrs = ['1.1.1.1']", "clients-ingress/0/deny-cidrs", "1.1.1.1")]
    [TestCase("relays-ip-restriction.allow-cidrs = ['1.1.1.1']", "relays-ingress/0/allow-cidrs", "1.1.1.1")]
    [TestCase("relays-ip-restriction.deny-cidrs = ['1.1.1.1']", "relays-ingress/0/deny-cidrs", "1.1.1.1")]
    [TestCase("relays-token-ip-restriction = [{ allow-cidrs = ['1.1.1.1'] }]", "relays-token-restriction/0/allow-cidrs", "1.1.1.1")]
    [TestCase("relays-token-restriction = [{ deny-cidrs = ['1.1.1.1'] }]", "relays-token-restriction/0/deny-cidrs", "1.1.1.1")]
    [TestCase("clients-token-restriction = [{ name-matches = 'x' }]", "clients-token-restriction/0/name-matches", "x")]
    [TestCase("clients-ingress = [{ addr = ':1', cert-file = 'c' }]", "clients-ingress/0/cert-file", "c")]
    [TestCase("relays-ingress = [{ addr = ':1', key-file = 'k' }]", "relays-ingress/0/key-file", "k")]
    [TestCase("clients-tokens = ['a']", "clients-tokens", "a")]
    [TestCase("clients-tokens-file = 'f'", "clients-tokens-file", "f")]
    [TestCase("relays-tokens = ['a']", "relays-tokens", "a")]
    [TestCase("relays-tokens-file = 'f'", "relays-tokens-file", "f")]
    [TestCase("endpoint-expiry-disable = false", "endpoint-expiry-disable", "False")]
    [TestCase("endpoint-expiry-timeout = '0'", "endpoint-expiry-timeout", "0ms")]
    [TestCase("store-dir = 'd'", "store-dir", "d")]
    [TestCase("status-addr = ':1'", "status-addr", ":1")]
    public void Control(string toml, string path, string expected) => Check("[control]\n" + toml, "control/" + path, expected);

    [TestCase("token = 'x'", "token", "x")]
    [TestCase("token-file = 'f'", "token-file", "f")]
    [TestCase("addr = ':1'", "ingress/0/addr", ":1")]
    [TestCase("hostname = 'r'", "ingress/0/hostports", "r")]
    [TestCase("ingress = [{ addr = ':1' }, { addr = ':2' }]", "ingress/1/addr", ":2")]
    [TestCase("ingress = [{ hostports = [':1'] }]", "ingress/0/hostports", ":1")]
    [TestCase("ingress = [{ allow-cidrs = ['::/0'] }]", "ingress/0/allow-cidrs", "::/0")]
    [TestCase("ingress = [{ deny-cidrs = ['::/0'] }]", "ingress/0/deny-cidrs", "::/0")]
    [TestCase("control-addr = 'c:1'", "control-addr", "c:1")]
    [TestCase("control-cas = 'f'", "control-cas-file", "f")]
    [TestCase("control-cas-file = 'f'", "control-cas-file", "f")]
    [TestCase("control-name = 'n'", "control-name", "n")]
    [TestCase("metadata = 'm'", "metadata", "m")]
    [TestCase("handshake-idle-timeout = '1s'", "handshake-idle-timeout", "1000ms")]
    [TestCase("store-dir = 'd'", "store-dir", "d")]
    [TestCase("status-addr = ':1'", "status-addr", ":1")]
    public void Relay(string toml, string path, string expected) => Check("[relay]\n" + toml, "relay/" + path, expected);

    [TestCase("client", "nat-pmp = 'system'")]
    public void What_nothing_breaks_without_is_a_warning(string section, string toml) =>
        Assert.That(Settings.Load($"[{section}]\n{toml}").Warnings, Has.One.EqualTo($"file1.toml:2: {section}.{toml.Split(' ')[0]} is not available in this version yet and does nothing"));

    [TestCase("destinations.a.url = 'udp://1.1.1.1:53'", "udp://1.1.1.1:53")]
    [TestCase("sources.a.url = 'udp://:53'", "udp://:53")]
    public void A_value_of_a_later_version_is_an_error(string toml, string value) =>
        Assert.That(Settings.Error("[client]\n" + toml), Is.EqualTo($"file1.toml:2: client.{toml.Split(' ')[0]}: '{value}' is not available in this version yet"));

    [TestCase("nat-pmp = 'disabled'")]
    public void What_asks_for_nothing_passes(string toml) => Assert.That(Settings.Load("[client]\n" + toml).Warnings, Is.Empty);

    private static void Check(string toml, string path, string expected)
    {
        LoadedSettings settings = Settings.Load(toml);
        Assert.That(Settings.Show(settings.Root, path), Is.EqualTo(expected));
        Assert.That(settings.Warnings, Is.Empty);
    }
}
