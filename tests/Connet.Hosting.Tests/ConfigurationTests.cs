using Connet.Client;
using Connet.Control;
using Connet.Relay;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Connet.Hosting.Tests;

/// <summary>Everything from configuration.</summary>
public sealed class ConfigurationTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Test]
    public void Options_of_a_control_server_are_read()
    {
        ControlServerOptions options = Read<ControlServerOptions>(
            (services, section) => services.AddConnetControlServer(section),
            ("CertificateFile", "cert.pem"),
            ("KeyFile", "key.pem"),
            ("ClientIngresses:0:Address", "127.0.0.1:1"),
            ("ClientIngresses:0:DenyCidrs:0", "10.0.0.0/8"),
            ("ClientIngresses:1:Address", "127.0.0.1:2"),
            ("ClientTokens:0", "a"),
            ("ClientTokens:1", "b"),
            ("ClientTokenRestrictions:0:NameMatches", "^x"),
            ("ClientTokenRestrictions:1:RoleMatches:0", "source"),
            ("EndpointExpiry", "00:00:07"));
        Assert.That(options.ClientIngresses.Select(each => each.Address), Is.EqualTo(new[] { "127.0.0.1:1", "127.0.0.1:2" }));
        Assert.That(options.ClientIngresses[0].DenyCidrs, Is.EqualTo(new[] { "10.0.0.0/8" }));
        Assert.That(options.ClientTokens, Is.EqualTo(new[] { "a", "b" }));
        Assert.That((options.ClientTokenRestrictions[0].NameMatches, options.ClientTokenRestrictions[1].RoleMatches[0]), Is.EqualTo(("^x", "source")));
        Assert.That((options.EndpointExpiry, options.KeyFile), Is.EqualTo((TimeSpan.FromSeconds(7), "key.pem")));
    }

    [Test]
    public void Options_of_a_relay_are_read_and_code_wins()
    {
        RelayServerOptions options = Read<RelayServerOptions>(
            (services, section) => services.AddConnetRelayServer(section, options => options.Metadata = "code"),
            ("Token", "t"),
            ("Metadata", "file"),
            ("ControlAddress", "control.example:1"),
            ("Ingresses:0:Address", ":5"),
            ("Ingresses:0:HostPorts:0", "relay.example"),
            ("FailFast", "true"),
            ("MaxStreamsPerConnection", "12"));
        Assert.That((options.Token, options.Metadata, options.ControlAddress), Is.EqualTo(("t", "code", "control.example:1")));
        Assert.That((options.Ingresses[0].Address, options.Ingresses[0].HostPorts[0]), Is.EqualTo((":5", "relay.example")));
        Assert.That((options.FailFast, options.MaxStreamsPerConnection), Is.EqualTo((true, 12)));
    }

    [Test]
    public void Options_of_the_combined_server_are_read()
    {
        ConnetServerOptions options = Read<ConnetServerOptions>(
            (services, section) => services.AddConnetServer(section),
            ("CertificateFile", "cert.pem"),
            ("KeyFile", "key.pem"),
            ("ClientTokens:0", "a"),
            ("RelayIngresses:0:HostPorts:0", "relay.example:7"),
            ("StoreDirectory", "/state"),
            ("ShutdownTimeout", "00:00:01"));
        Assert.That((options.ClientTokens[0], options.RelayIngresses[0].HostPorts[0]), Is.EqualTo(("a", "relay.example:7")));
        Assert.That((options.StoreDirectory, options.ShutdownTimeout), Is.EqualTo(("/state", TimeSpan.FromSeconds(1))));
    }

    [Test]
    public async Task Options_of_a_client_are_read_with_its_endpoints()
    {
        ServiceCollection services = new();
        services.AddConnetClient(
            Section(
                ("Token", "t"),
                ("ServerAddress", "control.example"),
                ("RelayEncryptions:0", "dhxcp"),
                ("DirectAddress", "127.0.0.1:0"),
                ("Sources:web:Address", "tcp://127.0.0.1:0"),
                ("Sources:web:Route", "relay"),
                ("Destinations:api:DialTimeout", "00:00:03"),
                ("Destinations:api:Address", "tcp://127.0.0.1:3000")));
        await using ServiceProvider provider = services.BuildServiceProvider();
        ConnetClientOptions options = provider.GetRequiredService<IOptions<ConnetClientOptions>>().Value;
        Assert.That((options.Token, options.ServerAddress, options.RelayEncryptions.Single()), Is.EqualTo(("t", "control.example", "dhxcp")));
        Assert.That(provider.GetRequiredKeyedService<ConnetSource>("web").Name, Is.EqualTo("web"));
        Assert.That(provider.GetRequiredKeyedService<ConnetDestination>("api").Name, Is.EqualTo("api"));
    }

    [Test]
    public void An_unknown_key_fails_and_is_named()
    {
        Assert.That(
            () => Read<RelayServerOptions>((services, section) => services.AddConnetRelayServer(section), ("Token", "t"), ("Tokn", "x")),
            Throws.InvalidOperationException.With.Message.Contains("Tokn"));
        Assert.That(
            () => Read<ConnetServerOptions>((services, section) => services.AddConnetServer(section), ("ClientIngresses:0:Adress", ":1")),
            Throws.InvalidOperationException.With.Message.Contains("Adress"));
        Assert.That(
            () => Read<ConnetClientOptions>((services, section) => services.AddConnetClient(section), ("Source:web:Address", ":1")),
            Throws.InvalidOperationException.With.Message.Contains("Source"));
    }

    [Test]
    public void A_bad_value_names_its_key() =>
        Assert.That(
            () => Read<RelayServerOptions>((services, section) => services.AddConnetRelayServer(section), ("HedgeDelay", "soon")),
            Throws.InvalidOperationException.With.Message.Contains("HedgeDelay"));

    [Test]
    public async Task A_host_runs_a_server_from_configuration_alone()
    {
        using TemporaryFolder folder = new();
        (string certificate, string key) = TestCertificate.CreatePem();
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Connet:CertificateFile"] = folder.Write("cert.pem", certificate),
            ["Connet:KeyFile"] = folder.Write("key.pem", key),
            ["Connet:ClientIngresses:0:Address"] = "127.0.0.1:0",
            ["Connet:ClientTokens:0"] = "t",
            ["Connet:RelayIngresses:0:Address"] = "127.0.0.1:0",
        });
        builder.Services.AddConnetServer(builder.Configuration.GetSection("Connet"));
        using IHost host = builder.Build();
        using CancellationTokenSource patience = new(s_patience);
        await host.StartAsync(patience.Token);
        Assert.That(host.Services.GetRequiredService<ConnetServerService>().Server.Control.GetStatus().Relays, Has.Count.EqualTo(1));
        await host.StopAsync(patience.Token);
    }

    private static T Read<T>(Action<IServiceCollection, IConfiguration> add, params (string Key, string Value)[] values)
        where T : class
    {
        ServiceCollection services = new();
        add(services, Section(values));
        using ServiceProvider provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<T>>().Value;
    }

    private static IConfigurationSection Section(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(pair => KeyValuePair.Create($"Connet:{pair.Key}", (string?)pair.Value)))
            .Build()
            .GetSection("Connet");
}
