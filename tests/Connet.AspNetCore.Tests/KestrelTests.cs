using System.Net;
using System.Text;
using Connet.Client;
using Connet.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Connet.AspNetCore.Tests;

/// <summary>An ASP.NET Core application behind a destination.</summary>
public sealed class KestrelTests
{
    [TestCase(ConnetRoute.Direct, ConnetPathKind.Direct)]
    [TestCase(ConnetRoute.Relay, ConnetPathKind.Relay)]
    public async Task An_application_is_served_without_a_port(ConnetRoute route, ConnetPathKind kind)
    {
        await using Scenario scenario = await Scenario.StartAsync(route);
        await using WebApplication app = await RunAsync(scenario.AddDestination(), context =>
        {
            IConnetConnectionFeature feature = context.Features.Get<IConnetConnectionFeature>()!;
            Assert.That(feature.RoundTripTime, Is.GreaterThan(TimeSpan.Zero));
            return context.Response.WriteAsync($"{feature.PathKind} {feature.IsEncrypted} {context.Connection.RemoteIpAddress}");
        });
        await scenario.AddSourceAsync();
        using HttpClient http = Through(scenario.Source);
        Assert.That(await http.GetStringAsync("http://any/", scenario.Token), Is.EqualTo($"{kind} True 127.0.0.1"));
        Assert.That(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses, Is.EqualTo(new[] { $"http://{Scenario.Name}" }));
    }

    [Test]
    public async Task A_destination_of_the_services_serves_too()
    {
        await using ConnetTestNetwork network = await ConnetTestNetwork.StartAsync();
        ConnetTestClient user = await network.AddClientAsync("user");
        using CancellationTokenSource patience = new(Scenario.Patience);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseConnetDestination("orders");
        builder.Services.AddConnetClient(options =>
        {
            options.Token = network.Control.ClientToken;
            options.ServerAddress = network.Control.ClientEndPoint.ToString();
            options.ServerCertificateValidation = network.Control.Validation;
            options.DirectAddress = "127.0.0.1:0";
        }).AddAspNetCoreSchemes().AddDestination("orders");
        await using WebApplication app = builder.Build();
        app.Run(context => context.Response.WriteAsync("served"));
        await app.StartAsync(patience.Token);
        ConnetSource source = user.Client.AddSource(new ConnetSourceOptions { Name = "orders" });
        using HttpClient http = Through(source);
        Assert.That(await http.GetStringAsync("http://any/", patience.Token), Is.EqualTo("served"));
        await app.StopAsync(patience.Token);
    }

    [Test]
    public async Task The_answer_to_a_half_closed_connection_arrives()
    {
        await using Scenario scenario = await Scenario.StartAsync();
        TaskCompletionSource answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApplication app = await RunAsync(scenario.AddDestination(), async context =>
        {
            asked.SetResult();
            await answer.Task;
            await context.Response.WriteAsync(context.RequestAborted.IsCancellationRequested ? "gone" : new string('x', 1_000_000));
        });
        await scenario.AddSourceAsync();
        await using ConnetConnection connection = await scenario.Source.DialAsync(scenario.Token);
        await connection.WriteAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.0\r\n\r\n"), scenario.Token);
        connection.CompleteWrites();
        await asked.Task.WaitAsync(scenario.Token);
        answer.SetResult();
        using StreamReader reader = new(connection);
        string text = await reader.ReadToEndAsync(scenario.Token);
        Assert.That(text, Does.StartWith("HTTP/1.1 200 OK"));
        Assert.That(text.Split("\r\n\r\n")[1], Has.Length.EqualTo(1_000_000));
    }

