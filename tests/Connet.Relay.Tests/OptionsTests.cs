using Connet.HandPeer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Connet.Relay.Hosting;

namespace Connet.Relay.Tests;

/// <summary>Options, their validation, and the relay in a host.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class OptionsTests
{
    [Test]
    public void Options_with_a_token_are_valid_as_they_are() => Assert.That(new RelayServerOptions { Token = "t" }.Validate, Throws.Nothing);

    [TestCase(nameof(RelayServerOptions.Token), "")]
    [TestCase(nameof(RelayServerOptions.ControlAddress), "host:port")]
    [TestCase(nameof(RelayServerOptions.ControlAddress), ":19189")]
    [TestCase(nameof(RelayServerOptions.ControlName), "")]
    [TestCase(nameof(RelayServerOptions.HandshakeIdleTimeout), "00:00:00")]
    [TestCase(nameof(RelayServerOptions.ControlGracePeriod), "-00:00:01")]
    [TestCase(nameof(RelayServerOptions.ReconnectBackoffMax), "00:00:00.001")]
    [TestCase(nameof(RelayServerOptions.LivenessInterval), "00:00:00.001")]
    [TestCase(nameof(RelayServerOptions.MaxConnectionsPerEndpoint), "0")]
    [TestCase(nameof(RelayServerOptions.MaxStreamsPerConnection), "65537")]
    [TestCase("Ingresses:0:Address", "[::1:7")]
    [TestCase("Ingresses:0:HostPorts:0", "a b:1")]
    [TestCase("Ingresses:0:AllowCidrs:0", "1.2.3.4/33")]
    public void A_bad_value_is_named(string key, string value)
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["Token"] = "t", ["Ingresses:0:Address"] = ":0", [key] = value }).Build();
        RelayServerOptions options = new();
        configuration.Bind(options);
        OptionsValidationException? failure = Assert.Throws<OptionsValidationException>(options.Validate);
        Assert.That(failure!.Failures.Count(), Is.EqualTo(1));
        Assert.That(failure.Message, Does.Contain(key.Split(':')[^1] == "0" ? key.Split(':')[2] : key.Split(':')[^1]));
    }

    [Test]
    public void The_token_is_not_shown() => Assert.That(new RelayServerOptions { Token = "secret-token" }.ToString(), Does.Not.Contain("secret-token"));

    [TestCase(":19191", new string[0], "localhost:5")]
    [TestCase("192.0.2.1:19191", new string[0], "localhost:5")]
    [TestCase(":19191", new[] { "relay.example.net" }, "relay.example.net:5")]
    [TestCase(":19191", new[] { "relay.example.net:7", "192.0.2.7" }, "relay.example.net:7 192.0.2.7:5")]
    [TestCase(":19191", new[] { ":7" }, "localhost:7")]
    [TestCase("relay.example.net:19191", new[] { ":7" }, "relay.example.net:7")]
    [TestCase("192.0.2.1:19191", new[] { ":7" }, "192.0.2.1:7")]
    [TestCase("0.0.0.0:19191", new[] { ":7" }, "localhost:7")]
    [TestCase("[::]:19191", new[] { ":7" }, "localhost:7")]
    [TestCase("[2001:db8::1]:19191", new[] { ":7" }, "2001:db8::1:7")]
    [TestCase(":19191", new[] { "[2001:db8::2]:7", "2001:db8::3", "[2001:db8::4]" }, "2001:db8::2:7 2001:db8::3:5 2001:db8::4:5")]
    public void What_is_announced_follows_the_rules(string address, string[] hostPorts, string expected)
    {
        RelayIngressOptions options = new() { Address = address, HostPorts = hostPorts };
        Assert.That(string.Join(' ', AdvertisedAddresses.Of(options, 5).Select(each => $"{each.Host}:{each.Port}")), Is.EqualTo(expected));
    }

    [Test]
    public async Task A_port_in_use_is_one_sentence()
    {
        await using HandRelayControl control = HandRelayControl.Start();
        RelayServerOptions options = Rig.Options(control);
        options.Ingresses.Add(new RelayIngressOptions { Address = control.EndPoint.ToString() });
        RelayServerException? failure = Assert.ThrowsAsync<RelayServerException>(async () => await RelayServer.StartAsync(options));
        Assert.That(failure!.Message, Does.Contain(control.EndPoint.ToString()).And.Not.Contain('\n'));
    }

    [Test]
    public async Task A_file_of_certificates_that_is_missing_or_empty_is_one_sentence()
    {
        await using HandRelayControl control = HandRelayControl.Start();
        RelayServerOptions options = Rig.Options(control);
        options.ControlCertificateValidation = null;
        options.ControlCaFile = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        Assert.That(Assert.ThrowsAsync<RelayServerException>(async () => await RelayServer.StartAsync(options))!.Message, Does.Contain(options.ControlCaFile));
        await File.WriteAllTextAsync(options.ControlCaFile, "no certificate");
        Assert.That(Assert.ThrowsAsync<RelayServerException>(async () => await RelayServer.StartAsync(options))!.Message, Does.Contain(options.ControlCaFile));
        File.Delete(options.ControlCaFile);
    }

    [Test]
    public async Task A_host_runs_the_relay_and_stops_it()
    {
        await using HandRelayControl control = HandRelayControl.Start();
        using IHost host = CreateHost(control);
        await host.StartAsync();
        HandRelayUplink uplink = await control.AdmitRelayAsync();
        RelayServer relay = host.Services.GetRequiredService<RelayServerService>().Server;
        await relay.WaitForControlAsync().WaitAsync(HandConnection.Patience);
        await host.StopAsync();
        await uplink.Connection.ClosedAsync();
        await relay.Completion.WaitAsync(HandConnection.Patience);
    }

    [Test]
    public async Task A_relay_that_cannot_go_on_stops_its_host()
    {
        await using HandRelayControl control = HandRelayControl.Start();
        using IHost host = CreateHost(control);
        await host.StartAsync();
        TaskCompletionSource stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(stopping.SetResult);
        HandRelayUplink uplink = await control.AcceptRelayAsync();
        await uplink.Connection.Connection.CloseAsync(100, "no such token");
        await stopping.Task.WaitAsync(HandConnection.Patience);
        RelayServerService service = host.Services.GetRequiredService<RelayServerService>();
        RelayServerException? failure = Assert.ThrowsAsync<RelayServerException>(async () => await service.ExecuteTask!.WaitAsync(HandConnection.Patience));
        Assert.That(failure!.Message, Does.Contain("no such token"));
        try
        {
            await host.StopAsync();
        }
        catch (Exception exception) when (exception is RelayServerException or AggregateException)
        {
            // Hosts differ in whether they repeat it here.
        }
    }

    [Test]
    public async Task A_host_does_not_start_with_bad_options()
    {
        await using HandRelayControl control = HandRelayControl.Start();
        using IHost host = CreateHost(control, options => options.Token = "");
        OptionsValidationException? failure = Assert.ThrowsAsync<OptionsValidationException>(async () => await host.StartAsync());
        Assert.That(failure!.Message, Does.Contain("Token"));
    }

    private static IHost CreateHost(HandRelayControl control, Action<RelayServerOptions>? configure = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddConnetRelayServer(options =>
        {
            RelayServerOptions usual = Rig.Options(control);
            options.Ingresses = usual.Ingresses;
            options.Token = usual.Token;
            options.ControlAddress = usual.ControlAddress;
            options.ControlCertificateValidation = usual.ControlCertificateValidation;
            configure?.Invoke(options);
        });
        return builder.Build();
    }
}
