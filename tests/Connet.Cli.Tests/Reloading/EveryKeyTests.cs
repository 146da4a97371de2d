using System.Security.Cryptography;
using Connet.Cli.Configuration;
using Connet.Cli.Services;
using Connet.Cli.Tests.Configuration;
using Connet.Cli.Tests.Processes;
using Microsoft.Extensions.Logging;

namespace Connet.Cli.Tests.Reloading;

/// <summary>A reload puts each changed key into effect, or names it: none is passed over.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class EveryKeyTests : IDisposable
{
    private const string Restart = "warn  changed, and in effect after the next start: ";

    private readonly Scratch _scratch = new();

    public EveryKeyTests()
    {
        ServerFiles.WriteCertificate(_scratch, "cert.pem", "key.pem");
        File.Copy(_scratch.Path("cert.pem"), _scratch.Path("cert2.pem"));
        File.Copy(_scratch.Path("key.pem"), _scratch.Path("key2.pem"));
        File.WriteAllBytes(_scratch.Path("reset.key"), RandomNumberGenerator.GetBytes(32));
        _scratch.Write("tokens", "y\n");
    }

    public void Dispose() => _scratch.Dispose();

    [Test]
    public void The_table_has_every_key() => Assert.That(ReloadedKeys.Applied.Keys.Concat(ReloadedKeys.Named.Keys), Is.EquivalentTo(KeyPaths.Of(KeyTable.Root)));

    [Test]
    [CancelAfter(120_000)]
    public async Task Each_is_applied_or_named(
        [Values("client", "server", "control", "relay")] string section, [Values("Older", "Newer")] string dialect)
    {
        Spelling spelling = Enum.Parse<Spelling>(dialect);
        string start = InFolder(ReloadedKeys.File(section, spelling));
        await using RunningService service = await RunningService.StartAsync(ServiceOf(section), _scratch.Folder, start);
        foreach (string path in ReloadedKeys.Of(section, spelling))
        {
            bool isApplied = ReloadedKeys.Applied.TryGetValue(path, out string? value);
            string file = InFolder(ReloadedKeys.File(section, spelling, path, value ?? ReloadedKeys.Named[path]));
            string[] lines = [.. (await service.ReloadAsync(file)).Where(line => !line.StartsWith("debug", StringComparison.Ordinal))];
            Assert.That(service.Sink.Level, Is.EqualTo(path == "log-level" ? LogLevel.Debug : LogLevel.Information), path);
            string written = path.Replace("*", "web", StringComparison.Ordinal).Replace("[]", "", StringComparison.Ordinal);
            string[] expected = isApplied ? [] : [Restart + written];
            if (ReloadedKeys.Find(path).Availability == Availability.Ignored)
            {
                Assert.That(lines, Has.Some.Contains($"{written} is not available in this version yet and does nothing"), path);
                expected = [];
            }

            Assert.That(lines.Where(line => line.StartsWith(Restart, StringComparison.Ordinal)), Is.EqualTo(expected), path);
            Assert.That(lines.Where(line => line.StartsWith("error", StringComparison.Ordinal)), Is.Empty, path);
            string? word = path.Split('.') switch { [_, "destinations", ..] => "destination web: forwards to ", [_, "sources", ..] => "source web: listening on ", _ => null };
            Assert.That(lines.Any(line => word is not null && line.Contains(word, StringComparison.Ordinal)), Is.EqualTo(word is not null), path);
            await service.ReloadAsync(start);
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task What_can_change_does_beside_what_cannot()
    {
        await using RunningService service = await RunningService.StartAsync(ServiceOf("server"), _scratch.Folder, InFolder(ReloadedKeys.File("server", Spelling.Newer)));
        string ingress = "{ addr = '127.0.0.1:0', cert-file = '@/cert.pem', key-file = '@/key.pem' }";
        string[] lines = await service.ReloadAsync(InFolder(
            $"log-format = 'json'\n[server]\ntokens = ['y']\nstore-dir = '@/elsewhere'\ningress = [{ingress}, {ingress}]\nrelay-ingress = [{{ addr = '127.0.0.1:0', deny-cidrs = ['127.0.0.1'] }}]\n"));
        Assert.That(lines, Has.One.EqualTo(Restart + "log-format, server.ingress, server.store-dir"));
        Assert.That(lines, Has.Some.Contains("info "), "and the rest holds");
        Assert.That(Directory.Exists(_scratch.Path("elsewhere")), Is.False);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_token_that_changes_in_its_file_is_named_and_never_shown()
    {
        string client = $"[client]\ntoken-file = '{_scratch.Path("tokens")}'\nserver-addr = '127.0.0.1:1'\ndirect-addr = '127.0.0.1:0'\n";
        await using RunningService service = await RunningService.StartAsync(ServiceOf("client"), _scratch.Folder, client);
        Assert.That(await service.ReloadAsync(client), Has.None.StartsWith(Restart));
        _scratch.Write("tokens", "another-secret\n");
        Assert.That(await service.ReloadAsync(client), Has.One.EqualTo(Restart + "client.token-file").And.None.Contains("another-secret"));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Relays_tokens_that_begin_to_be_there_are_named_and_others_end()
    {
        string common = InFolder("[control]\nclients-tokens = ['x']\nclients-addr = '127.0.0.1:0'\nrelays-addr = '127.0.0.1:0'\ncert-file = '@/cert.pem'\nkey-file = '@/key.pem'\n");
        string some = common + "relays-tokens = ['r']\n";
        await using RunningService without = await RunningService.StartAsync(ServiceOf("control"), _scratch.Folder, common + $"store-dir = '{_scratch.Path("one")}'\n");
        Assert.That(await without.ReloadAsync(some + $"store-dir = '{_scratch.Path("one")}'\n"), Has.One.EqualTo(Restart + "control.relays-tokens"));
        await using RunningService with = await RunningService.StartAsync(ServiceOf("control"), _scratch.Folder, some + $"store-dir = '{_scratch.Path("two")}'\n");
        Assert.That(await with.ReloadAsync(common + $"store-dir = '{_scratch.Path("two")}'\n"), Has.None.StartsWith(Restart).And.One.Contains("no relays-tokens: no relay can connect"));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_setting_that_needs_a_restart_is_checked_all_the_same()
    {
        string start = InFolder(ReloadedKeys.File("relay", Spelling.Older));
        await using RunningService service = await RunningService.StartAsync(ServiceOf("relay"), _scratch.Folder, start);
        string file = start.Replace("relay-older", "tokens", StringComparison.Ordinal);
        Assert.That(
            Assert.ThrowsAsync<ConfigurationException>(() => service.ReloadAsync(file))!.Message,
            Does.EndWith($"relay.store-dir: the state folder {_scratch.Path("tokens")} cannot be made: {_scratch.Path("tokens")} is a file"));
    }

    private static Func<IConnetService> ServiceOf(string section) => section switch
    {
        "client" => () => new ClientService(),
        "server" => () => new ServerService(),
        "control" => () => new ControlService(),
        _ => () => new RelayService(),
    };

    private string InFolder(string text) => text.Replace("@", _scratch.Folder, StringComparison.Ordinal);
}
