using System.CommandLine;
using Connet.Cli.Commands;
using Connet.Cli.Configuration;
using Connet.Cli.Tests.Configuration;

namespace Connet.Cli.Tests.Commands;

/// <summary>Each flag, and what it sets.</summary>
public sealed class FlagTests
{
    [TestCase("--token x", "token", "x")]
    [TestCase("--token-file f", "token-file", "f")]
    [TestCase("--metadata m", "metadata", "m")]
    [TestCase("--server-addr h:1", "server-addr", "h:1")]
    [TestCase("--server-cas-file f", "server-cas-file", "f")]
    [TestCase("--server-cas f", "server-cas-file", "f")]
    [TestCase("--server-name n", "server-name", "n")]
    [TestCase("--direct-addr :5", "direct-addr", ":5")]
    [TestCase("--handshake-idle-timeout 3s", "handshake-idle-timeout", "3000ms")]
    [TestCase("--relay-encryption none,dhxcp", "relay-encryptions", "none dhxcp")]
    [TestCase("--relay-encryption none --relay-encryption dhxcp", "relay-encryptions", "none dhxcp")]
    [TestCase("--dst-name a --dst-url tcp://h:1", "destinations/a/url", "tcp://h:1")]
    [TestCase("--dst-name a --dst-addr h:1", "destinations/a/url", "tcp://h:1")]
    [TestCase("--dst-name a --dst-route relay", "destinations/a/route", "relay")]
    [TestCase("--relay-encryption tls,dhxcp", "relay-encryptions", "tls dhxcp")]
    [TestCase("--status-addr :1", "status-addr", ":1")]
    [TestCase("--nat-pmp dial", "nat-pmp", null)]
    [TestCase("--dst-name a --dst-url https://h/p", "destinations/a/url", "https://h/p")]
    [TestCase("--dst-name a --dst-file-server-root /srv", "destinations/a/file-server-root", "/srv")]
    [TestCase("--dst-name a --dst-cas-file insecure-skip-verify", "destinations/a/cas-file", "insecure-skip-verify")]
    [TestCase("--src-name a --src-url wss://:1", "sources/a/url", "wss://:1")]
    [TestCase("--src-name a --src-cert-file c", "sources/a/cert-file", "c")]
    [TestCase("--src-name a --src-key-file k", "sources/a/key-file", "k")]
    [TestCase("--dst-name a --dst-relay-encryption none", "destinations/a/relay-encryptions", "none")]
    [TestCase("--src-name a --src-url tcp://:1", "sources/a/url", "tcp://:1")]
    [TestCase("--src-name a --src-addr :1", "sources/a/url", "tcp://:1")]
    [TestCase("--src-name a --src-route direct", "sources/a/route", "direct")]
    [TestCase("--src-name a --src-relay-encryption none,dhxcp", "sources/a/relay-encryptions", "none dhxcp")]
    public void Client(string flags, string path, string? expected) => Check("client", flags, "client/" + path, expected);

    [TestCase("--tokens a --tokens b", "tokens", "a b")]
    [TestCase("--tokens-file f", "tokens-file", "f")]
    [TestCase("--addr :1", "ingress/0/addr", ":1")]
    [TestCase("--cert-file c", "ingress/0/cert-file", "c")]
    [TestCase("--key-file k", "ingress/0/key-file", "k")]
    [TestCase("--allow-cidr 1.1.1.1 --allow-cidr 2.2.2.2", "ingress/0/allow-cidrs", "1.1.1.1 2.2.2.2")]
    [TestCase("--deny-cidr 1.1.1.1", "ingress/0/deny-cidrs", "1.1.1.1")]
    [TestCase("--tokens-allow-cidr 1.1.1.1 --tokens-allow-cidr 2.0.0.0/8", "tokens-allow-cidrs", "1.1.1.1 2.0.0.0/8")]
    [TestCase("--tokens-deny-cidr ::1", "tokens-deny-cidrs", "::1")]
    [TestCase("--endpoint-expiry-disable", "endpoint-expiry-disable", "True")]
    [TestCase("--endpoint-expiry-disable=false", "endpoint-expiry-disable", "False")]
    [TestCase("--endpoint-expiry-timeout 1m", "endpoint-expiry-timeout", "60000ms")]
    [TestCase("--relay-addr :2", "relay-ingress/0/addr", ":2")]
    [TestCase("--relay-hostport h:1 --relay-hostport :2", "relay-ingress/0/hostports", "h:1 :2")]
    [TestCase("--relay-hostname h", "relay-ingress/0/hostports", "h")]
    [TestCase("--relay-hostname ::1", "relay-ingress/0/hostports", "[::1]")]
    [TestCase("--relay-allow-cidr 1.1.1.1", "relay-ingress/0/allow-cidrs", "1.1.1.1")]
    [TestCase("--relay-deny-cidr 1.1.1.1", "relay-ingress/0/deny-cidrs", "1.1.1.1")]
    [TestCase("--store-dir d", "store-dir", "d")]
    [TestCase("--status-addr 127.0.0.1:1", "status-addr", "127.0.0.1:1")]
    public void Server(string flags, string path, string expected) => Check("server", flags, "server/" + path, expected);

