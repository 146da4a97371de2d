using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Connet.Cli.Tests.Processes;

/// <summary>What ends the command is one clear line on stderr, with exit code 1; a signal is no error.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ErrorTests : IDisposable
{
    private const string Token = "hush-5551234";
    private static readonly TimeSpan s_heldBack = TimeSpan.FromSeconds(10);

    private readonly Scratch _scratch = new();
    private ConnetProcess? _server;
    private string _address = "";
    private string _status = "";

    [OneTimeSetUp]
    public async Task Start_a_server()
    {
        ServerFiles.WriteCertificate(_scratch, "cert.pem", "key.pem");
        ServerFiles.WriteCertificate(_scratch, "other-cert.pem", "other-key.pem");
        _server = ConnetProcess.Start(_scratch.Folder, [.. ServerFlags("127.0.0.1:0"), "--store-dir", "state", "--status-addr", "127.0.0.1:0"]);
        string line = await _server.WaitForLineAsync("server: clients on ");
        _address = line.Split("clients on ")[1].Split(',')[0];
        _status = (await _server.WaitForLineAsync(" status: http://")).Split("status: ")[1];
    }

    [OneTimeTearDown]
    public async Task Stop_the_server()
    {
        if (_server is not null)
        {
            Assert.That(await _server.SignalAsync("TERM"), Is.Zero, _server.ToString());
            await _server.DisposeAsync();
        }
    }

    public void Dispose() => _scratch.Dispose();

    [Test]
    public Task A_wrong_token() => ExpectAsync("token", Client("token = 'wrong-5551234'"));

    [Test]
    public Task A_wrong_authority() => ExpectAsync("certificate", Client($"token = '{Token}'", "other-cert.pem"));

    [Test]
    public Task An_unknown_key() => ExpectAsync("^connet: .*client.toml:5: unknown key 'client.serve-addr'; the nearest known key is 'client.server-addr'$", Client($"token = '{Token}'\nserve-addr = 'x'"));

    [Test]
    public Task A_bad_value() => ExpectAsync("client.toml:5: client.metadata must be", Client($"token = '{Token}'\nmetadata = 7"));

    [Test]
    public Task A_token_file_that_is_not_there() => ExpectAsync("client.toml:4: client.token-file: cannot read nowhere: no such file$", Client("token-file = 'nowhere'"));

    [Test]
    public Task A_certificate_file_that_is_not_there() => ExpectAsync("nowhere\\.pem", [.. ServerFlags("127.0.0.1:0"), "--cert-file", "nowhere.pem", "--store-dir", "other-state"], skip: "cert.pem");

    [Test]
    public async Task A_client_port_in_use()
    {
        using Socket taken = ServerFiles.TakeUdpPort(out int port);
        await ExpectAsync($"{port}", [.. Client($"token = '{Token}'"), "--direct-addr", $":{port}"]);
    }

    [Test]
    public async Task A_source_port_in_use()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await ExpectAsync($"{port}", [.. Client($"token = '{Token}'"), "--src-name", "web", "--src-addr", $"127.0.0.1:{port}"]);
    }

    [Test]
    public Task A_server_port_in_use() => ExpectAsync(_address.Split(':')[1], [.. ServerFlags(_address), "--store-dir", "other-state"]);

    [Test]
    public async Task The_status_is_where_the_log_says_and_its_port_in_use_is_an_error()
    {
        using HttpClient http = new() { Timeout = ConnetProcess.Limit };
        string text = await http.GetStringAsync(new Uri(_status));
        Assert.That(text, Does.Contain("\"kind\": \"server\"").And.Contain(_address).And.Not.Contain("5551234"));
        string address = new Uri(_status).Authority;
        await ExpectAsync(
            $"^connet: --status-addr: Another program listens at {address} already: choose another address, or end that program$",
            [.. ServerFlags("127.0.0.1:0"), "--store-dir", "other-state", "--status-addr", address]);
    }

    [Test]
    public Task A_state_folder_in_use() => ExpectAsync("state", [.. ServerFlags("127.0.0.1:0"), "--store-dir", "state"]);

    [Test]
    public Task A_key_of_another_certificate() => ExpectAsync("does not belong", [.. ServerFlags("127.0.0.1:0"), "--key-file", "other-key.pem", "--store-dir", "other-state"], skip: "key.pem");

    [Test]
    public Task A_relay_that_is_given_the_port_of_clients() =>
        ExpectAsync("connet: ", ["relay", "--token", Token, "--addr", "127.0.0.1:0", "--control-addr", _address, "--control-cas-file", "cert.pem", "--store-dir", "relay-state", "--fail-fast"]);

    [Test]
    public Task An_unknown_flag() => ExpectAsync("unknown flag '--tokne'; the nearest known flag is '--token'; see --help", ["--tokne", Token]);

    [Test]
    public async Task No_server_with_fail_fast()
    {
        using Socket silent = ServerFiles.TakeUdpPort(out int port);
        await ExpectAsync($"127.0.0.1:{port}", ["--token", Token, "--server-addr", $"127.0.0.1:{port}", "--direct-addr", ":0", "--fail-fast", "--handshake-idle-timeout", "1s"]);
    }

    [Test]
    public Task A_check_of_a_file_with_a_mistake() =>
        ExpectAsync("^connet: .*client.toml:5: unknown key 'client.tokne-file'; the nearest known key is 'client.token-file'$", ["check", Client($"token = '{Token}'\ntokne-file = 'x'")[1]]);

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

    private static string[] ServerFlags(string address) =>
        ["server", "--tokens", Token, "--cert-file", "cert.pem", "--key-file", "key.pem", "--addr", address, "--relay-addr", "127.0.0.1:0"];

    /// <summary>A client whose file has the given lines from the fourth on.</summary>
    private string[] Client(string lines, string authorities = "cert.pem")
    {
        string folder = Directory.CreateDirectory(_scratch.Path(Guid.NewGuid().ToString("N"))).FullName;
        string file = Path.Combine(folder, "client.toml");
        File.WriteAllText(file, $"[client]\nserver-addr = '{_address}'\nserver-cas = '{authorities}'\n{lines}\n");
        return ["--config", file];
    }

    private async Task ExpectAsync(string pattern, string[] arguments, string? skip = null)
    {
        List<string> line = [.. arguments];
        if (skip is not null)
        {
            line.RemoveRange(line.IndexOf(skip) - 1, 2);
        }

        if (line.Contains("--config") && !line.Contains("--direct-addr"))
        {
            line.AddRange(["--direct-addr", "127.0.0.1:0"]);
        }

        long started = Stopwatch.GetTimestamp();
        await using ConnetProcess process = ConnetProcess.Start(_scratch.Folder, [.. line]);
        Assert.That(await process.WaitForExitAsync(), Is.EqualTo(1), process.ToString());
        Assert.That(process.Output, Is.Empty);

        // A start that takes as long as that is logged while it goes on, and the machine may be that busy.
        Assert.That(process.Errors, Stopwatch.GetElapsedTime(started) < s_heldBack ? Has.Length.EqualTo(1) : Is.Not.Empty, process.ToString());
        Assert.That(process.Errors[^1], Does.StartWith("connet: ").And.Match(pattern));
        Assert.That(process.ToString(), Does.Not.Contain("5551234").And.Not.Contain("Exception").And.Not.Contain("unexpected failure"));
    }
}
