namespace Connet.Cli.Tests.Processes;

/// <summary>Files that change while the commands run.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ReloadTests
{
    private const string Token = "hush-5551234";

    [Test]
    public async Task Endpoints_of_a_client_come_and_go_with_its_file()
    {
        using Scratch scratch = new();
        await using ConnetProcess server = StartServer(scratch);
        string address = (await server.WaitForLineAsync("server: clients on ")).Split("clients on ")[1].Split(',')[0];
        await using EchoService service = new();
        string common = $"[client]\ntoken = '{Token}'\nserver-addr = '{address}'\nserver-cas = 'cert.pem'\ndirect-addr = '127.0.0.1:0'\n"
            + $"[client.destinations.echo]\naddr = '{service.Address}'\n";
        scratch.Write("client.toml", common + "[client.sources.gone]\naddr = '127.0.0.1:0'\n");
        await using ConnetProcess client = ConnetProcess.Start(scratch.Folder, "--config", "client.toml");
        await client.WaitForLineAsync("ready: connected to ");
        await client.WaitForLineAsync("source gone: listening on ");

        scratch.Write("client.toml", common + $"[client.sources.echo]\naddr = '127.0.0.1:{FreePorts.Next()}'\n");
        string line = await client.WaitForLineAsync("source echo: listening on ");
        await client.WaitForLineAsync("source gone: removed");
        await client.WaitForLineAsync("reloaded: the new settings hold");
        string source = line.Split("listening on ")[1];
        byte[] question = [1, 2, 3];
        Assert.That(await EchoService.AskAsync(source, question), Is.EqualTo(question), client.ToString());

        scratch.Write("client.toml", common + "[client.sources.echo]\naddr = 'nonsense'\n");
        Assert.That(
            await client.WaitForLineAsync("not reloaded, the old settings hold: "),
            Does.Contain(": client.toml:9: client.sources.echo.addr must be host:port, [v6]:port or :port, with a port from 0 to 65535, not 'nonsense'"));
        Assert.That(await EchoService.AskAsync(source, question), Is.EqualTo(question), client.ToString());

        scratch.Write("client.toml", common.Replace("127.0.0.1:0", "127.0.0.1:1", StringComparison.Ordinal) + $"[client.sources.echo]\naddr = '{source}'\n");
        await client.SendAsync("HUP");
        await client.WaitForLineAsync("changed, and in effect after the next start: client.direct-addr");
        Assert.That(await EchoService.AskAsync(source, question), Is.EqualTo(question), client.ToString());
        Assert.That(client.Errors.Count(each => each.Contains(" error ", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(await client.SignalAsync("TERM"), Is.Zero);
        Assert.That(client.ToString(), Does.Not.Contain("5551234"));
    }

    [Test]
    public async Task A_server_goes_on_when_its_new_file_is_not_good()
    {
        using Scratch scratch = new();
        await using ConnetProcess server = StartServer(scratch);
        await server.WaitForLineAsync("ready: ");
        scratch.Write("server.toml", ServerFile + "status-addr = '127.0.0.1:1'\n");
        await server.SendAsync("HUP");
        await server.WaitForLineAsync("changed, and in effect after the next start: server.status-addr");
        scratch.Write("server.toml", "[server]\ntokens = []\n");
        await server.SendAsync("HUP");
        await server.WaitForLineAsync("not reloaded, the old settings hold: server.toml: [server] needs tokens");
        scratch.Write("key.pem", "no key");
        scratch.Write("server.toml", ServerFile);
        await server.WaitForLineAsync("not reloaded, the old settings hold: server.toml:3: server.cert-file: cert.pem with key.pem is no server certificate");
        Assert.That(await server.SignalAsync("TERM"), Is.Zero, server.ToString());
        Assert.That(server.ToString(), Does.Not.Contain("5551234"));
    }

    [Test]
    public async Task A_token_that_is_taken_away_ends_the_session_of_its_client_and_no_other()
    {
        TestMachine.RequireTime();
        using Scratch scratch = new();
        ServerFiles.WriteCertificate(scratch, "cert.pem", "key.pem");
        scratch.Write("tokens", $"{Token}\n{Token}-other\n");
        scratch.Write("server.toml", ServerFile.Replace($"tokens = ['{Token}']", "tokens-file = 'tokens'", StringComparison.Ordinal));
        await using ConnetProcess server = ConnetProcess.Start(scratch.Folder, "server", "--config", "server.toml");
        string address = (await server.WaitForLineAsync("server: clients on ")).Split("clients on ")[1].Split(',')[0];
        await using ConnetProcess stays = await StartClientAsync(scratch, address, Token);
        await using ConnetProcess goes = await StartClientAsync(scratch, address, Token + "-other");

        scratch.Write("tokens", $"{Token}\n{Token}-new\n");
        await server.WaitForLineAsync("reloaded: the new settings hold");
        await goes.WaitForLineAsync(" refused the token of this client: ");
        await using ConnetProcess comes = await StartClientAsync(scratch, address, Token + "-new");
        Assert.That(await goes.SignalAsync("TERM"), Is.Zero, goes.ToString());
        Assert.That(await stays.SignalAsync("TERM"), Is.Zero, stays.ToString());
        Assert.That(stays.Errors, Has.None.Contains(" warn "));
        Assert.That(server.ToString(), Does.Not.Contain("5551234"));
    }

    [Test]
    public async Task New_certificates_hold_without_a_restart()
    {
        using Scratch scratch = new();
        await using ConnetProcess server = StartServer(scratch);
        string address = (await server.WaitForLineAsync("server: clients on ")).Split("clients on ")[1].Split(',')[0];
        await using ConnetProcess first = await StartClientAsync(scratch, address, Token);
        ServerFiles.WriteCertificate(scratch, "cert.pem", "key.pem");
        await server.SendAsync("HUP");
        await server.WaitForLineAsync("reloaded: the new settings hold");
        await using ConnetProcess second = await StartClientAsync(scratch, address, Token);
        Assert.That(await first.SignalAsync("TERM"), Is.Zero, first.ToString());
    }

    private const string ServerFile = $"[server]\ntokens = ['{Token}']\ncert-file = 'cert.pem'\nkey-file = 'key.pem'\naddr = '127.0.0.1:0'\nrelay-addr = '127.0.0.1:0'\nstore-dir = 'state'\n";

    private static async Task<ConnetProcess> StartClientAsync(Scratch scratch, string address, string token)
    {
        ConnetProcess client = ConnetProcess.Start(
            scratch.Folder, "--token", token, "--server-addr", address, "--server-cas-file", "cert.pem", "--direct-addr", "127.0.0.1:0", "--src-name", "web", "--src-addr", "127.0.0.1:0");
        await client.WaitForLineAsync("ready: connected to ");
        return client;
    }

    private static ConnetProcess StartServer(Scratch scratch)
    {
        ServerFiles.WriteCertificate(scratch, "cert.pem", "key.pem");
        scratch.Write("server.toml", ServerFile);
        return ConnetProcess.Start(scratch.Folder, "server", "--config", "server.toml");
    }
}
