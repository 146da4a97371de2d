using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Connet.Cli.Configuration;
using Connet.Cli.Diagnostics;
using Connet.Cli.Services;
using Connet.Cli.Tests.Configuration;
using Connet.Cli.Tests.Processes;
using Connet.Cli.Tests.Reloading;
using Connet.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Connet.Cli.Tests.Services;

/// <summary>The status of each command over HTTP, in a host as the command runs it.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class StatusServiceTests
{
    private const string Token = "hush-5551234";
    private const string Status = "\nstatus-addr = '127.0.0.1:0'\n";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private static readonly Dictionary<string, Func<IConnetService>> s_services = new()
    {
        ["client"] = () => new ClientService(),
        ["server"] = () => new ServerService(),
        ["control"] = () => new ControlService(),
        ["relay"] = () => new RelayService(),
    };

    [TestCase("client", "[client]\ntoken = '@'\nserver-addr = '127.0.0.1:1'\ndirect-addr = '127.0.0.1:0'", "not_connected")]
    [TestCase("server", "[server]\ntokens = ['@']\naddr = '127.0.0.1:0'\nrelay-addr = '127.0.0.1:0'\ncert-file = '#/cert.pem'\nkey-file = '#/key.pem'\nstore-dir = '#/s'", "running")]
    [TestCase("control", "[control]\nclients-tokens = ['@']\nclients-addr = '127.0.0.1:0'\ncert-file = '#/cert.pem'\nkey-file = '#/key.pem'\nstore-dir = '#/s'", "running")]
    [TestCase("relay", "[relay]\ntoken = '@'\naddr = '127.0.0.1:0'\ncontrol-addr = '127.0.0.1:1'\nstore-dir = '#/s'", "not_connected")]
    public async Task Each_command_serves_its_status_from_before_its_start_to_after_its_end(string section, string toml, string status)
    {
        using Scratch scratch = new();
        ServerFiles.WriteCertificate(scratch, "cert.pem", "key.pem");
        using CancellationTokenSource patience = new(s_patience);
        LoadedSettings settings = Settings.Load(toml.Replace("@", Token, StringComparison.Ordinal).Replace("#", scratch.Folder, StringComparison.Ordinal) + Status);
        using LineLoggerProvider logs = new(new LogSink(TextWriter.Null, hold: false), LogFormat.Text, TimeProvider.System);
        HostApplicationBuilder builder = HostRunner.CreateBuilder(LogLevel.Information, logs);
        await using ServiceContext context = new(settings, _ => null, builder.Services, failFast: false);
        IConnetService service = s_services[section]();
        StatusService.Register(builder.Services, settings.Root.Single(section));
        await service.RegisterAsync(context, patience.Token);
        IHost host = builder.Build();
        await using ConfiguredAsyncDisposable disposal = ((IAsyncDisposable)host).ConfigureAwait(false);
        service.Verify(context, host.Services);

        IHostedService[] hosted = [.. host.Services.GetServices<IHostedService>()];
        Assert.That(hosted[0], Is.TypeOf<StatusService>(), "it starts first and stops last");
        await host.StartAsync(patience.Token);
        using HttpClient http = new() { BaseAddress = new Uri(((StatusService)hosted[0]).Address!), Timeout = s_patience };
        string text = await http.GetStringAsync("status.json", patience.Token);
        using JsonDocument document = JsonDocument.Parse(text);
        JsonElement found = document.RootElement;
        Assert.That((found.GetProperty("kind").GetString(), found.GetProperty("status").GetString()), Is.EqualTo((section, status)));
        Assert.That(text, Does.Not.Contain("5551234").And.Not.Contain("PRIVATE"));
        await host.StopAsync(patience.Token);
        Assert.That(async () => await http.GetAsync("status.json", patience.Token), Throws.InstanceOf<HttpRequestException>());
    }

    [Test]
    public async Task Nothing_is_served_without_an_address()
    {
        LineLog log = new();
        await using StatusService service = new(Section(""), () => throw new InvalidOperationException("Nobody asks."), log);
        await service.StartAsync(CancellationToken.None);
        Assert.That((service.Address, log.Waiting), Is.EqualTo(((string?)null, 0)));
        await service.StopAsync(CancellationToken.None);
    }

    [Test]
    public async Task A_port_in_use_is_told_with_the_key()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        await using ConnetClient client = new(new ConnetClientOptions { Token = Token });
        await using StatusService service = new(Section($"status-addr = '{taken.LocalEndpoint}'"), () => [client], new LineLog());
        Assert.That(
            Assert.ThrowsAsync<ConfigurationException>(() => service.StartAsync(CancellationToken.None))!.Message,
            Is.EqualTo($"file1.toml:2: client.status-addr: Another program listens at {taken.LocalEndpoint} already: choose another address, or end that program"));
    }

    [TestCase("status-addr = ':1'", "status-addr = ':1'", false)]
    [TestCase("status-addr = ':1'", "status-addr = ':2'", true)]
    [TestCase("status-addr = ':1'", "", true)]
    [TestCase("", "status-addr = ':1'", true)]
    public async Task Another_address_takes_a_restart(string before, string after, bool isTold)
    {
        LineLog log = new();
        await using StatusService service = new(Section(before), () => [], log);
        service.NoteChange(Section(after), "client");
        Assert.That(log.Waiting, Is.EqualTo(isTold ? 1 : 0));
        if (isTold)
        {
            Assert.That(await log.NextAsync(), Is.EqualTo("Warning: changed, and in effect after the next start: client.status-addr"));
        }
    }

    private static SettingsSection Section(string toml) => Settings.Load($"[client]\n{toml}").Root.Single("client");
}
