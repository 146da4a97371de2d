using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Connet.AspNetCore.Status;
using Connet.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Connet.AspNetCore.Tests;

/// <summary>The status over HTTP: by a server of its own, and as a route of an application.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class StatusServerTests
{
    private const string Token = "hush-5551234";

    [TestCase("GET", "/", 200)]
    [TestCase("GET", "/status.json", 200)]
    [TestCase("GET", "/?x=1", 200)]
    [TestCase("HEAD", "/", 200)]
    [TestCase("HEAD", "/status.json", 200)]
    [TestCase("POST", "/", 405)]
    [TestCase("PUT", "/status.json", 405)]
    [TestCase("OPTIONS", "/", 405)]
    [TestCase("DELETE", "/status.json", 405)]
    [TestCase("GET", "/status", 404)]
    [TestCase("GET", "/favicon.ico", 404)]
    [TestCase("GET", "/status.json/", 404)]
    [TestCase("POST", "/elsewhere", 404)]
    public async Task Get_and_head_are_answered_with_json_and_nothing_else_is(string method, string path, int status)
    {
        await using ConnetClient client = Client();
        await using ConnetStatusServer server = await StartAsync(client);
        using HttpClient http = Http(server);
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        request.Headers.Add("Origin", "http://elsewhere.example");
        using HttpResponseMessage response = await http.SendAsync(request);
        Assert.That((int)response.StatusCode, Is.EqualTo(status));
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        Assert.That(response.Headers.Contains("Access-Control-Allow-Origin"), Is.False);
        Assert.That(
            (response.Headers.CacheControl!.NoStore, Header(response, "X-Content-Type-Options"), Header(response, "Cross-Origin-Resource-Policy")),
            Is.EqualTo((true, "nosniff", "same-origin")));
        Assert.That(Header(response, "Content-Security-Policy"), Is.EqualTo("default-src 'none'; frame-ancestors 'none'"));
        Assert.That(response.Content.Headers.Allow, Is.EqualTo(status == 405 ? ["GET", "HEAD"] : Array.Empty<string>()));
        if (status != 200)
        {
            Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("text/plain"));
            return;
        }

        Assert.That(response.Content.Headers.ContentType, Is.EqualTo(new MediaTypeHeaderValue("application/json")));
        Assert.That(response.Content.Headers.ContentLength, Is.Positive);
        if (method == "HEAD")
        {
            Assert.That(body, Is.Empty);
            return;
        }

        using JsonDocument document = JsonDocument.Parse(body);
        Assert.That(document.RootElement.GetRawText(), Does.Not.Contain("5551234"));
        Assert.That(StatusDocument.Keys(document.RootElement), Is.EqualTo(StatusDocument.Keys(StatusDocument.Of(client))));
    }

    [TestCase("127.0.0.1", 200)]
    [TestCase("127.0.0.1:80", 200)]
    [TestCase("[::1]:9", 200)]
    [TestCase("192.0.2.1", 200)]
    [TestCase("localhost", 200)]
    [TestCase("LOCALHOST:1", 200)]
    [TestCase("evil.example", 403)]
    [TestCase("evil.example:80", 403)]
    [TestCase("127.0.0.1.evil.example", 403)]
    [TestCase("localhost.evil.example", 403)]
    public async Task Over_loopback_a_name_of_somebody_elses_is_refused(string host, int status)
    {
        await using ConnetClient client = Client();
        await using ConnetStatusServer server = await StartAsync(client);
        string answer = await Scenario.TalkAsync(Port(server), $"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n", CancellationToken.None).WaitAsync(Scenario.Patience);
        Assert.That(answer, Does.StartWith($"HTTP/1.1 {status} "));
        Assert.That(answer.Contains("\"kind\"", StringComparison.Ordinal), Is.EqualTo(status == 200));
    }

    [TestCase("127.0.0.1", "box.example", "", 403)]
    [TestCase("127.0.0.1", "box.example", "box.example", 200)]
    [TestCase("127.0.0.1", "Box.Example:81", "box.example", 200)]
    [TestCase("127.0.0.1", "x.box.example", "box.example", 403)]
    [TestCase("127.0.0.1", "", "", 200)]
    [TestCase("127.0.0.2", "evil.example", "", 403)]
    [TestCase("::1", "evil.example", "", 403)]
    [TestCase("::ffff:127.0.0.1", "evil.example", "", 403)]
    [TestCase("::ffff:127.9.9.9", "evil.example", "", 403)]
    [TestCase("192.0.2.1", "box.example", "", 200)]
    [TestCase("::ffff:192.0.2.1", "box.example", "", 200)]
    public async Task Where_a_connection_arrives_decides_which_hosts_count(string arrived, string asked, string configured, int status)
    {
        await using ConnetClient client = Client();
        using MemoryStream body = new();
        DefaultHttpContext context = new();
        context.Connection.LocalIpAddress = IPAddress.Parse(arrived);
        context.Request.Method = "GET";
        context.Request.Path = "/";
        context.Request.Headers.Host = asked;
        context.Response.Body = body;
        await new StatusHandler([client], configured).AnswerAsync(context);
        Assert.That(context.Response.StatusCode, Is.EqualTo(status));
        Assert.That(body.Length, Is.EqualTo(context.Response.ContentLength));
    }

    [TestCase("nonsense", "'nonsense' is no address to serve a status at: write host:port, or :port.")]
    [TestCase("127.0.0.1:0/path", "'127.0.0.1:0/path' is no address to serve a status at: write host:port, or :port.")]
    public void What_is_no_address_is_told(string address, string expected) => Assert.That(
        Assert.ThrowsAsync<ConnetEndpointException>(async () => await ConnetStatusServer.StartAsync(address, [Client()]))!.Message, Is.EqualTo(expected));

    [Test]
    public async Task A_port_in_use_is_one_sentence_and_is_free_after_disposal()
    {
        await using ConnetClient client = Client();
        string address = $"127.0.0.1:{FreePorts.Next()}";
        ConnetStatusServer first = await ConnetStatusServer.StartAsync(address, [client]);
        Assert.That(
            Assert.ThrowsAsync<ConnetEndpointException>(async () => await ConnetStatusServer.StartAsync(address, [client]))!.Message,
            Is.EqualTo($"Another program listens at {address} already: choose another address, or end that program."));
        await first.DisposeAsync().AsTask().WaitAsync(Scenario.Patience);
        await using ConnetStatusServer second = await ConnetStatusServer.StartAsync(address, [client]);
        Assert.That(second.LocalEndPoint.ToString(), Is.EqualTo(address));
    }

    [Test]
    public void Nothing_to_serve_is_an_error() =>
        Assert.That(async () => await ConnetStatusServer.StartAsync("127.0.0.1:0", []), Throws.ArgumentException);

    [Test]
    public async Task The_status_is_of_the_instant_and_outlives_the_client()
    {
        await using Scenario scenario = await Scenario.StartAsync();
        ConnetClient client = scenario.SourceClient.Client;
        await using ConnetStatusServer server = await ConnetStatusServer.StartAsync("127.0.0.1:0", [client, scenario.Network.Control.Server], cancellationToken: scenario.Token);
        using HttpClient http = Http(server);
        using JsonDocument during = JsonDocument.Parse(await http.GetStringAsync("/", scenario.Token));
        Assert.That(
            during.RootElement.EnumerateArray().Select(each => (StatusDocument.At(each, "kind"), StatusDocument.At(each, "status"))),
            Is.EqualTo(new[] { ("client", "connected"), ("control", "running") }));
        await scenario.SourceClient.StopAsync(scenario.Token);
        using JsonDocument after = JsonDocument.Parse(await http.GetStringAsync("/", scenario.Token));
        Assert.That(StatusDocument.At(after.RootElement, "0/status"), Is.EqualTo("disconnected"));
    }

    [Test]
    public async Task Many_ask_while_endpoints_come_and_go()
    {
        await using ConnetClient client = Client();
        await using ConnetStatusServer server = await StartAsync(client);
        using HttpClient http = Http(server);
        Task asking = Task.WhenAll(Enumerable.Range(0, 20).Select(_ => http.GetStringAsync("/")));
        for (int i = 0; i < 40; i++)
        {
            await client.AddSource(new ConnetSourceOptions { Name = $"source{i}" }).DisposeAsync();
        }

        await asking.WaitAsync(Scenario.Patience);
    }

    [Test]
    public async Task An_application_maps_the_status_with_one_line()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddConnetClient(options => (options.Token, options.ServerAddress, options.DirectAddress) = (Token, "127.0.0.1:1", "127.0.0.1:0"));
        await using WebApplication app = builder.Build();
        app.MapConnetStatus();
        app.MapConnetStatus("/elsewhere").WithDisplayName("status");
        await app.StartAsync();
        using HttpClient http = new() { BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()) };
        foreach (string path in new[] { "/connet/status", "/elsewhere" })
        {
            using HttpResponseMessage response = await http.GetAsync(path);
            Assert.That((response.StatusCode, response.Content.Headers.ContentType!.MediaType, response.Headers.CacheControl!.NoStore), Is.EqualTo((HttpStatusCode.OK, "application/json", true)));
            using JsonDocument document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
            Assert.That(StatusDocument.At(document.RootElement, "kind"), Is.EqualTo("client"));
            using HttpResponseMessage head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
            Assert.That((head.StatusCode, head.Content.Headers.ContentLength > 0), Is.EqualTo((HttpStatusCode.OK, true)));
            using HttpResponseMessage post = await http.PostAsync(path, null);
            Assert.That(post.StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
        }
    }

    [Test]
    public async Task An_application_without_clients_and_servers_cannot_map_it()
    {
        await using WebApplication app = WebApplication.CreateSlimBuilder().Build();
        Assert.That(() => app.MapConnetStatus(), Throws.InvalidOperationException.With.Message.Contains("AddConnetClient"));
    }

    private static ConnetClient Client() => new(new ConnetClientOptions { Token = Token });

    private static async Task<ConnetStatusServer> StartAsync(ConnetClient client) => await ConnetStatusServer.StartAsync("127.0.0.1:0", [client]);

    private static HttpClient Http(ConnetStatusServer server) => new() { BaseAddress = new Uri($"http://127.0.0.1:{Port(server)}"), Timeout = Scenario.Patience };

    private static int Port(ConnetStatusServer server) => ((IPEndPoint)server.LocalEndPoint).Port;

    private static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();
}
