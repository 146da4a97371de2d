using System.Net;
using System.Net.Sockets;
using Connet.Client;
using Microsoft.AspNetCore.Http;

namespace Connet.AspNetCore.Tests;

/// <summary>What reverse proxies do to requests.</summary>
public sealed class HttpProxyTests
{
    [Test]
    public async Task A_request_through_both_proxies_has_the_headers_of_a_proxy()
    {
        await using TestService service = await TestService.StartAsync(TestService.DescribeAsync);
        await using Scenario scenario = await Scenario.StartAsync("http://127.0.0.1:0", $"http://127.0.0.1:{service.Port}");
        using HttpRequestMessage request = new(HttpMethod.Get, "/a/b?c=d");
        request.Headers.Add("X-Forwarded-For", "6.6.6.6");
        request.Headers.Add("X-Forwarded-Host", "evil");
        request.Headers.Add("X-Forwarded-Proto", "gopher");
        request.Headers.Add("Forwarded", "for=6.6.6.6");
        request.Headers.Add("X-Custom", "kept");
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        string[] seen = await SendAsync(scenario, request);
        Assert.That(seen[0], Is.EqualTo("GET /a/b?c=d"));
        Assert.That(seen, Has.Member($"Host: 127.0.0.1:{service.Port}"));
        Assert.That(seen, Has.Member("X-Forwarded-For: 127.0.0.1, 127.0.0.1"), "the user as the source saw it, then the source's client");
        Assert.That(seen, Has.Member($"X-Forwarded-Host: 127.0.0.1:{scenario.EndPoint.Port}"));
        Assert.That(seen, Has.Member("X-Forwarded-Proto: http"));
        Assert.That(seen, Has.Member("X-Custom: kept"));
        Assert.That(seen, Has.Member("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
        Assert.That(seen.Where(line => line.StartsWith("Forwarded:", StringComparison.OrdinalIgnoreCase)), Is.Empty);
    }

    [Test]
    public async Task A_source_alone_names_the_endpoint_as_the_host_and_puts_its_path_first()
    {
        await using TestService service = await TestService.StartAsync(TestService.DescribeAsync);
        await using Scenario scenario = await Scenario.StartAsync("http://127.0.0.1:0/pre/fix/", $"tcp://127.0.0.1:{service.Port}");
        using HttpRequestMessage request = new(HttpMethod.Get, "/x");
        request.Headers.Add("X-Forwarded-For", "6.6.6.6");
        string[] seen = await SendAsync(scenario, request);
        Assert.That(seen[0], Is.EqualTo("GET /pre/fix/x"));
        Assert.That(seen, Has.Member($"Host: {Scenario.Name}"));
        Assert.That(seen, Has.Member("X-Forwarded-For: 127.0.0.1"));
        Assert.That(seen, Has.Member($"X-Forwarded-Host: 127.0.0.1:{scenario.EndPoint.Port}"));
    }

    [Test]
    public async Task A_destination_alone_names_the_services_host_and_puts_its_path_first()
    {
        await using TestService service = await TestService.StartAsync(TestService.DescribeAsync);
        await using Scenario scenario = await Scenario.StartAsync("tcp://127.0.0.1:0", $"http://localhost:{service.Port}/base");
        using HttpRequestMessage request = new(HttpMethod.Delete, "/x?y");
        request.Headers.Host = "some.where";
        string[] seen = await SendAsync(scenario, request);
        Assert.That(seen[0], Is.EqualTo("DELETE /base/x?y"));
        Assert.That(seen, Has.Member($"Host: localhost:{service.Port}"));
        Assert.That(seen, Has.Member("X-Forwarded-For: 127.0.0.1"));
        Assert.That(seen, Has.Member("X-Forwarded-Host: some.where"));
        Assert.That(seen, Has.Member("X-Forwarded-Proto: http"));
    }

    [TestCase("/a%2Fb/%20c/%7Ed", "/base/a%2Fb/%20c/%7Ed")]
    [TestCase("/a?x=%2e%2e/..&y=\"{}", "/base/a?x=%2e%2e/..&y=\"{}")]
    [TestCase("//double//slash", "/base//double//slash")]
    [TestCase("http://h/abs?q", "/base/abs?q")]
    [TestCase("/%2525", "/base/%2525")]
    [TestCase("/a..b/...", "/base/a..b/...")]
    public async Task A_path_passes_as_it_was_written(string sent, string expected)
    {
        await using TestService service = await TestService.StartAsync(TestService.DescribeAsync);
        await using Scenario scenario = await Scenario.StartAsync("http://127.0.0.1:0", $"http://127.0.0.1:{service.Port}/base");
        string answer = await Scenario.TalkAsync(scenario.EndPoint.Port, Get(sent), scenario.Token);
        Assert.That(answer, Does.StartWith("HTTP/1.1 200").And.Contain($"GET {expected}\n"));
    }

    [TestCase("/../secret")]
    [TestCase("/x/../../secret")]
    [TestCase("/%2e%2e/secret")]
    [TestCase("/%2E./secret")]
    [TestCase("/..%2fsecret")]
    [TestCase("/..%5csecret")]
    [TestCase("/%252e%252e/secret")]
    [TestCase("/..;x=1/secret")]
    [TestCase("/..\\secret")]
    [TestCase("/a/.")]
    public async Task A_path_does_not_leave_that_of_the_address(string sent)
    {
        await using TestService service = await TestService.StartAsync(TestService.DescribeAsync);
        await using Scenario scenario = await Scenario.StartAsync("http://127.0.0.1:0", $"http://127.0.0.1:{service.Port}/base");
        string answer = await Scenario.TalkAsync(scenario.EndPoint.Port, Get(sent), scenario.Token);
        Assert.That(answer, Does.StartWith("HTTP/1.1 400").And.Contain("leads out of what is served here"));
    }

    [Test]
    public async Task Headers_for_one_connection_stay_on_it()
    {
        await using TestService service = await TestService.StartAsync(async context =>
        {
            context.Response.Headers.Connection = "X-Back";
            context.Response.Headers["X-Back"] = "1";
            context.Response.Headers["X-Else"] = "2";
            await TestService.DescribeAsync(context);
        });
        await using Scenario scenario = await Scenario.StartAsync("http://127.0.0.1:0", $"http://127.0.0.1:{service.Port}");
        using HttpClient http = scenario.Http();
        using HttpRequestMessage request = new(HttpMethod.Get, "/");
        request.Headers.Connection.Add("X-Hop");
        request.Headers.Connection.Add("X-Forwarded-For");
        request.Headers.Connection.Add("Content-Type");
        request.Headers.Add("X-Hop", "1");
        using HttpResponseMessage response = await http.SendAsync(request, scenario.Token);
        string[] seen = (await response.Content.ReadAsStringAsync(scenario.Token)).Split('\n');
        Assert.That(seen.Where(line => line.StartsWith("X-Hop", StringComparison.OrdinalIgnoreCase)), Is.Empty);
        Assert.That(seen.Where(line => line.StartsWith("X-Forwarded-For", StringComparison.OrdinalIgnoreCase)), Is.Not.Empty);
        Assert.That(response.Headers.Contains("X-Back"), Is.False);
        Assert.That(response.Headers.Contains("X-Else"));
    }

    [TestCase("HEAD", 200)]
    [TestCase("OPTIONS", 200)]
    [TestCase("PATCH", 418)]
    [TestCase("GET", 304)]
    public async Task Methods_and_answers_pass(string method, int status)
    {
        await using TestService service = await TestService.StartAsync(context =>
        {
            context.Response.StatusCode = context.Request.Method == method ? status : 500;
            context.Response.Headers["X-Seen"] = context.Request.Method;
            return Task.CompletedTask;
        });
        await using Scenario scenario = await Scenario.StartAsync("http://127.0.0.1:0", $"http://127.0.0.1:{service.Port}");
        using HttpClient http = scenario.Http();
        using HttpRequestMessage request = new(new HttpMethod(method), "/");
        using HttpResponseMessage response = await http.SendAsync(request, scenario.Token);
        Assert.That((int)response.StatusCode, Is.EqualTo(status));
        Assert.That(response.Headers.GetValues("X-Seen"), Is.EqualTo(new[] { method }));
    }

    [Test]
    public async Task Connect_is_not_proxied()
    {
        await using TestService service = await TestService.StartAsync(TestService.DescribeAsync);
        await using Scenario scenario = await Scenario.StartAsync("http://127.0.0.1:0", $"http://127.0.0.1:{service.Port}");
        string answer = await Scenario.TalkAsync(scenario.EndPoint.Port, "CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\nConnection: close\r\n\r\n", scenario.Token);
        Assert.That(answer, Does.StartWith("HTTP/1.1 501"));
    }

    [Test]
    public async Task A_service_that_is_not_there_is_a_bad_gateway_with_one_line()
    {
        await using Scenario scenario = await Scenario.StartAsync("http://127.0.0.1:0", $"http://127.0.0.1:{FreePorts.Next()}/");
        using HttpClient http = scenario.Http();
        using HttpResponseMessage response = await http.GetAsync("/", scenario.Token);
        string line = await response.Content.ReadAsStringAsync(scenario.Token);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadGateway));
        Assert.That(line, Is.EqualTo("The service of 'web' was not reached: Connection refused.\n"), "and no address");
    }

