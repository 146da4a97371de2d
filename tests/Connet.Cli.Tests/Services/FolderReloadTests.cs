using System.Net;
using System.Net.Sockets;
using Connet.Cli.Services;
using Connet.Cli.Tests.Reloading;

namespace Connet.Cli.Tests.Services;

/// <summary>Folders that are served at an address of this machine, with files that change.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FolderReloadTests : IDisposable
{
    private const string Client = "[client]\ntoken = 'x'\nserver-addr = '127.0.0.1:1'\ndirect-addr = '127.0.0.1:0'\n";
    private const string Served = "info  destination files: ";

    private readonly Scratch _scratch = new();
    private readonly HttpClient _http = new();

    public void Dispose()
    {
        _http.Dispose();
        _scratch.Dispose();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_folder_and_its_address_come_change_and_go(CancellationToken cancellationToken)
    {
        foreach (string name in new[] { "one", "two" })
        {
            Directory.CreateDirectory(_scratch.Path(name));
            _scratch.Write($"{name}/file.txt", name);
        }

        await using RunningService service = await RunningService.StartAsync(() => new ClientService(), _scratch.Folder, Client);
        string first = AddressIn(await service.ReloadAsync(File("one", $"127.0.0.1:{FreePorts.Next()}")));
        Assert.That(await _http.GetStringAsync(first + "file.txt", cancellationToken), Is.EqualTo("one"));

        // At the address that the one before it has until then.
        string host = new Uri(first).Authority;
        string second = AddressIn(await service.ReloadAsync(File("two", host)));
        Assert.That(second, Is.EqualTo(first));
        Assert.That(await _http.GetStringAsync(second + "file.txt", cancellationToken), Is.EqualTo("two"));

        Assert.That(await service.ReloadAsync(Client), Has.One.Contains("destination files: removed"));
        Assert.That(async () => await _http.GetStringAsync(second + "file.txt", cancellationToken), Throws.InstanceOf<HttpRequestException>());

        using TcpListener taken = new(IPAddress.Loopback, FreePorts.Next());
        taken.Start();
        string file = File("one", taken.LocalEndpoint.ToString()!);
        string expected = $"Another program listens at {taken.LocalEndpoint} already";
        Assert.That(await service.ReloadAsync(file), Has.One.Contains("error destination files: not added: ").And.One.Contains(expected));
        taken.Stop();
        string third = AddressIn(await service.ReloadAsync(file));
        Assert.That(await _http.GetStringAsync(third + "file.txt", cancellationToken), Is.EqualTo("one"));
    }

    private static string AddressIn(string[] lines) => lines.Single(line => line.StartsWith(Served, StringComparison.Ordinal) && line.Contains(" is served at ", StringComparison.Ordinal))
        .Split(" is served at ")[1].Split(' ')[0];

    private string File(string folder, string address) => $"{Client}[client.destinations.files]\nfile-server-root = '{_scratch.Path(folder)}'\naddr = '{address}'\n";
}
