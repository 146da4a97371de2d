using System.Net;
using System.Net.Sockets;
using Connet.Cli.Configuration;
using Connet.Cli.Services;
using Connet.Cli.Tests.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connet.Cli.Tests.Services;

/// <summary>A folder over HTTP at an address of this machine.</summary>
public sealed class FolderServerTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Test]
    [CancelAfter(60_000)]
    public async Task Files_and_listings_are_served_and_nothing_beside_the_folder(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_scratch.Path("root/sub"));
        _scratch.Write("root/file.txt", "hello");
        _scratch.Write("root/sub/data.unknown", "data");
        _scratch.Write("secret", "secret");
        await using FolderServer server = Server("127.0.0.1:0");
        await server.StartAsync(cancellationToken);
        using HttpClient client = new() { BaseAddress = new Uri(server.Address!) };
        Assert.That(await client.GetStringAsync("file.txt", cancellationToken), Is.EqualTo("hello"));
        Assert.That(await client.GetStringAsync("sub/data.unknown", cancellationToken), Is.EqualTo("data"));
        Assert.That(await client.GetStringAsync("", cancellationToken), Does.Contain("file.txt").And.Contain("sub/"));
        Assert.That((await client.GetAsync("..%2fsecret", cancellationToken)).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await client.GetAsync("nowhere", cancellationToken)).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        await server.StopAsync(cancellationToken);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task An_address_in_use_is_told_with_the_key(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_scratch.Path("root"));
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        await using FolderServer server = Server(taken.LocalEndpoint.ToString()!);
        Assert.That(
            Assert.ThrowsAsync<ConfigurationException>(() => server.StartAsync(cancellationToken))!.Message,
            Is.EqualTo($"file1.toml:3: client.destinations.files.addr: Another program listens at {taken.LocalEndpoint} already: choose another address, or end that program"));
    }

    private FolderServer Server(string address)
    {
        SettingsSection client = Settings.Load($"[client.destinations.files]\nfile-server-root = '{_scratch.Path("root")}'\naddr = '{address}'").Root.Single("client");
        return new FolderServer(EndpointSettings.AllOf(client, []).Single(), NullLogger.Instance);
    }
}
