using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Connet.EndToEnd.Tests.Processes;

namespace Connet.EndToEnd.Tests;

/// <summary>Mistakes of the person who starts the command: one clear line on stderr, and exit code 1.</summary>
public sealed class ErrorLineTests
{
    private ConnetSystem? _system;

    private ConnetSystem System => _system!;

    [OneTimeSetUp]
    public async Task Start_server()
    {
        _system = await ConnetSystem.CreateAsync();
        await System.StartServerAsync();
    }

    [OneTimeTearDown]
    public async Task Stop_server()
    {
        if (_system is not null)
        {
            await _system.DisposeAsync();
        }
    }

    [Test]
    public Task A_wrong_token() =>
        AssertOneLineAsync(System.Run("wrong-token", System.ClientConfiguration(Source(), token: "not-this-one")), "token", notContaining: "not-this-one");

    [Test]
    public async Task A_server_that_the_CA_file_does_not_vouch_for()
    {
        string other = await System.MakeCertificateAsync("other.pem", "other-key.pem", "127.0.0.1");
        await AssertOneLineAsync(System.Run("wrong-ca", System.ClientConfiguration(Source(), certificate: other)), "certificate");
    }

    [Test]
    public Task An_unknown_key_of_the_client() =>
        AssertOneLineAsync(System.Run("unknown-client-key", System.ClientConfiguration("server-adr = \"x\"")), "server-adr.*server-addr");

    [Test]
    public Task An_unknown_key_of_the_server() =>
        AssertOneLineAsync(System.Run("unknown-server-key", System.ServerConfiguration("tokns = [\"x\"]"), ["server"]), "tokns.*tokens");

    [Test]
    public async Task A_direct_address_in_use()
    {
        using UdpClient other = new(new IPEndPoint(IPAddress.Any, FreePorts.Next()));
        int port = ((IPEndPoint)other.Client.LocalEndPoint!).Port;
        await AssertOneLineAsync(
            System.Run("direct-in-use", System.ClientConfiguration(Source(), directPort: port)), port.ToString(CultureInfo.InvariantCulture));
    }

    [Test]
    public async Task A_source_address_in_use()
    {
        using TcpListener other = new(IPAddress.Loopback, 0);
        other.Start();
        int port = ((IPEndPoint)other.LocalEndpoint).Port;
        await AssertOneLineAsync(
            System.Run("source-in-use", System.ClientConfiguration(Source(port))), port.ToString(CultureInfo.InvariantCulture));
    }

    [Test]
    public Task A_server_address_in_use() =>
        AssertOneLineAsync(
            System.Run("server-in-use", System.ServerConfiguration().Replace("/store\"", "/other-store\"", StringComparison.Ordinal), ["server"]),
            System.ServerPort.ToString(CultureInfo.InvariantCulture));

    [Test]
    public Task A_certificate_file_that_is_not_there() =>
        AssertOneLineAsync(
            System.Run("no-certificate", System.ServerConfiguration().Replace("/cert.pem", "/nowhere.pem", StringComparison.Ordinal), ["server"]), "nowhere\\.pem");

    private static string Source(int? port = null) =>
        string.Create(CultureInfo.InvariantCulture, $"[client.sources.web]\naddr = \"127.0.0.1:{port ?? FreePorts.Next()}\"");

    private static async Task AssertOneLineAsync(ProgramProcess process, string pattern, string? notContaining = null)
    {
        int exitCode = await process.WaitForExitAsync(TestLimits.Start);
        string[] errors = [.. process.Lines.Where(line => line.IsError).Select(line => line.Text)];
        await TestContext.Out.WriteLineAsync(string.Join('\n', errors));
        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(errors, Has.Length.EqualTo(1), string.Join('\n', errors));
        Assert.That(errors[0], Does.Match("(?i)" + pattern));
        Assert.That(errors[0], Does.Not.Contain("Exception").And.Not.Contain("   at "));
        if (notContaining is not null)
        {
            Assert.That(process.Lines.Select(line => line.Text), Has.None.Contains(notContaining));
        }
    }
}
