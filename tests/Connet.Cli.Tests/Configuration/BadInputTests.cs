namespace Connet.Cli.Tests.Configuration;

/// <summary>What is wrong in a file is told with the file, the line, the key and what is allowed, and without secrets.</summary>
public sealed class BadInputTests
{
    private const string AddressForms = "host:port, [v6]:port or :port, with a port from 0 to 65535";
    private const string HandshakeForms = "a duration from 100ms to 24h, such as 500ms, 30s or 1m30s";
    private const string SourceForms = "a url with tcp://, tls://, http://, https://, ws://, wss://, udp:// or unix:";

    [TestCase("[client]\ntokn = 'x'", "file1.toml:2: unknown key 'client.tokn'; the nearest known key is 'client.token'")]
    [TestCase("\n[clients]\ntoken = 'x'", "file1.toml:2: unknown key 'clients'; the nearest known key is 'client'")]
    [TestCase("log-levle = 'info'", "file1.toml:1: unknown key 'log-levle'; the nearest known key is 'log-level'")]
    [TestCase("[client.destinations.web]\n\nadr = 'x'", "file1.toml:3: unknown key 'client.destinations.web.adr'; the nearest known key is 'client.destinations.web.addr'")]
    [TestCase("[server.ip-restriction]\nallow-cidr = []", "file1.toml:2: unknown key 'server.ip-restriction.allow-cidr'; the nearest known key is 'server.ip-restriction.allow-cidrs'")]
    [TestCase("[[server.ingress]]\naddress = 'x'", "file1.toml:2: unknown key 'server.ingress.address'; the nearest known key is 'server.ingress.addr'")]
    [TestCase("[server]\nrelay-hostport = 'x'", "file1.toml:2: unknown key 'server.relay-hostport'; the nearest known key is 'server.relay-hostname'")]
    public void An_unknown_key(string toml, string expected) => Assert.That(Settings.Error(toml), Is.EqualTo(expected));

    [TestCase("log-level = 'trace'", "file1.toml:1: log-level must be fine, debug, info, warn or error, not 'trace'")]
    [TestCase("log-level = 3", "file1.toml:1: log-level must be fine, debug, info, warn or error, in quotes")]
    [TestCase("[client]\ndirect-addr = '19192'", "file1.toml:2: client.direct-addr must be " + AddressForms + ", not '19192'")]
    [TestCase("[client]\ndirect-addr = ':65536'", "file1.toml:2: client.direct-addr must be " + AddressForms + ", not ':65536'")]
    [TestCase("[client]\ndirect-addr = 19192", "file1.toml:2: client.direct-addr must be " + AddressForms + ", in quotes")]
    [TestCase("[client]\nserver-addr = ':5'", "file1.toml:2: client.server-addr must be host, host:port, [v6] or [v6]:port, with a port from 1 to 65535, not ':5'")]
    [TestCase("[client]\nhandshake-idle-timeout = '5'", "file1.toml:2: client.handshake-idle-timeout must be " + HandshakeForms + ", not '5'")]
    [TestCase("[client]\nhandshake-idle-timeout = '-5s'", "file1.toml:2: client.handshake-idle-timeout must be " + HandshakeForms + ", not '-5s'")]
    [TestCase("[client]\nhandshake-idle-timeout = '99ms'", "file1.toml:2: client.handshake-idle-timeout must be " + HandshakeForms + ", not '99ms'")]
    [TestCase("[relay]\nhandshake-idle-timeout = '25h'", "file1.toml:2: relay.handshake-idle-timeout must be " + HandshakeForms + ", not '25h'")]
    [TestCase("[client.sources.a]\ndial-timeout = '24h1s'", "file1.toml:2: client.sources.a.dial-timeout must be a duration from 0s to 24h, such as 500ms, 30s or 1m30s, not '24h1s'")]
    [TestCase("[server]\nendpoint-expiry-timeout = '721h'", "file1.toml:2: server.endpoint-expiry-timeout must be a duration from 0s to 720h, such as 500ms, 30s or 1m30s, not '721h'")]
    [TestCase("[client.sources.a]\nlb-retry-max = -1", "file1.toml:2: client.sources.a.lb-retry-max must be a whole number from 0 to 2147483647, not '-1'")]
    [TestCase("[client.sources.a]\nlb-retry-max = 2147483648", "file1.toml:2: client.sources.a.lb-retry-max must be a whole number from 0 to 2147483647, not '2147483648'")]
    [TestCase("[client.sources.a]\nlb-retry = 'never'", "file1.toml:2: client.sources.a.lb-retry must be count, timed or all, not 'never'")]
    [TestCase("[client.destinations.a]\nproxy-proto-version = 'v3'", "file1.toml:2: client.destinations.a.proxy-proto-version must be v1 or v2, not 'v3'")]
    [TestCase("[client]\nnat-pmp = 'on'", "file1.toml:2: client.nat-pmp must be system, dial or disabled, not 'on'")]
    [TestCase("log-format = 'xml'", "file1.toml:1: log-format must be text or json, not 'xml'")]
    [TestCase("[client]\nserver-name = 'a b'", "file1.toml:2: client.server-name must be a host name or address, not 'a b'")]
    [TestCase("[client]\nrelay-encryptions = 'none'", "file1.toml:2: client.relay-encryptions must be a list, of items that are each none, dhxcp or tls")]
    [TestCase("[client]\nrelay-encryptions = [\n'none',\n'aes']", "file1.toml:4: client.relay-encryptions must be none, dhxcp or tls, not 'aes'")]
    [TestCase("[client.sources.a]\nroute = 'both'", "file1.toml:2: client.sources.a.route must be any, direct or relay, not 'both'")]
    [TestCase("[client.sources.a]\nurl = 'ftp://x'", "file1.toml:2: client.sources.a.url must be " + SourceForms + ", not 'ftp://x'")]
    [TestCase("[client.sources.a]\nurl = 'file:/srv'", "file1.toml:2: client.sources.a.url must be " + SourceForms + ", not 'file:/srv'")]
    [TestCase("[client.sources.a]\nurl = ':80'", "file1.toml:2: client.sources.a.url must be " + SourceForms + ", not ':80'")]
    [TestCase("[client.sources.a]\nurl = 'tls://'", "file1.toml:2: client.sources.a.url must be " + SourceForms + ", not 'tls://'")]
    [TestCase("[client.destinations.a]\nurl = 'wss://x'", "file1.toml:2: client.destinations.a.url must be a url with tcp://, tls://, http://, https://, file:, udp:// or unix:, not 'wss://x'")]
    [TestCase("[client.sources.a]\nlb-policy = 'best'", "file1.toml:2: client.sources.a.lb-policy must be least-latency, least-conns, round-robin or random, not 'best'")]
    [TestCase("[client]\nsources = 'a'", "file1.toml:2: client.sources must be a table: write [client.sources]")]
    [TestCase("[server.ingress]\naddr = ':1'", "file1.toml:1: server.ingress must be an array of tables: write [[server.ingress]]")]
    [TestCase("[server]\nendpoint-expiry-disable = 'true'", "file1.toml:2: server.endpoint-expiry-disable must be true or false")]
    [TestCase("[server.ip-restriction]\ndeny-cidrs = ['10.0.0.0/33']", "file1.toml:2: server.ip-restriction.deny-cidrs must be an address such as 192.0.2.1 or a prefix such as 192.0.2.0/24 or 2001:db8::/32, not '10.0.0.0/33'")]
    [TestCase("[[server.token-restriction]]\nname-matches = '('", "file1.toml:2: server.token-restriction.name-matches must be a regular expression, not '('")]
    [TestCase("[[server.token-restriction]]\nrole-matches = ['src']", "file1.toml:2: server.token-restriction.role-matches must be source or destination, not 'src'")]
    [TestCase("[[relay.ingress]]\nhostports = ['a:b']", "file1.toml:2: relay.ingress.hostports must be host:port, host or :port, with a port from 1 to 65535, not 'a:b'")]
    public void A_bad_value(string toml, string expected) => Assert.That(Settings.Error(toml), Is.EqualTo(expected));

