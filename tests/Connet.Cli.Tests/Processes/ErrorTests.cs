using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Connet.Control;
using NUnit.Framework.Constraints;

namespace Connet.Cli.Tests.Processes;

/// <summary>What ends the command is one clear line on stderr, with exit code 1; a signal is no error.</summary>
[Parallelizable(ParallelScope.All)]
public sealed partial class ErrorTests : IDisposable
{
    private const string Token = "hush-5551234";
    private const string WrongToken = "wrong-5551234";
    private const string RelayToken = "relays-5551234";
    private static readonly TimeSpan s_heldBack = TimeSpan.FromSeconds(10);

    private readonly Scratch _scratch = new();
    private ConnetProcess? _server;
    private ControlServer? _controlServer;
    private string _address = "";
    private string _relay = "";
    private string _control = "";
    private string _status = "";

    [OneTimeSetUp]
    public async Task Start_a_server()
    {
        ServerFiles.WriteCertificate(_scratch, "cert.pem", "key.pem");
        ServerFiles.WriteCertificate(_scratch, "other-cert.pem", "other-key.pem");
        _server = ConnetProcess.Start(_scratch.Folder, [.. ServerFlags("127.0.0.1:0"), "--store-dir", "state", "--status-addr", "127.0.0.1:0"]);
        string[] addresses = (await _server.WaitForLineAsync("server: clients on ")).Split("clients on ")[1].Split(", relay on ");
        (_address, _relay) = (addresses[0], addresses[1]);
        _status = (await _server.WaitForLineAsync(" status: http://")).Split("status: ")[1];

        // Relays of their own need a control server of its own, which needs no process of its own.
        ControlServerOptions options = new() { CertificateFile = _scratch.Path("cert.pem"), KeyFile = _scratch.Path("key.pem") };
        options.ClientIngresses.Add(new ControlIngressOptions { Address = "127.0.0.1:0" });
        options.RelayIngresses.Add(new ControlIngressOptions { Address = "127.0.0.1:0" });
        options.ClientTokens.Add(Token);
        options.RelayTokens.Add(RelayToken);
        _controlServer = await ControlServer.StartAsync(options);
        _control = _controlServer.RelayEndPoints[0].ToString();
    }

    [OneTimeTearDown]
    public async Task Stop_the_server()
    {
        if (_controlServer is not null)
        {
            await _controlServer.DisposeAsync();
        }

        if (_server is not null)
        {
            Assert.That(await _server.SignalAsync("TERM"), Is.Zero, _server.ToString());
            await _server.DisposeAsync();
        }
    }

    public void Dispose() => _scratch.Dispose();

    [Test]
    public Task A_wrong_token() =>
        ExpectAsync(
            UnknownToken($"The control server {_address} refused the token of this client: ", _address, "; check the client's token and the rules for it there."),
            Client($"token = '{WrongToken}'"));

    [Test]
    public Task A_wrong_token_of_a_relay() =>
        ExpectAsync(
            UnknownToken($"The control server at {_control} refused this relay: ", _control, "; check the relay's token and the rules for it there."),
            Relay(WrongToken));

    [Test]
    public Task A_wrong_authority() =>
        ExpectAsync(
            $"The certificate of the control server {_address} is not trusted, check the file of authorities and the server's name: {NotTrusted(_address)}",
            Client($"token = '{Token}'", "other-cert.pem"));

    [Test]
    public Task A_wrong_authority_of_a_relay() =>
        ExpectAsync(
            $"The certificate of the control server at {_control} is not trusted, check the relay's file of authorities and the server's name: {NotTrusted(_control)}",
            Relay(RelayToken, authorities: "other-cert.pem"));

    [Test]
    public Task An_unknown_key()
    {
        string[] client = Client($"token = '{Token}'\nserve-addr = 'x'");
        return ExpectAsync($"{client[1]}:5: unknown key 'client.serve-addr'; the nearest known key is 'client.server-addr'", client);
    }

    [Test]
    public Task A_bad_value()
    {
        string[] client = Client($"token = '{Token}'\nmetadata = 7");
        return ExpectAsync($"{client[1]}:5: client.metadata must be a text of at most 1024 characters, in quotes", client);
    }

    [Test]
    public Task A_token_file_that_is_not_there()
    {
        string[] client = Client("token-file = 'nowhere'");
        return ExpectAsync($"{client[1]}:4: client.token-file: cannot read nowhere: no such file", client);
    }

    [Test]
    public Task A_certificate_file_that_is_not_there() =>
        ExpectAsync("--cert-file: cannot read nowhere.pem: no such file", [.. ServerFlags("127.0.0.1:0", certificate: "nowhere.pem"), "--store-dir", "other-state"]);

