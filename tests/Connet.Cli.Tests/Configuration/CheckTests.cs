using Connet.Cli.Tests.Processes;

namespace Connet.Cli.Tests.Configuration;

/// <summary><c>connet check</c>: what no single key can tell, each with its exact line and exit code. <c>@</c> stands for the folder.</summary>
public sealed class CheckTests : IDisposable
{
    private const string Ingress = "cert-file = '@/cert.pem'\nkey-file = '@/key.pem'\n";

    private readonly Scratch _scratch = new();

    [OneTimeSetUp]
    public void Write_files()
    {
        ServerFiles.WriteCertificate(_scratch, "cert.pem", "key.pem");
        ServerFiles.WriteCertificate(_scratch, "other.pem", "other-key.pem");
        _scratch.Write("both.pem", File.ReadAllText(_scratch.Path("cert.pem")) + "\n" + File.ReadAllText(_scratch.Path("key.pem")));
        _scratch.Write("empty", "");
        _scratch.Write("text.pem", "no certificate");
        _scratch.Write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        _scratch.Write("two-tokens", "a\nb\n");
        Directory.CreateDirectory(_scratch.Path("folder"));
    }

    public void Dispose() => _scratch.Dispose();

    [TestCase("[client]", "[client] needs a token: give token or token-file there, or --token or --token-file, or set CONNET_TOKEN", 0)]
    [TestCase("[client]\ntoken-file = '@/nowhere'", "client.token-file: cannot read @/nowhere: no such file", 2)]
    [TestCase("[client]\ntoken-file = '@/folder'", "client.token-file: cannot read @/folder: access denied or not a file", 2)]
    [TestCase("[client]\ntoken-file = '@/empty'", "client.token-file: the first line of @/empty is empty, and should be the token", 2)]
    [TestCase("[client]\ntoken = 'x'\nserver-cas = '@/nowhere'", "client.server-cas: cannot read @/nowhere: no such file", 3)]
    [TestCase("[client]\ntoken = 'x'\nserver-cas-file = '@/text.pem'", "client.server-cas-file: @/text.pem has no certificate in PEM", 3)]
    [TestCase("[client]\ntoken = 'x'\nserver-cas-file = '@/broken.pem'", "client.server-cas-file: @/broken.pem has a certificate that cannot be read", 3)]
    [TestCase("[client]\ntoken = 'x'\ndirect-stateless-reset-key-file = '@/text.pem'", "client.direct-stateless-reset-key-file: @/text.pem has 14 bytes, and such a key has 32", 3)]
    [TestCase("[client]\ntoken = 'x'\n[client.sources.a]\nroute = 'any'", "client.sources.a needs an address: addr or url", 3)]
    [TestCase("[client]\ntoken = 'x'\n[client.sources.'']\naddr = ':1'", "client.sources.: an endpoint needs a name", 3)]
    [TestCase("[client]\ntoken = 'x'\n[client.sources.a]\nurl = 'tcp://x'", "client.sources.a.url: 'tcp://x' needs a host and a port from 0 to 65535: write tcp://host:port", 4)]
    [TestCase("[client]\ntoken = 'x'\n[client.sources.a]\nurl = 'tcp://:65536'", "client.sources.a.url: 'tcp://:65536' needs a host and a port from 0 to 65535: write tcp://host:port", 4)]
    [TestCase("[client]\ntoken = 'x'\n[client.sources.a]\nurl = 'tcp://:1/path'", "client.sources.a.url: 'tcp://:1/path' has a path, which tcp does not know: write tcp://host:port", 4)]
    [TestCase("[client]\ntoken = 'x'\n[client.destinations.a]\naddr = ':1'", "client.destinations.a.addr: 'tcp://:1' names no host to connect to: write tcp://host:port", 4)]
    [TestCase("[client]\ntoken = 'x'\n[client.destinations.a]\nurl = 'tcp://h:0'", "client.destinations.a.url: 'tcp://h:0' names no port to connect to: write tcp://host:port with a port from 1 to 65535", 4)]
    [TestCase("[client]\ntoken = 'x'\n[client.destinations.a]\nurl = 'tcp://a b:1'", "client.destinations.a.url: 'tcp://a b:1' is no address of an endpoint: spaces are written as %20", 4)]
    [TestCase("[client]\ntoken = 'x'\n[client.destinations.a]\nurl = 'udp://h:1'", "client.destinations.a.url: 'udp://h:1' is not available in this version yet", 4)]
    [TestCase("[client]\ntoken = 'x'\n[client.destinations.a]\nfile-server-root = '@/nowhere'", "client.destinations.a.file-server-root: there is no folder @/nowhere", 4)]
    [TestCase("[client]\ntoken = 'x'\n[client.destinations.a]\nfile-server-root = '@/folder'\nurl = 'https://h'", "client.destinations.a.url: file-server-root goes with addr, or with no address: leave one of the two out", 5)]
    [TestCase("[client]\ntoken = 'x'\n[client.sources.a]\nurl = 'tls://:1'", "client.sources.a.url: a source with tls needs cert-file, a certificate, and key-file, its key, in PEM", 4)]
    [TestCase("[client]\ntoken = 'x'\n[client.sources.a]\nurl = 'https://:1'\ncert-file = '@/nowhere'", "client.sources.a.cert-file: cannot read @/nowhere: no such file", 5)]
    [TestCase("[client]\ntoken = 'x'\n[client.sources.a]\nurl = 'wss://:1'\ncert-file = '@/cert.pem'\nkey-file = '@/other-key.pem'", "client.sources.a.cert-file: @/cert.pem with the key in @/other-key.pem cannot be used: The provided key does not match the public key for this certificate", 5)]
    [TestCase("[client]\ntoken = 'x'\n[client.destinations.a]\nurl = 'tls://h:1'\nkey-file = '@/key.pem'", "client.destinations.a.key-file is there without cert-file: give the certificate of this key too", 5)]
    [TestCase("[client]\ntoken = 'x'\n[client.destinations.a]\nurl = 'tls://h:1'\ncas-file = '@/text.pem'", "client.destinations.a.cas-file: @/text.pem has no certificate in PEM", 5)]
    [TestCase("[client]\ntoken = 'x'\n[client.sources.a]\nurl = 'tls://:1'\ncert-file = '@/both.pem'\ncas-file = 'insecure-skip-verify'", "client.sources.a.cas-file: insecure-skip-verify is for destinations: a source without cas-file asks for no certificate", 6)]
    [TestCase("[server]\n" + Ingress, "[server] needs tokens: give tokens or tokens-file there, or --tokens or --tokens-file", 0)]
    [TestCase("[server]\ntokens-file = '@/empty'\n" + Ingress, "server.tokens-file: @/empty has no token", 2)]
    [TestCase("[server]\ntokens = ['']\n" + Ingress, "server.tokens must be a text that is not empty", 2)]
    [TestCase("[server]\ntokens = ['a']", "[server] needs cert-file: a certificate and its key in PEM files", 0)]
    [TestCase("[server]\ntokens = ['a']\ncert-file = '@/cert.pem'", "[server] needs key-file: a certificate and its key in PEM files", 0)]
    [TestCase("[server]\ntokens = ['a']\ncert-file = '@/cert.pem'\nkey-file = '@/nowhere'", "server.key-file: cannot read @/nowhere: no such file", 4)]
    [TestCase("[server]\ntokens = ['a']\ncert-file = '@/cert.pem'\nkey-file = '@/other-key.pem'", "server.cert-file: @/cert.pem with @/other-key.pem is no server certificate: The private key does not belong to the first certificate of the chain", 3)]
    [TestCase("[server]\ntokens = ['a', 'b']\n" + Ingress + "[[server.token-restriction]]", "server.token-restriction: there are 1 of these for 2 tokens: give one for each token, in order, or none", 5)]
    [TestCase("[server]\ntokens-file = '@/two-tokens'\n" + Ingress + "[[server.token-restriction]]\n[[server.token-restriction]]\n[[server.token-restriction]]", "server.token-restriction: there are 3 of these for 2 tokens: give one for each token, in order, or none", 5)]
    [TestCase("[server]\ntokens = ['a']\nstore-dir = '@/empty'\n" + Ingress, "server.store-dir: the state folder @/empty cannot be made: @/empty is a file", 3)]
    [TestCase("[control]\n" + Ingress, "[control] needs tokens: give clients-tokens or clients-tokens-file there, or --clients-tokens or --clients-tokens-file", 0)]
    [TestCase("[control]\nclients-tokens = ['a']\nrelays-tokens = ['a', 'b']\n" + Ingress + "[[control.relays-token-ip-restriction]]", "control.relays-token-ip-restriction: there are 1 of these for 2 tokens: give one for each token, in order, or none", 6)]
    [TestCase("[control]\nclients-tokens = ['a']\nrelays-tokens = ['a']\nclients-ingress = [{ cert-file = '@/cert.pem', key-file = '@/key.pem' }]\nrelays-ingress = [{ cert-file = '@/text.pem', key-file = '@/key.pem' }]", "control.relays-ingress.cert-file: @/text.pem with @/key.pem is no server certificate: A chain has 1 to 10 certificates, not 0", 5)]
    [TestCase("[relay]\naddr = ':1'", "[relay] needs a token: give token or token-file there, or --token or --token-file", 0)]
    [TestCase("[relay]\ntoken = 'x'\ncontrol-cas = '@/nowhere'", "relay.control-cas: cannot read @/nowhere: no such file", 3)]
    public async Task A_mistake(string toml, string expected, int line)
    {
        string file = _scratch.Write($"{Guid.NewGuid():N}.toml", InFolder(toml));
        await CheckedFile.ExpectErrorAsync($"connet: {file}{(line == 0 ? "" : $":{line}")}: {InFolder(expected)}", file);
    }