    [TestCase("a = 1\n[a.b]\nc = 1")]
    [TestCase("a = [1]\n[[a]]")]
    [TestCase("a = []\n[a.b]")]
    [TestCase("a = { b = 1 }\n[a.c]")]
    [TestCase("a.b = 1\na.b.c = 2")]
    [TestCase("a = [1, {b = 2}]\na.c = 1")]
    [TestCase("= 1")]
    [TestCase("a =")]
    [TestCase("[]")]
    [TestCase("[a]b")]
    [TestCase("a = 1 b = 2")]
    [TestCase("a = { b = 1,")]
    [TestCase("a\0 = 1")]
    public void What_is_not_TOML_is_told_with_its_line(string toml) => Assert.That(Settings.Error(toml), Does.Match("^file1.toml:[0-9]+: .* TOML|defined already"));

    [TestCase("[client]\ntoken = ''", "file1.toml:2: client.token must be a text that is not empty")]
    [TestCase("[client]\ntoken = 5551234", "file1.toml:2: client.token must be a text that is not empty, in quotes")]
    [TestCase("[client]\ndirect-stateless-reset-key = 'hush5551234'", "file1.toml:2: client.direct-stateless-reset-key must be 32 bytes in base32hex (52 characters)")]
    [TestCase("[client]\ntoken = hush5551234", "file1.toml:2: not valid TOML at column 9; a text value stands in quotes")]
    [TestCase("[client]\ntoken = 'a' 'hush5551234'", "file1.toml:2: not valid TOML at column 13; a line is a key, = and a value")]
    [TestCase("[client]\ntoken = \"hush5551234", "file1.toml:2: not valid TOML at column 20; a string is not closed")]
    [TestCase("[client]\ntoken = 'hush5551234'\ntoken = 'hush5551234'", "file1.toml:3: 'client.token' is defined already on line 2")]
    [TestCase("[client]\ntoken = 'hush5551234'\n[client]", "file1.toml:3: 'client' is defined already on line 1")]
    public void No_error_shows_a_secret(string toml, string expected)
    {
        string error = Settings.Error(toml);
        Assert.That(error, Is.EqualTo(expected));
        Assert.That(error, Does.Not.Contain("5551234"));
    }
}
