using System.Text.Json;
using Connet.Client;
using Connet.Control;
using Connet.Protocol;
using Connet.Relay;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Connet.Hosting.Tests;

/// <summary>The status of the combined server, and of what a host runs.</summary>
public sealed class StatusTests
{
    private const string Token = "hush-5551234";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Test]
    public async Task The_combined_server_tells_both_of_its_parts_before_during_and_after_its_run()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Services.AddConnetServer(Fill);
        using IHost host = builder.Build();
        IConnetStatusSource source = host.Services.GetServices<IConnetStatusSource>().Single();
        Assert.That(source.Kind, Is.EqualTo("server"));
        JsonElement before = StatusDocument.Of(source);
        Assert.That(StatusDocument.Keys(before), Is.EqualTo("kind status build-version"));
        Assert.That(StatusDocument.At(before, "status"), Is.EqualTo("not_started"));

        using CancellationTokenSource patience = new(s_patience);
        await host.StartAsync(patience.Token);
        ConnetServer server = host.Services.GetRequiredService<ConnetServerService>().Server;
        Check(StatusDocument.Of(source), "running", "running", "connected");
        JsonElement running = StatusDocument.Of(server);
        Assert.That(
            (StatusDocument.At(running, "control/id"), StatusDocument.At(running, "relay/control-id"), StatusDocument.At(running, "control/relays/0/addresses/0")),
            Is.EqualTo((server.Control.Id, server.Control.Id, StatusDocument.At(running, "relay/ingresses/0/hostports/0"))));
        Assert.That(StatusDocument.TextOf(source), Does.Not.Contain("5551234").And.Not.Contain("PRIVATE KEY"));

        await host.StopAsync(patience.Token);
        Check(StatusDocument.Of(source), "stopped", "stopped", "disconnected");
    }

    [TestCase("client", "not_connected")]
    [TestCase("control", "not_started")]
    [TestCase("relay", "not_started")]
    [TestCase("server", "not_started")]
    public async Task What_is_added_to_a_container_is_a_source_of_status_once(string kind, string status)
    {
        ServiceCollection services = new();
        for (int i = 0; i < 2; i++)
        {
            _ = kind switch
            {
                "client" => services.AddConnetClient(options => options.Token = Token).Services,
                "control" => services.AddConnetControlServer(options => options.ClientTokens.Add(Token)),
                "relay" => services.AddConnetRelayServer(options => options.Token = Token),
                _ => services.AddConnetServer(Fill),
            };
        }

        await using ServiceProvider provider = services.BuildServiceProvider();
        IConnetStatusSource source = provider.GetServices<IConnetStatusSource>().Single();
        Assert.That((source.Kind, StatusDocument.At(StatusDocument.Of(source), "kind"), StatusDocument.At(StatusDocument.Of(source), "status")), Is.EqualTo((kind, kind, status)));
        Assert.That(StatusDocument.TextOf(source), Does.Not.Contain("5551234"));
    }

    private static void Check(JsonElement status, string server, string control, string relay)
    {
        Assert.That(StatusDocument.Keys(status), Is.EqualTo("kind status build-version control relay"));
        Assert.That(
            (StatusDocument.At(status, "kind"), StatusDocument.At(status, "status"), StatusDocument.At(status, "control/kind"), StatusDocument.At(status, "relay/kind")),
            Is.EqualTo(("server", server, "control", "relay")));
        Assert.That((StatusDocument.At(status, "control/status"), StatusDocument.At(status, "relay/status")), Is.EqualTo((control, relay)));
    }

    private static void Fill(ConnetServerOptions options)
    {
        options.Certificate = TestCertificate.Create();
        options.ClientIngresses = [new ControlIngressOptions { Address = "127.0.0.1:0" }];
        options.ClientTokens = [Token];
        options.RelayIngresses = [new RelayIngressOptions { Address = "127.0.0.1:0" }];
    }
}
