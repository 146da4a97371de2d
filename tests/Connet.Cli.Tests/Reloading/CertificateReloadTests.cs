using System.Net.Security;
using System.Net.Sockets;
using Connet.Cli.Configuration;
using Connet.Cli.Services;
using Connet.Cli.Tests.Configuration;
using Connet.Cli.Tests.Processes;

namespace Connet.Cli.Tests.Reloading;

/// <summary>Certificates of a client's endpoints whose files change.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CertificateReloadTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Test]
    public void A_client_watches_the_files_that_it_names()
    {
        LoadedSettings settings = Settings.Load(
            """
            [client]
            token-file = 'token'
            server-cas = 'server.pem'
            [client.sources.a]
            url = 'tls://:1'
            cert-file = 'a.pem'
            key-file = 'a.key'
            cas-file = 'users.pem'
            [client.destinations.b]
            url = 'https://b'
            cert-file = 'b.pem'
            cas-file = 'insecure-skip-verify'
            """);
        Assert.That(new ClientService().FilesOf(settings), Is.EquivalentTo(new[] { "token", "server.pem", "a.pem", "a.key", "users.pem", "b.pem" }));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task New_users_meet_the_new_certificate_and_the_source_stays(CancellationToken cancellationToken)
    {
        ServerFiles.WriteCertificate(_scratch, "cert.pem", "key.pem");
        string client = $"[client]\ntoken = 'x'\nserver-addr = '127.0.0.1:1'\ndirect-addr = '127.0.0.1:0'\n[client.sources.web]\nurl = 'tls://127.0.0.1:0'\n"
            + $"cert-file = '{_scratch.Path("cert.pem")}'\nkey-file = '{_scratch.Path("key.pem")}'\n";
        await using RunningService service = await RunningService.StartAsync(() => new ClientService(), _scratch.Folder, client);
        string first = await SeenAsync(service, cancellationToken);
        ServerFiles.WriteCertificate(_scratch, "cert.pem", "key.pem");
        Assert.That(await SeenAsync(service, cancellationToken), Is.EqualTo(first));
        Assert.That(await service.ReloadAsync(client), Has.None.Contains("source web"));
        string second = await SeenAsync(service, cancellationToken);
        Assert.That(second, Is.Not.EqualTo(first));

        _scratch.Write("key.pem", "no key");
        Assert.ThrowsAsync<ConfigurationException>(() => service.ReloadAsync(client));
        Assert.That(await SeenAsync(service, cancellationToken), Is.EqualTo(second));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_file_of_the_servers_authorities_that_has_moved_holds_nothing_up(CancellationToken cancellationToken)
    {
        ServerFiles.WriteCertificate(_scratch, "old.pem", "old-key.pem");
        ServerFiles.WriteCertificate(_scratch, "cert.pem", "key.pem");
        await using RunningService service = await RunningService.StartAsync(() => new ClientService(), _scratch.Folder, Client("old.pem"));
        string first = await SeenAsync(service, cancellationToken);
        File.Move(_scratch.Path("old.pem"), _scratch.Path("new.pem"));
        ServerFiles.WriteCertificate(_scratch, "cert.pem", "key.pem");
        Assert.That(await service.ReloadAsync(Client("new.pem")), Has.None.Contains("next start"));
        string second = await SeenAsync(service, cancellationToken);
        Assert.That(second, Is.Not.EqualTo(first));
        ServerFiles.WriteCertificate(_scratch, "cert.pem", "key.pem");
        Assert.ThrowsAsync<ConfigurationException>(() => service.ReloadAsync(Client("old.pem")));
        Assert.That(await SeenAsync(service, cancellationToken), Is.EqualTo(second));

        string Client(string authorities) =>
            $"[client]\ntoken = 'x'\nserver-addr = '127.0.0.1:1'\ndirect-addr = '127.0.0.1:0'\nserver-cas = '{_scratch.Path(authorities)}'\n"
            + $"[client.sources.web]\nurl = 'tls://127.0.0.1:0'\ncert-file = '{_scratch.Path("cert.pem")}'\nkey-file = '{_scratch.Path("key.pem")}'\n";
    }

    /// <summary>The certificate that a user of the source is shown.</summary>
    private static async Task<string> SeenAsync(RunningService service, CancellationToken cancellationToken)
    {
        using TcpClient user = new();
        await user.ConnectAsync(service.SourceEndPoint("web"), cancellationToken);
        await using SslStream tls = new(user.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "127.0.0.1", RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null }, cancellationToken);
        return tls.RemoteCertificate!.GetCertHashString();
    }
}
