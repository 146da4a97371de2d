using Connet.HandPeer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Connet.Control.Tests;

/// <summary>The server in a container.</summary>
public sealed class HostingTests
{
    [Test]
    public async Task The_host_starts_and_stops_the_server()
    {
        InMemoryControlStore store = new();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<IControlStore>(store);
        builder.Services.AddConnetControlServer(Configure);
        using IHost host = builder.Build();
        ControlServerHostedService service = host.Services.GetRequiredService<ControlServerHostedService>();
        Assert.That(service.Server, Is.Null);
        ValueTask<ControlServer> waiting = service.GetServerAsync();
        await host.StartAsync();
        ControlServer server = await waiting;
        Assert.That(service.Server, Is.SameAs(server));
        Assert.That(server.ClientEndPoints.Single().Port, Is.Positive);
        Assert.That(await store.GetAsync("control-id"), Is.EqualTo(System.Text.Encoding.UTF8.GetBytes(server.Id)), "the store is the container's");
        await host.StopAsync();
        await server.Completion.WaitAsync(HandConnection.Patience);
    }

    [Test]
    public async Task A_server_whose_socket_fails_stops_the_host()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddConnetControlServer(Configure);
        using IHost host = builder.Build();
        await host.StartAsync();
        ControlServer server = host.Services.GetRequiredService<ControlServerHostedService>().Server!;
        await server.ClientIngresses[0].CloseAsync();
        await host.WaitForShutdownAsync().WaitAsync(HandConnection.Patience);
        Assert.ThrowsAsync<ControlServerException>(() => server.Completion);
    }

    [Test]
    public void Options_are_checked_when_the_host_starts()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddConnetControlServer(options =>
        {
            Configure(options);
            options.ClientIngresses[0].Address = ":70000";
        });
        using IHost host = builder.Build();
        OptionsValidationException? exception = Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.That(exception!.Message, Does.Contain("ClientIngresses[0].Address"));
    }

    [Test]
    public async Task A_server_that_cannot_start_fails_the_host_and_those_who_wait()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddConnetControlServer(options =>
        {
            Configure(options);
            (options.Certificate, options.CertificateFile, options.KeyFile) = (null, "/nowhere/server.pem", "/nowhere/server.key");
        });
        using IHost host = builder.Build();
        Assert.ThrowsAsync<ControlServerException>(() => host.StartAsync());
        Assert.ThrowsAsync<ControlServerException>(async () => await host.Services.GetRequiredService<ControlServerHostedService>().GetServerAsync());
        await host.StopAsync();
    }

    [Test]
    public void Options_can_be_bound_from_configuration()
    {
        ConfigurationManager configuration = new();
        configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ClientIngresses:0:Address"] = "127.0.0.1:0",
            ["ClientIngresses:0:AllowCidrs:0"] = "127.0.0.0/8",
            ["ClientTokens:0"] = "token",
            ["ClientTokenRestrictions:0:RoleMatches:0"] = "source",
            ["CertificateFile"] = "server.pem",
            ["KeyFile"] = "server.key",
            ["EndpointExpiry"] = "00:01:00",
            ["Limits:MaxNameLength"] = "100",
        });
        ControlServerOptions options = configuration.Get<ControlServerOptions>()!;
        Assert.That(options.Validate(), Is.Empty);
        Assert.That(options.ClientIngresses.Single().AllowCidrs, Is.EqualTo(new[] { "127.0.0.0/8" }));
        Assert.That(options.ClientTokenRestrictions.Single().RoleMatches, Is.EqualTo(new[] { "source" }));
        Assert.That((options.EndpointExpiry, options.Limits.MaxNameLength), Is.EqualTo((TimeSpan.FromMinutes(1), 100)));
    }

    private static void Configure(ControlServerOptions options)
    {
        options.Certificate = ControlHarness.Certificate;
        options.ClientIngresses.Add(new ControlIngressOptions { Address = "127.0.0.1:0" });
        options.ClientTokens.Add("token");
    }
}