    [Test]
    public async Task A_service_that_hangs_up_is_a_bad_gateway_with_one_line()
    {
        await using TestService service = await TestService.StartAsync(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        await using Scenario scenario = await Scenario.StartAsync("http://127.0.0.1:0", $"http://127.0.0.1:{service.Port}");
        using HttpClient http = scenario.Http();
        using HttpResponseMessage response = await http.GetAsync("/", scenario.Token);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadGateway));
        Assert.That((await response.Content.ReadAsStringAsync(scenario.Token)).Trim().Split('\n'), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task A_service_that_does_not_answer_in_the_time_for_dialling_is_a_bad_gateway()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("What happens to connects beyond a full queue is known here for Linux only.");
        }

        // Nobody accepts, and the queue is full: further connects wait.
        using Socket silent = new(SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen(0);
        IPEndPoint there = (IPEndPoint)silent.LocalEndPoint!;
        List<Socket> waiting = [];
        for (int i = 0; i < 3; i++)
        {
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            waiting.Add(socket);
            try
            {
                socket.Connect(there);
            }
            catch (SocketException)
            {
                // On its way.
            }
        }

        await using Scenario scenario = await Scenario.StartAsync(
            "http://127.0.0.1:0", $"http://127.0.0.1:{there.Port}", null, options => options.DialTimeout = TimeSpan.FromMilliseconds(300));
        using HttpClient http = scenario.Http();
        using HttpResponseMessage response = await http.GetAsync("/", scenario.Token);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadGateway));
        Assert.That(await response.Content.ReadAsStringAsync(scenario.Token), Does.Contain("no answer in time"));
        waiting.ForEach(socket => socket.Dispose());
    }

    [Test]
    public async Task A_destination_that_is_not_there_is_a_bad_gateway_with_one_line()
    {
        await using Scenario scenario = await Scenario.StartAsync();
        await scenario.AddSourceAsync("http://127.0.0.1:0");
        using HttpClient http = scenario.Http();
        using HttpResponseMessage response = await http.GetAsync("/", scenario.Token);
        string line = await response.Content.ReadAsStringAsync(scenario.Token);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadGateway));
        Assert.That(line, Does.StartWith("The destination 'web' was not reached: ").And.EndsWith(".\n"));
        Assert.That(line.Trim().Split('\n'), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task The_log_has_what_went_wrong_and_where_and_nothing_of_the_web_server()
    {
        int port = FreePorts.Next();
        using LogLines log = new();
        await using (Scenario scenario = await Scenario.StartAsync(configure: options => options.LoggerFactory = log))
        {
            scenario.AddDestination($"http://127.0.0.1:{port}/");
            await scenario.AddSourceAsync("http://127.0.0.1:0");
            using HttpClient http = scenario.Http();
            using HttpResponseMessage response = await http.GetAsync("/path?secret", scenario.Token);
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadGateway));
        }

        string[] lines = [.. log.Lines.Where(line => line.Contains("Endpoints", StringComparison.Ordinal))];
        Assert.That(lines, Has.One.Contains($"Warning Connet.Client.Endpoints: Endpoint web: GET /path was answered with 502, because http://127.0.0.1:{port}/ was not reached: Connection refused"));
        Assert.That(lines.Where(line => line.StartsWith("Warning", StringComparison.Ordinal)), Has.Exactly(1).Items);
        Assert.That(lines.Where(line => line.StartsWith("Error", StringComparison.Ordinal) || line.StartsWith("Information", StringComparison.Ordinal) || line.Contains("secret", StringComparison.Ordinal)), Is.Empty);
        Assert.That(log.Lines.Where(line => line.Contains("Microsoft", StringComparison.Ordinal) || line.Contains("Yarp", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public async Task A_long_address_passes_and_one_that_is_too_long_is_told_so()
    {
        await using TestService service = await TestService.StartAsync(context => context.Response.WriteAsync("ok"));
        await using Scenario scenario = await Scenario.StartAsync("http://127.0.0.1:0", $"http://127.0.0.1:{service.Port}");
        using HttpClient http = scenario.Http();
        Assert.That(await http.GetStringAsync($"/{new string('x', 7000)}", scenario.Token), Is.EqualTo("ok"));
        using HttpResponseMessage response = await http.GetAsync($"/{new string('x', 40_000)}", scenario.Token);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.RequestUriTooLong));
    }

    [Test]
    public async Task An_address_that_is_taken_is_one_sentence()
    {
        using TcpListener other = new(IPAddress.Loopback, 0);
        other.Start();
        await using Scenario scenario = await Scenario.StartAsync();
        string address = $"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}/x";
        Assert.That(
            async () => await scenario.AddSourceAsync(address),
            Throws.InstanceOf<ConnetEndpointException>().With.Message.EqualTo($"Another program listens at {address} already: choose another address, or end that program."));
    }

    [Test]
    public async Task A_host_that_has_no_address_is_one_sentence()
    {
        await using Scenario scenario = await Scenario.StartAsync();
        Assert.That(
            async () => await scenario.AddSourceAsync("http://host.invalid:80"),
            Throws.InstanceOf<ConnetEndpointException>().With.Message.StartsWith("Cannot listen at http://host.invalid:80: "));
    }

    [TestCase("web", "web")]
    [TestCase("my-app_1.example", "my-app_1.example")]
    [TestCase("a b/ü:1", "a-b---1")]
    public void The_host_is_the_endpoints_name_as_far_as_a_host_can_be(string name, string expected) =>
        Assert.That(Proxies.HttpScheme.HostOf(name), Is.EqualTo(expected));

    private static string Get(string target) => $"GET {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

    private static async Task<string[]> SendAsync(Scenario scenario, HttpRequestMessage request)
    {
        using HttpClient http = scenario.Http();
        using HttpResponseMessage response = await http.SendAsync(request, scenario.Token);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return (await response.Content.ReadAsStringAsync(scenario.Token)).Split('\n');
    }
}