    [TestCase("--cert-file c", "clients-ingress/0/cert-file", "c")]
    [TestCase("--cert-file c", "relays-ingress/0/cert-file", "c")]
    [TestCase("--key-file k", "clients-ingress/0/key-file", "k")]
    [TestCase("--key-file k", "relays-ingress/0/key-file", "k")]
    [TestCase("--clients-addr :1", "clients-ingress/0/addr", ":1")]
    [TestCase("--clients-cert-file c", "clients-ingress/0/cert-file", "c")]
    [TestCase("--clients-key-file k", "clients-ingress/0/key-file", "k")]
    [TestCase("--clients-allow-cidr 1.1.1.1", "clients-ingress/0/allow-cidrs", "1.1.1.1")]
    [TestCase("--clients-deny-cidr 1.1.1.1", "clients-ingress/0/deny-cidrs", "1.1.1.1")]
    [TestCase("--clients-tokens a", "clients-tokens", "a")]
    [TestCase("--clients-tokens-file f", "clients-tokens-file", "f")]
    [TestCase("--relays-addr :1", "relays-ingress/0/addr", ":1")]
    [TestCase("--relays-cert-file c", "relays-ingress/0/cert-file", "c")]
    [TestCase("--relays-key-file k", "relays-ingress/0/key-file", "k")]
    [TestCase("--relays-allow-cidr 1.1.1.1", "relays-ingress/0/allow-cidrs", "1.1.1.1")]
    [TestCase("--relays-deny-cidr 1.1.1.1", "relays-ingress/0/deny-cidrs", "1.1.1.1")]
    [TestCase("--relays-tokens a", "relays-tokens", "a")]
    [TestCase("--relays-tokens-file f", "relays-tokens-file", "f")]
    [TestCase("--endpoint-expiry-disable true", "endpoint-expiry-disable", "True")]
    [TestCase("--endpoint-expiry-timeout 1m", "endpoint-expiry-timeout", "60000ms")]
    [TestCase("--store-dir d", "store-dir", "d")]
    [TestCase("--status-addr 127.0.0.1:1", "status-addr", "127.0.0.1:1")]
    public void Control(string flags, string path, string expected) => Check("control", flags, "control/" + path, expected);

    [TestCase("--token x", "token", "x")]
    [TestCase("--token-file f", "token-file", "f")]
    [TestCase("--metadata m", "metadata", "m")]
    [TestCase("--addr :1", "ingress/0/addr", ":1")]
    [TestCase("--hostport h:1", "ingress/0/hostports", "h:1")]
    [TestCase("--hostname h", "ingress/0/hostports", "h")]
    [TestCase("--allow-cidr 1.1.1.1", "ingress/0/allow-cidrs", "1.1.1.1")]
    [TestCase("--deny-cidr 1.1.1.1", "ingress/0/deny-cidrs", "1.1.1.1")]
    [TestCase("--control-addr h:1", "control-addr", "h:1")]
    [TestCase("--control-cas-file f", "control-cas-file", "f")]
    [TestCase("--control-cas f", "control-cas-file", "f")]
    [TestCase("--control-name n", "control-name", "n")]
    [TestCase("--handshake-idle-timeout 3s", "handshake-idle-timeout", "3000ms")]
    [TestCase("--store-dir d", "store-dir", "d")]
    [TestCase("--status-addr 127.0.0.1:1", "status-addr", "127.0.0.1:1")]
    public void Relay(string flags, string path, string expected) => Check("relay", flags, "relay/" + path, expected);

