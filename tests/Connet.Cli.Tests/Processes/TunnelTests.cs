using System.Security.Cryptography;

namespace Connet.Cli.Tests.Processes;

/// <summary>The commands as separate processes, joined by files and flags of either dialect.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class TunnelTests
{
    private const string ClientToken = "clients-5551234";
    private const string RelayToken = "relays-5551234";

    [Test]
    public async Task Control_relay_and_client_carry_a_connection()
    {
        TestMachine.RequireTime();
        using Scratch scratch = new();
        ServerFiles.WriteCertificate(scratch, "cert.pem", "key.pem");
        scratch.Write(
            "control.toml",
            $"""
            [control]
            clients-addr = "127.0.0.1:0"
            relays-addr = "127.0.0.1:0"
            cert-file = "cert.pem"
            key-file = "key.pem"
            clients-tokens = ["{ClientToken}"]
            relays-tokens-file = "relays"
            store-dir = "control"
            """);
        scratch.Write("relays", RelayToken + "\n");
        await using ConnetProcess control = ConnetProcess.Start(scratch.Folder, "control", "--config", "control.toml");
        string line = await control.WaitForLineAsync("control: clients on ");
        string[] addresses = line.Split("clients on ")[1].Split(", relays on ");

        await using ConnetProcess relay = ConnetProcess.Start(
            scratch.Folder, "relay", "--token-file", "relays", "--control-addr", addresses[1], "--control-cas", "cert.pem", "--addr", "127.0.0.1:0", "--hostname", "127.0.0.1", "--store-dir", "relay");
        await relay.WaitForLineAsync("ready: connected to ");

        await using EchoService service = new();
        await using ConnetProcess client = ConnetProcess.Start(
            scratch.Folder,
            "--token", ClientToken, "--server-addr", addresses[0], "--server-cas-file", "cert.pem", "--direct-addr", "127.0.0.1:0",
            "--dst-name", "echo", "--dst-url", "tcp://" + service.Address, "--src-name", "echo", "--src-addr", "127.0.0.1:0", "--src-route", "relay");
        await ExpectEchoAsync(client);
        foreach (ConnetProcess process in new[] { client, relay, control })
        {
            Assert.That(await process.SignalAsync("TERM"), Is.Zero);
            Assert.That(process.ToString(), Does.Not.Contain("5551234"));
        }
    }

    [Test]
    public async Task Server_and_two_clients_carry_a_connection()
    {
        TestMachine.RequireTime();
        using Scratch scratch = new();
        ServerFiles.WriteCertificate(scratch, "cert.pem", "key.pem");
        scratch.Write(
            "server.toml",
            $"""
            log-format = "json"
            [server]
            tokens = ["{ClientToken}"]
            store-dir = "state"
            [[server.ingress]]
            addr = "127.0.0.1:0"
            cert-file = "cert.pem"
            key-file = "key.pem"
            [[server.relay-ingress]]
            addr = "127.0.0.1:0"
            hostports = ["127.0.0.1"]
            """);
        await using ConnetProcess server = ConnetProcess.Start(scratch.Folder, "server", "--config", "server.toml");
        string line = await server.WaitForLineAsync("server: clients on ");
        string address = line.Split("clients on ")[1].Split(',')[0];
        await using EchoService service = new();
        string common = $"[client]\ntoken = '{ClientToken}'\nserver-addr = '{address}'\nserver-cas = 'cert.pem'\ndirect-addr = '127.0.0.1:0'\n";
        scratch.Write("destination.toml", $"{common}[client.destinations.echo]\naddr = '{service.Address}'\n");
        scratch.Write("source.toml", $"{common}[client.sources.echo]\naddr = '127.0.0.1:0'\nroute = 'direct'\n");
        await using ConnetProcess destination = ConnetProcess.Start(scratch.Folder, "--config", "destination.toml");
        await destination.WaitForLineAsync("ready: connected to ");
        await using ConnetProcess source = ConnetProcess.Start(scratch.Folder, "--config", "source.toml");
        await ExpectEchoAsync(source);
        Assert.That(await source.SignalAsync("INT"), Is.Zero);
        Assert.That(await destination.SignalAsync("TERM"), Is.Zero);
        Assert.That(await server.SignalAsync("TERM"), Is.Zero);
        Assert.That(server.Errors, Has.All.StartsWith("{\"time\":"));
    }

    [Test]
    public async Task Generated_files_make_a_system()
    {
        using Scratch scratch = new();
        await RunAsync(scratch, "gen-cert", "--ca", "--out", "authority");
        await RunAsync(scratch, "gen-cert", "--signed-by", "authority", "--name", "127.0.0.1");
        await RunAsync(scratch, "gen-config", "server", "--out", "server.toml");
        await RunAsync(scratch, "gen-config", "client", "--out", "client.toml");
        await RunAsync(scratch, "gen-key", "--out", "reset.key");
        await using ConnetProcess server = ConnetProcess.Start(
            scratch.Folder, "server", "--config", "server.toml", "--addr", "127.0.0.1:0", "--relay-addr", "127.0.0.1:0", "--store-dir", "state");
        string address = (await server.WaitForLineAsync("server: clients on ")).Split("clients on ")[1].Split(',')[0];
        string token = File.ReadLines(scratch.Path("server.toml")).First(line => line.StartsWith("tokens = ", StringComparison.Ordinal)).Split('"')[1];
        await using EchoService service = new();
        scratch.Write("more.toml", "[client]\ndirect-stateless-reset-key-file = 'reset.key'\n[client.sources.example]\nurl = 'tcp://127.0.0.1:0'\n");
        await using ConnetProcess client = ConnetProcess.Start(
            scratch.Folder, "--config", "client.toml", "--config", "more.toml", "--token", token, "--server-addr", address, "--server-cas-file", "authority/ca.pem",
            "--direct-addr", "127.0.0.1:0", "--dst-name", "example", "--dst-url", "tcp://" + service.Address);
        await client.WaitForLineAsync("ready: connected to ");
        string line = await client.WaitForLineAsync("source example: listening on ");
        byte[] question = [1, 2, 3];
        Assert.That(await EchoService.AskAsync(line.Split("listening on ")[1], question), Is.EqualTo(question), client.ToString());
        Assert.That(await client.SignalAsync("TERM"), Is.Zero);
        Assert.That(await server.SignalAsync("TERM"), Is.Zero);
    }

    [Test]
    public async Task A_folder_is_served_through_the_tunnel_and_at_an_address_of_the_machine()
    {
        using Scratch scratch = new();
        ServerFiles.WriteCertificate(scratch, "cert.pem", "key.pem");
        Directory.CreateDirectory(scratch.Path("a folder"));
        scratch.Write("a folder/page.txt", "hello");
        await using ConnetProcess server = ConnetProcess.Start(
            scratch.Folder, "server", "--tokens", ClientToken, "--cert-file", "cert.pem", "--key-file", "key.pem", "--addr", "127.0.0.1:0", "--relay-addr", "127.0.0.1:0", "--store-dir", "state");
        string address = (await server.WaitForLineAsync("server: clients on ")).Split("clients on ")[1].Split(',')[0];
        scratch.Write(
            "client.toml",
            $"""
            [client]
            token = "{ClientToken}"
            server-addr = "{address}"
            server-cas = "cert.pem"
            direct-addr = "127.0.0.1:0"
            [client.destinations.files]
            file-server-root = "a folder"
            addr = "127.0.0.1:0"
            [client.sources.files]
            url = "https://127.0.0.1:0"
            cert-file = "cert.pem"
            key-file = "key.pem"
            lb-policy = "round-robin"
            """);
        await using ConnetProcess client = ConnetProcess.Start(scratch.Folder, "--config", "client.toml");
        await client.WaitForLineAsync("ready: connected to ");
        string local = (await client.WaitForLineAsync(" is served at ")).Split(" at ")[1].Split(' ')[0];
        string source = (await client.WaitForLineAsync("source files: listening on ")).Split("listening on ")[1];
        using HttpClientHandler handler = new() { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
        using HttpClient browser = new(handler) { Timeout = ConnetProcess.Limit };
        Assert.That(await browser.GetStringAsync(new Uri(local + "page.txt")), Is.EqualTo("hello"));
        Assert.That(await browser.GetStringAsync(new Uri($"https://{source}/page.txt")), Is.EqualTo("hello"), client.ToString());
        Assert.That(await client.SignalAsync("TERM"), Is.Zero);
    }

    private static async Task RunAsync(Scratch scratch, params string[] arguments)
    {
        await using ConnetProcess process = ConnetProcess.Start(scratch.Folder, arguments);
        Assert.That(await process.WaitForExitAsync(), Is.Zero, process.ToString());
    }

    private static async Task ExpectEchoAsync(ConnetProcess source)
    {
        await source.WaitForLineAsync("ready: connected to ");
        string line = await source.WaitForLineAsync("source echo: listening on ");
        byte[] question = RandomNumberGenerator.GetBytes(300_000);
        Assert.That(await EchoService.AskAsync(line.Split("listening on ")[1], question), Is.EqualTo(question), source.ToString());
    }
}