    [TestCase("", "no section of a command")]
    [TestCase("log-level = 'warn'", "no section of a command")]
    [TestCase("[client]\ntoken = 'x'\n[client.sources.a]\naddr = ':1'\n[client.sources.b]\nurl = 'tcp://:2'\n[client.destinations.a]\naddr = 'h:1'", "client with 1 destination and 2 sources")]
    [TestCase("[server]\ntokens = ['a']\nstore-dir = '@/state'\n" + Ingress, "control server and relay with 1 token")]
    [TestCase("[control]\nclients-tokens-file = '@/two-tokens'\nrelays-tokens = ['c']\nstore-dir = '@/state'\n" + Ingress, "control server with 2 client tokens and 1 relay token")]
    [TestCase("[relay]\ntoken = 'x'\nstore-dir = '@/state'\ncontrol-addr = 'c'\nstatus-addr = ':1'", "relay of c:19189")]
    [TestCase("[client]\ntoken = 'x'\n[client.sources.a]\naddr = ':1'\n[relay]\ntoken = 'x'\nstore-dir = '@/state'", "client with 0 destinations and 1 source; relay of localhost:19189")]
    public async Task A_good_file_is_told_in_a_line_and_nothing_is_made(string toml, string found)
    {
        string file = _scratch.Write($"{Guid.NewGuid():N}.toml", InFolder(toml));
        await CheckedFile.ExpectGoodAsync([file], $"{file}: {found}: good");
        Assert.That(Path.Exists(_scratch.Path("state")), Is.False);
    }