    [TestCase("client")]
    [TestCase("server")]
    [TestCase("control")]
    [TestCase("relay")]
    public void Every_command_takes_the_flags_of_the_log(string section)
    {
        Check(section, "--log-level warn", "log-level", "warn");
        Check(section, "--log-format json", "log-format", "json");
    }

    [Test]
    public void Flags_override_files()
    {
        using Scratch scratch = new();
        string first = scratch.Write("a.toml", "[client]\ntoken-file = 'f'\nserver-addr = 'a'\n[client.sources.web]\naddr = ':1'\nroute = 'relay'");
        string second = scratch.Write("b.toml", "[client]\nserver-addr = 'b'\ndirect-addr = ':5'");
        SettingsSection root = Load("client", $"--config {first} --config {second} --token x --server-addr c --src-name web --src-url tcp://:2").Root;
        Assert.That(Settings.Show(root, "client/server-addr"), Is.EqualTo("c"));
        Assert.That(Settings.Show(root, "client/direct-addr"), Is.EqualTo(":5"));
        Assert.That(Settings.Show(root, "client/token"), Is.EqualTo("x"));
        Assert.That(Settings.Show(root, "client/token-file"), Is.Null);
        Assert.That(Settings.Show(root, "client/sources/web/url"), Is.EqualTo("tcp://:2"));
        Assert.That(Settings.Show(root, "client/sources/web/route"), Is.EqualTo("relay"));
    }

    [TestCase("--direct-addr 5", "--direct-addr must be host:port, [v6]:port or :port, with a port from 0 to 65535, not '5'")]
    [TestCase("--relay-encryption none,aes", "--relay-encryption must be none, dhxcp or tls, not 'aes'")]
    [TestCase("--handshake-idle-timeout 5ms", "--handshake-idle-timeout must be a duration from 100ms to 24h, such as 500ms, 30s or 1m30s, not '5ms'")]
    [TestCase("--dst-url tcp://h:1", "--dst-url needs --dst-name")]
    [TestCase("--dst-name a --dst-url udp://h:1", "--dst-url: 'udp://h:1' is not available in this version yet")]
    [TestCase("--dst-name a --dst-url ftp://h", "--dst-url must be a url with tcp://, tls://, http://, https://, file: or unix:, not 'ftp://h'")]
    [TestCase("--config /nowhere/connet.toml", "/nowhere/connet.toml: cannot be read: no such file")]
    public void A_bad_flag_is_told(string flags, string expected) =>
        Assert.That(Assert.Throws<ConfigurationException>(() => Load("client", flags))!.Message, Is.EqualTo(expected));

    [TestCase("--tokne=hush", "unknown flag '--tokne'; the nearest known flag is '--token'")]
    [TestCase("server --tokn hush", "unknown flag '--tokn'; the nearest known flag is '--tokens'")]
    [TestCase("sever", "unknown command 'sever'; the nearest known command is 'server'")]
    [TestCase("--token a hush", "there is an argument that belongs to no flag")]
    [TestCase("--token", "--token needs one value each time it is given, and may be repeated only where it takes a list")]
    [TestCase("--token a --token hush", "--token needs one value each time it is given, and may be repeated only where it takes a list")]
    [TestCase("demo --port hush", "--port cannot be 'hush'")]
    [TestCase("gen-cert --days soon", "--days cannot be 'soon'")]
    [TestCase("check", "check needs FILE: a TOML file; later ones override")]
    [TestCase("gen-config", "gen-config needs SECTION: client, server, control, relay")]
    [TestCase("gen-config clients", "gen-config takes one of client, server, control, relay, not 'clients'")]
    public void A_bad_command_line_is_told_without_arguments(string line, string expected)
    {
        string[] arguments = line.Split(' ');
        ParseResult parsed = ConnetCommand.Create().Parse(arguments);
        Assert.That(parsed.Errors, Is.Not.Empty);
        Assert.That(CommandLineProblem.Describe(parsed, arguments), Is.EqualTo(expected));
    }

    private static void Check(string section, string flags, string path, string? expected) =>
        Assert.That(Settings.Show(Load(section, flags).Root, path), Is.EqualTo(expected));

    private static LoadedSettings Load(string section, string flags)
    {
        Command command = new(section);
        ServiceCommand service = new(command, section, () => throw new InvalidOperationException("Nothing is to be run."));
        return service.Load(command.Parse(flags.Split(' ')));
    }
}