    [Test]
    public async Task A_reset_aborts_the_request()
    {
        await using Scenario scenario = await Scenario.StartAsync();
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApplication app = await RunAsync(scenario.AddDestination(), async context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            asked.SetResult();
            await aborted.Task;
        });
        await scenario.AddSourceAsync();
        await using ConnetConnection connection = await scenario.Source.DialAsync(scenario.Token);
        await connection.WriteAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.0\r\n\r\n"), scenario.Token);
        await asked.Task.WaitAsync(scenario.Token);
        connection.Abort(1);
        await aborted.Task.WaitAsync(scenario.Token);
        Assert.That(aborted.Task.IsCompletedSuccessfully);
    }

    [Test]
    public async Task An_application_that_aborts_resets_the_source()
    {
        await using Scenario scenario = await Scenario.StartAsync();
        await using WebApplication app = await RunAsync(scenario.AddDestination(), async context =>
        {
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        await scenario.AddSourceAsync();
        await using ConnetConnection connection = await scenario.Source.DialAsync(scenario.Token);
        await connection.WriteAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.0\r\n\r\n"), scenario.Token);
        using StreamReader reader = new(connection);
        Assert.That(async () => await reader.ReadToEndAsync(scenario.Token), Throws.InstanceOf<ConnetConnectionException>());
    }

    [Test]
    public async Task Http_2_is_spoken_where_it_is_asked_for()
    {
        await using Scenario scenario = await Scenario.StartAsync();
        await using WebApplication app = await RunAsync(
            scenario.AddDestination(), context => context.Response.WriteAsync(context.Request.Protocol), listen => listen.Protocols = HttpProtocols.Http2);
        await scenario.AddSourceAsync();
        using HttpClient http = Through(scenario.Source);
        http.DefaultRequestVersion = HttpVersion.Version20;
        http.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        Assert.That(await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => http.GetStringAsync("http://any/", scenario.Token))), Has.All.EqualTo("HTTP/2"));
    }

    [Test]
    public async Task Connections_beyond_the_limit_wait()
    {
        await using Scenario scenario = await Scenario.StartAsync();
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int most = 0;
        int now = 0;
        await using TestService service = await TestService.StartAsync(async context =>
        {
            int count = Interlocked.Increment(ref now);
            InterlockedMax(ref most, count);
            await release.Task;
            Interlocked.Decrement(ref now);
            await context.Response.WriteAsync("ok");
        });
        scenario.AddDestination($"http://127.0.0.1:{service.Port}", options => options.MaxConnections = 3);
        await scenario.AddSourceAsync();
        using HttpClient http = Through(scenario.Source, handler => handler.PooledConnectionLifetime = TimeSpan.Zero);
        Task<string>[] requests = [.. Enumerable.Range(0, 12).Select(_ => http.GetStringAsync("http://any/", scenario.Token))];
        await scenario.UntilAsync(() => Volatile.Read(ref now) == 3, "three are served");
        release.SetResult();
        Assert.That(await Task.WhenAll(requests), Has.All.EqualTo("ok"));
        Assert.That(most, Is.EqualTo(3));
    }

    [Test]
    public async Task The_end_of_a_destination_lets_requests_finish_and_takes_no_more()
    {
        await using Scenario scenario = await Scenario.StartAsync();
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestService service = await TestService.StartAsync(async context =>
        {
            asked.SetResult();
            await release.Task;
            await context.Response.WriteAsync("finished");
        });
        ConnetDestination destination = scenario.AddDestination($"http://127.0.0.1:{service.Port}");
        await scenario.AddSourceAsync(null, options => options.DialTimeout = TimeSpan.FromSeconds(2));
        await scenario.Source.WaitForPathAsync(scenario.Token);
        using HttpClient http = Through(scenario.Source);
        Task<string> request = http.GetStringAsync("http://any/", scenario.Token);
        await asked.Task.WaitAsync(scenario.Token);
        Task disposal = destination.DisposeAsync().AsTask();
        release.SetResult();
        Assert.That(await request, Is.EqualTo("finished"));
        await disposal.WaitAsync(scenario.Token);
        Assert.That(async () => await http.GetStringAsync("http://any/", scenario.Token), Throws.InstanceOf<HttpRequestException>());
    }

    [Test]
    public async Task The_end_of_a_source_waits_for_requests_only_as_long_as_it_may()
    {
        await using Scenario scenario = await Scenario.StartAsync(configure: options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(300));
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestService service = await TestService.StartAsync(async context =>
        {
            TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
            context.RequestAborted.Register(ended.SetResult);
            asked.SetResult();
            await ended.Task;
        });
        scenario.AddDestination($"http://127.0.0.1:{service.Port}");
        await scenario.AddSourceAsync("http://127.0.0.1:0");
        using HttpClient http = scenario.Http();
        Task<string> request = http.GetStringAsync("/", scenario.Token);
        await asked.Task.WaitAsync(scenario.Token);
        await scenario.SourceClient.Client.StopAsync(scenario.Token);
        Assert.That(async () => await request, Throws.InstanceOf<HttpRequestException>());
        Assert.That(async () => await http.GetStringAsync("/", scenario.Token), Throws.InstanceOf<HttpRequestException>());
    }

    private static void InterlockedMax(ref int place, int value)
    {
        for (int seen = Volatile.Read(ref place); seen < value;)
        {
            int before = Interlocked.CompareExchange(ref place, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }

    private static async Task<WebApplication> RunAsync(ConnetDestination destination, RequestDelegate answer, Action<ListenOptions>? configure = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseConnetDestination(destination, configure);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(5));
        WebApplication app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        return app;
    }

    /// <summary>A client that dials through a source, as an application would have it.</summary>
    private static HttpClient Through(ConnetSource source, Action<SocketsHttpHandler>? configure = null)
    {
        SocketsHttpHandler handler = new() { ConnectCallback = async (_, cancellationToken) => await source.DialAsync(cancellationToken) };
        configure?.Invoke(handler);
        return new HttpClient(handler) { Timeout = Scenario.Patience };
    }
}