    [TestCase("[client]\ntoken = 'x'", "the client has neither a source nor a destination: nothing can pass")]
    [TestCase("[client]\ntoken = 'x'\nnat-pmp = 'system'\n[client.sources.a]\naddr = ':1'", "{file}:3: client.nat-pmp is not available in this version yet and does nothing")]
    [TestCase("[client]\ntoken = 'x'\n[client.sources.a]\naddr = ':1'\nurl = 'tcp://:2'", "{file}:5: client.sources.a.url and client.sources.a.addr say the same: client.sources.a.url holds")]
    [TestCase("[client]\ntoken = 'x'\n[client.sources.a]\naddr = ':1'\ncert-file = 'c'", "{file}:5: client.sources.a.cert-file does nothing with tcp: it is for tls, https and wss")]
    [TestCase("[client]\ntoken = 'x'\n[client.sources.a]\naddr = ':1'\nlb-retry = 'all'", "{file}:5: client.sources.a.lb-retry does nothing without lb-policy")]
    [TestCase("[server]\ntokens = ['a', 'b', 'a']\nstore-dir = '@/state'\n" + Ingress, "{file}:2: server.tokens: 1 duplicate in the list: the last one's restriction holds")]
    [TestCase("[server]\ntokens = ['a']\n" + Ingress, "no store-dir, and neither CONNET_STATE_DIR nor STATE_DIRECTORY is set: state is in a temporary folder, and identity and state will not outlive the process")]
    [TestCase("[control]\nclients-tokens = ['a']\nstore-dir = '@/state'\n" + Ingress, "no relays-tokens: no relay can connect")]
    public async Task What_is_odd_is_a_warning(string toml, string warning)
    {
        string file = _scratch.Write($"{Guid.NewGuid():N}.toml", InFolder(toml));
        (int code, string output, string error) = await CheckedFile.RunAsync("check", file);
        Assert.That(error, Is.EqualTo($"connet: warning: {warning.Replace("{file}", file, StringComparison.Ordinal)}{Environment.NewLine}"));
        Assert.That(output, Does.EndWith($": good, with 1 warning{Environment.NewLine}"));
        Assert.That(code, Is.Zero);
    }

    [Test]
    public async Task Several_files_are_checked_together()
    {
        string first = _scratch.Write("first.toml", "[client]\nserver-addr = 'a'\n[client.sources.a]\naddr = ':1'\n");
        string second = _scratch.Write("second.toml", "[client]\ntoken = 'x'\n");
        await CheckedFile.ExpectGoodAsync([first, second], $"{first}, {second}: client with 0 destinations and 1 source: good");
    }

    [Test]
    public async Task A_file_that_is_missing_is_told() => await CheckedFile.ExpectErrorAsync("connet: nowhere.toml: cannot be read: no such file", "nowhere.toml");

    [Test]
    public async Task A_folder_is_no_file() =>
        await CheckedFile.ExpectErrorAsync($"connet: {_scratch.Folder}: cannot be read: access denied or not a file", _scratch.Folder);

    private string InFolder(string text) => text.Replace("@", _scratch.Folder, StringComparison.Ordinal);
}