    [Test]
    public async Task A_client_port_in_use()
    {
        using Socket taken = ServerFiles.TakeUdpPort(out int port);
        await ExpectAsync(
            $"The UDP address ':{port}' of the client (DirectAddress) cannot be used, choose another one or end the program that has it: {InUse($"[::]:{port}")}.",
            [.. Client($"token = '{Token}'"), "--direct-addr", $":{port}"]);
    }

    [Test]
    public async Task A_source_port_in_use()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await ExpectAsync(
            $"Another program listens at tcp://127.0.0.1:{port} already: choose another address, or end that program.",
            [.. Client($"token = '{Token}'"), "--src-name", "web", "--src-addr", $"127.0.0.1:{port}"]);
    }

    [Test]
    public Task A_server_port_in_use() => ExpectAsync(CannotListen("The ingress for clients cannot listen at", _address), [.. ServerFlags(_address), "--store-dir", "other-state"]);

    [Test]
    public Task A_relay_port_of_a_server_in_use() =>
        ExpectAsync(CannotListen("The relay cannot listen on", _relay), [.. ServerFlags("127.0.0.1:0", relay: _relay), "--store-dir", "relay-port-state"]);

    [Test]
    public Task A_relay_port_in_use() => ExpectAsync(CannotListen("The relay cannot listen on", _relay), Relay(RelayToken, address: _relay));

    [Test]
    public Task A_control_port_in_use() =>
        ExpectAsync(CannotListen("The ingress for clients cannot listen at", _address), Control("clients-port-state", clients: _address));

    [Test]
    public Task A_control_port_for_relays_in_use() =>
        ExpectAsync(CannotListen("The ingress for relays cannot listen at", _control), Control("relays-port-state", relays: _control));

    [Test]
    public async Task The_status_is_where_the_log_says_and_its_port_in_use_is_an_error()
    {
        using HttpClient http = new() { Timeout = ConnetProcess.Limit };
        string text = await http.GetStringAsync(new Uri(_status));
        Assert.That(text, Does.Contain("\"kind\": \"server\"").And.Contain(_address).And.Not.Contain("5551234"));
        string address = new Uri(_status).Authority;
        await ExpectAsync(
            $"--status-addr: Another program listens at {address} already: choose another address, or end that program",
            [.. ServerFlags("127.0.0.1:0"), "--store-dir", "status-port-state", "--status-addr", address]);
    }

    [Test]
    public Task A_state_folder_in_use() =>
        ExpectAsync(
            $"The control server's state file '{Path.Combine(_scratch.Folder, "state", "control.db")}' is in use by another process: end that process, or use another file.",
            [.. ServerFlags("127.0.0.1:0"), "--store-dir", "state"]);

    [Test]
    public Task A_key_of_another_certificate() =>
        ExpectAsync(
            "--cert-file: cert.pem with other-key.pem is no server certificate: The private key does not belong to the first certificate of the chain",
            [.. ServerFlags("127.0.0.1:0", key: "other-key.pem"), "--store-dir", "other-state"]);

    [Test]
    public Task A_relay_that_is_given_the_port_of_clients() =>
        ExpectAsync(
            $"What answers at {_address} does not serve relays, check that this is the control server's address for relays: "
            + $"The peer {_address} refused the TLS handshake (alert 120): The TLS handshake failed with no_application_protocol at the peer's client_hello (1).",
            [.. Relay(RelayToken, control: _address), "--fail-fast"]);

    [Test]
    public Task An_unknown_flag() => ExpectAsync("unknown flag '--tokne'; the nearest known flag is '--token'; see --help", ["--tokne", Token]);

    [Test]
    public async Task No_server_with_fail_fast()
    {
        using Socket silent = ServerFiles.TakeUdpPort(out int port);
        string address = $"127.0.0.1:{port}";
        await ExpectAsync(
            $"The control server {address} cannot be used: {address} did not complete a QUIC handshake in time: check the address and that UDP reaches it.",
            ["--token", Token, "--server-addr", address, "--direct-addr", ":0", "--fail-fast", "--handshake-idle-timeout", "1s"]);
    }

    [Test]
    public Task A_check_of_a_file_with_a_mistake()
    {
        string file = Client($"token = '{Token}'\ntokne-file = 'x'")[1];
        return ExpectAsync($"{file}:5: unknown key 'client.tokne-file'; the nearest known key is 'client.token-file'", ["check", file]);
    }

    [Test]
    public async Task A_check_of_a_good_file_binds_nothing()
    {
        using Socket taken = ServerFiles.TakeUdpPort(out int port);
        string file = Client($"token = '{Token}'\ndirect-addr = ':{port}'\n[client.sources.a]\naddr = '{_address}'")[1];
        await using ConnetProcess process = ConnetProcess.Start(_scratch.Folder, "check", file);
        Assert.That(await process.WaitForExitAsync(), Is.Zero, process.ToString());
        Assert.That(process.Output, Is.EqualTo(new[] { $"{file}: client with 0 destinations and 1 source: good" }));
        Assert.That(process.Errors, Is.Empty);
    }

    [Test]
    public async Task The_version_is_printed()
    {
        await using ConnetProcess process = ConnetProcess.Start(_scratch.Folder, "version");
        Assert.That(await process.WaitForExitAsync(), Is.Zero);
        Assert.That(process.Output, Has.Length.EqualTo(1));
        Assert.That(process.Output[0], Does.Match("^[0-9]+\\.[0-9]+\\.[0-9]+"));
    }

    private static string[] ServerFlags(string address, string relay = "127.0.0.1:0", string certificate = "cert.pem", string key = "key.pem") =>
        ["server", "--tokens", Token, "--cert-file", certificate, "--key-file", key, "--addr", address, "--relay-addr", relay];

    private static string[] Control(string state, string clients = "127.0.0.1:0", string relays = "127.0.0.1:0") =>
        [
            "control", "--clients-tokens", Token, "--relays-tokens", RelayToken, "--cert-file", "cert.pem", "--key-file", "key.pem",
            "--clients-addr", clients, "--relays-addr", relays, "--store-dir", state,
        ];

    /// <summary>The server's answer and the end of its connection tell the same, and either may arrive first.</summary>
    private static EqualStringConstraint UnknownToken(string before, string address, string after)
    {
        const string Reason = "The token is not known here";
        return Is.EqualTo($"connet: {before}{Reason} (AuthenticationFailed){after}")
            .Or.EqualTo($"connet: {before}The peer {address} closed the QUIC connection with code 100: {Reason}{after}");
    }

    private static string NotTrusted(string address) =>
        $"This side, in the connection with {address}, refused the TLS handshake (alert 48): The peer's certificate does not chain to a trusted root.";

    private static string InUse(string address) => $"Cannot bind a UDP socket to {address}: AddressAlreadyInUse (Address already in use)";

    private static string CannotListen(string who, string address) => $"{who} '{address}': {InUse(address)}; choose another address, or end the program that uses it.";

    /// <summary>A client whose file has the given lines from the fourth on.</summary>
    private string[] Client(string lines, string authorities = "cert.pem")
    {
        string file = Path.Combine(NewFolder(), "client.toml");
        File.WriteAllText(file, $"[client]\nserver-addr = '{_address}'\nserver-cas = '{authorities}'\n{lines}\n");
        return ["--config", file];
    }

    private string[] Relay(string token, string address = "127.0.0.1:0", string? control = null, string authorities = "cert.pem") =>
        ["relay", "--token", token, "--addr", address, "--control-addr", control ?? _control, "--control-cas-file", authorities, "--store-dir", NewFolder()];

    private string NewFolder() => Directory.CreateDirectory(_scratch.Path(Guid.NewGuid().ToString("N"))).FullName;

    private Task ExpectAsync(string sentence, string[] arguments) => ExpectAsync(Is.EqualTo($"connet: {sentence}"), arguments);

    private async Task ExpectAsync(IResolveConstraint line, string[] arguments)
    {
        if (arguments[0] == "--config" && !arguments.Contains("--direct-addr"))
        {
            arguments = [.. arguments, "--direct-addr", "127.0.0.1:0"];
        }

        long started = Stopwatch.GetTimestamp();
        await using ConnetProcess process = ConnetProcess.Start(_scratch.Folder, arguments);
        Assert.That(await process.WaitForExitAsync(), Is.EqualTo(1), process.ToString());
        Assert.That(process.Output, Is.Empty);

        // What was held back is written while a start goes on that takes as long as that, and the machine may be that busy.
        string[] lines = Stopwatch.GetElapsedTime(started) < s_heldBack ? process.Errors : [.. process.Errors.Where(each => !HeldBack.IsMatch(each))];
        Assert.That(lines, Has.Length.EqualTo(1), process.ToString());
        Assert.That(lines[0], line);
        Assert.That(process.ToString(), Does.Not.Contain("5551234").And.Not.Contain("Exception").And.Not.Contain("unexpected failure"));
    }

    /// <summary>What is logged before a start fails: what went well, that there are no endpoints, and what the last line says.</summary>
    [GeneratedRegex("^[0-9TZ:.-]+ (info |warn  the client has neither a source nor a destination: |error The (client stopped|relay stops): )", RegexOptions.CultureInvariant)]
    private static partial Regex HeldBack { get; }
}
