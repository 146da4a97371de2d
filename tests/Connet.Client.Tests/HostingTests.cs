using System.Net.Sockets;
using Connet.Client.Tests.Control;
using Connet.HandPeer;
using Connet.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Connet.Client.Tests;

[Parallelizable(ParallelScope.All)]
internal sealed class HostingTests
{
    [Test]
    public async Task Host_runs_the_client_and_hands_its_endpoints_out_by_name()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        using IHost host = NewHost(server);
        ConnetSource source = host.Services.GetRequiredKeyedService<ConnetSource>("web");
        ConnetDestination destination = host.Services.GetRequiredKeyedService<ConnetDestination>("api");
        Assert.That((source.Name, destination.Name), Is.EqualTo(("web", "api")));
        Assert.That(host.Services.GetRequiredKeyedService<ConnetSource>("web"), Is.SameAs(source));

        // The start does not wait for the server.
        await host.StartAsync().WaitAsync(HandConnection.Patience);
        HandConnection connection = await server.AuthenticateAsync();
        HandStreams streams = new(connection);
        (HandStream one, _) = await streams.NextAnnounceAsync("web");
        (HandStream two, _) = await streams.NextAnnounceAsync("api");
        Task stopped = host.StopAsync();
        foreach (HandStream stream in new[] { one, two })
        {
            Assert.That(await stream.ReceiveToEndAsync(), Is.Empty);
            stream.Complete();
        }

        await stopped.WaitAsync(HandConnection.Patience);
        await host.Services.GetRequiredService<ConnetClient>().Completion.WaitAsync(HandConnection.Patience);
    }

    [Test]
    public async Task Client_that_is_refused_stops_the_host_and_says_why()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        using IHost host = NewHost(server);
        ConnetClient client = host.Services.GetRequiredService<ConnetClient>();
        Task running = host.RunAsync();
        (HandConnection connection, _, _) = await server.AcceptRequestAsync();
        await connection.Connection.CloseAsync(100, "no such token");
        await running.WaitAsync(HandConnection.Patience);
        Assert.That(Assert.ThrowsAsync<ConnetClientException>(() => client.Completion)!.Message, Does.Contain("no such token"));
    }

    [Test]
    public async Task Port_in_use_fails_the_hosts_start()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        using UdpClient other = new(0, AddressFamily.InterNetwork);
        using IHost host = NewHost(server, options => options.DirectAddress = $"0.0.0.0:{((System.Net.IPEndPoint)other.Client.LocalEndPoint!).Port}");
        Assert.ThrowsAsync<ConnetClientException>(() => host.StartAsync());
    }

    [Test]
    public async Task Settings_are_validated_at_the_start_and_all_faults_are_named()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        using IHost host = NewHost(server, options => (options.Token, options.LivenessInterval) = ("", TimeSpan.Zero));
        OptionsValidationException failure = Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync())!;
        Assert.That(failure.Failures, Has.Exactly(1).Contains("Token").And.Exactly(1).Contains("LivenessInterval"));
    }

    [Test]
    public async Task Settings_of_endpoints_are_validated_at_the_start()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddConnetClient(options => TestClient.Configure(options, server)).AddSource("web", options => options.Address = "gopher://x");
        using IHost host = builder.Build();
        OptionsValidationException failure = Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync())!;
        Assert.That(failure.Message, Does.Contain("'web'").And.Contain("gopher"));
    }

    [Test]
    public async Task Settings_add_up_over_calls_and_the_client_is_one()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        ServiceCollection services = new();
        services.AddConnetClient(options => TestClient.Configure(options, server)).AddSource("web");
        services.AddConnetClient(options => options.Metadata = "more").AddSource("web", options => options.Route = ConnetRoute.Relay);
        await using ServiceProvider provider = services.BuildServiceProvider();
        ConnetClientStatus status = provider.GetRequiredService<ConnetClient>().GetStatus();
        Assert.That((status.Metadata, status.Endpoints.Count), Is.EqualTo(("more", 1)));
        Assert.That(services.Count(service => service.ServiceType == typeof(IHostedService)), Is.EqualTo(1));
    }

    [Test]
    public async Task Stop_before_the_server_has_accepted_the_client_is_no_failure()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        LogLines log = new();
        using IHost host = NewHost(server, options => options.LoggerFactory = new LogFactory(log));
        await host.StartAsync().WaitAsync(HandConnection.Patience);
        await server.AcceptRequestAsync();
        await host.StopAsync().WaitAsync(HandConnection.Patience);
        await host.Services.GetRequiredService<ConnetClient>().Completion.WaitAsync(HandConnection.Patience);
        Assert.That(log.All, Does.Not.Contain("The client stopped"));
    }

    private static IHost NewHost(HandControlServer server, Action<ConnetClientOptions>? configure = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.ClearProviders();
        builder.Services
            .AddConnetClient(options =>
            {
                TestClient.Configure(options, server);
                configure?.Invoke(options);
            })
            .AddSource("web", options => options.Route = ConnetRoute.Direct)
            .AddDestination("api", options => options.Route = ConnetRoute.Direct);
        return builder.Build();
    }
}
