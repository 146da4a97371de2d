using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Connet.Client;

namespace Connet.AspNetCore.Tests;

/// <summary>The file server: what it serves, how, and what not.</summary>
public sealed class FileServerTests : IDisposable
{
    private const string Secret = "secret text";

    private string _base = null!;
    private string _root = null!;
    private ConnetFileServer _server = null!;
    private HttpClient _http = null!;
    private CancellationTokenSource _patience = null!;

    private int Port => ((IPEndPoint)_server.LocalEndPoint).Port;

    [SetUp]
    public async Task StartAsync()
    {
        _patience = new CancellationTokenSource(Scenario.Patience);
        _base = Directory.CreateTempSubdirectory("connet-files-").FullName;
        _root = Path.Combine(_base, "root");
        Write("../secret.txt", Secret);
        Write("../root-beside/secret.txt", Secret);
        Write("hello.txt", "hello");
        Write("page.html", "<p>");
        Write("data", "unknown");
        Write("empty.txt", "");
        Write("sub/inner.txt", "inner");
        Write("with index/index.html", "the index");
        Write(".hidden", Secret);
        Write(".git/config", Secret);
        Write("sub/.env", Secret);
        Write("sub/.well-known/x", Secret);
        Write(".well-known/acme", "known");
        if (!OperatingSystem.IsWindows())
        {
            Write("odd & <b> \"q\" #1 ?x %41.txt", "odd");
        }

        _server = await ConnetFileServer.StartAsync(_root, "127.0.0.1:0", cancellationToken: _patience.Token);
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
    }

    [TearDown]
    public async Task StopAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync().AsTask().WaitAsync(Scenario.Patience);
        _patience.Dispose();
        Directory.Delete(_base, recursive: true);
    }

    public void Dispose()
    {
        _http.Dispose();
        _patience.Dispose();
    }

    [TestCase("/hello.txt", "text/plain; charset=utf-8", "hello")]
    [TestCase("/page.html", "text/html; charset=utf-8", "<p>")]
    [TestCase("/data", "application/octet-stream", "unknown")]
    [TestCase("/empty.txt", "text/plain; charset=utf-8", "")]
    [TestCase("/sub/inner.txt", "text/plain; charset=utf-8", "inner")]
    [TestCase("/sub//inner.txt", "text/plain; charset=utf-8", "inner")]
    [TestCase("/%73ub/%69nner.txt", "text/plain; charset=utf-8", "inner")]
    [TestCase("/with%20index/", "text/html; charset=utf-8", "the index")]
    [TestCase("/.well-known/acme", "application/octet-stream", "known")]
    [TestCase("/x/../hello.txt", "text/plain; charset=utf-8", "hello")]
    public async Task Files_are_served_with_their_type(string path, string type, string content)
    {
        string answer = await Scenario.TalkAsync(Port, $"GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", _patience.Token);
        Assert.That(answer, Does.StartWith("HTTP/1.1 200 OK\r\n").And.Contain($"Content-Type: {type}\r\n").And.Contain($"Content-Length: {content.Length}\r\n").And.EndsWith($"\r\n\r\n{content}"));
    }

    [TestCase("/nothing.txt")]
    [TestCase("/hello.txt/")]
    [TestCase("/hello.txt/x")]
    [TestCase("/.hidden")]
    [TestCase("/.git/config")]
    [TestCase("/.git/")]
    [TestCase("/sub/.env")]
    [TestCase("/sub/.well-known/x")]
    [TestCase("/%2ehidden")]
    [TestCase("/../secret.txt")]
    [TestCase("/..%2fsecret.txt")]
    [TestCase("/%2e%2e/secret.txt")]
    [TestCase("/%2e%2e%2fsecret.txt")]
    [TestCase("/%252e%252e/secret.txt")]
    [TestCase("/..%5csecret.txt")]
    [TestCase("/..\\secret.txt")]
    [TestCase("/sub/../../secret.txt")]
    [TestCase("/sub/%2e%2e/%2e%2e/secret.txt")]
    [TestCase("/../root-beside/secret.txt")]
    [TestCase("//secret.txt")]
    [TestCase("/%2e%2e%c0%afsecret.txt")]
    [TestCase("/....//secret.txt")]
    [TestCase("/etc/passwd")]
    [TestCase("//etc/passwd")]
    [TestCase("/%00/hello.txt")]
    [TestCase("http://h/../secret.txt")]
    public async Task Nothing_else_is_served(string path)
    {
        string answer = await Scenario.TalkAsync(Port, $"GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", _patience.Token);
        Assert.That(answer, Does.StartWith("HTTP/1.1 404").Or.StartsWith("HTTP/1.1 400"));
        Assert.That(answer, Does.Not.Contain(Secret).And.Not.Contain("root:"));
    }

    [Test]
    public async Task Links_are_followed_as_long_as_they_stay_inside()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Symbolic links need a privilege on Windows.");
        }

        Directory.CreateDirectory(Path.Combine(_root, "links"));
        Link("links/inside.txt", "../hello.txt");
        Link("links/absolute.txt", Path.Combine(_root, "hello.txt"));
        Link("links/folder", "../sub");
        Link("links/there-and-back", $"{_base}/root/sub/../hello.txt");
        Link("links/outside.txt", Path.Combine(_base, "secret.txt"));
        Link("links/relative-outside.txt", "../../secret.txt");
        Link("links/folder-outside", _base);
        Link("links/beside", Path.Combine(_base, "root-beside"));
        Link("links/chain", "outside.txt");
        Link("links/circle", "circle");
        Link("links/dangling", "nothing");
        Link("links/system", "/etc");
        Link("links/device", "/dev/zero");
        Dictionary<string, string?> expected = new()
        {
            ["inside.txt"] = "hello",
            ["absolute.txt"] = "hello",
            ["there-and-back"] = "hello",
            ["folder/inner.txt"] = "inner",
            ["outside.txt"] = null,
            ["relative-outside.txt"] = null,
            ["folder-outside/"] = null,
            ["folder-outside/secret.txt"] = null,
            ["folder-outside/root/hello.txt"] = "hello",
            ["beside/secret.txt"] = null,
            ["chain"] = null,
            ["circle"] = null,
            ["dangling"] = null,
            ["system/passwd"] = null,
            ["device"] = null,
        };
        foreach ((string name, string? content) in expected)
        {
            using HttpResponseMessage response = await _http.GetAsync($"/links/{name}", _patience.Token);
            Assert.That(response.StatusCode, Is.EqualTo(content is null ? HttpStatusCode.NotFound : HttpStatusCode.OK), name);
            if (content is not null)
            {
                Assert.That(await response.Content.ReadAsStringAsync(_patience.Token), Is.EqualTo(content), name);
            }
        }

        string list = await _http.GetStringAsync("/links/", _patience.Token);
        Assert.That(list, Does.Contain("inside.txt").And.Contain("folder/").And.Not.Contain("outside").And.Not.Contain("./circle").And.Not.Contain("./system").And.Not.Contain("./device"));
    }

    [Test]
    public async Task A_root_that_is_a_link_is_served()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Symbolic links need a privilege on Windows.");
        }

        string link = Path.Combine(_base, "link");
        Directory.CreateSymbolicLink(link, _root);
        await using ConnetFileServer server = await ConnetFileServer.StartAsync(link, "127.0.0.1:0", cancellationToken: _patience.Token);
        Assert.That(await _http.GetStringAsync($"http://127.0.0.1:{((IPEndPoint)server.LocalEndPoint).Port}/hello.txt", _patience.Token), Is.EqualTo("hello"));
    }

    [Test]
    public async Task A_pipe_is_empty_and_nobody_waits_for_it()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("mkfifo is a program of Linux here.");
        }

        using Process made = Process.Start("mkfifo", Path.Combine(_root, "pipe"));
        await made.WaitForExitAsync(_patience.Token);
        Assert.That(await _http.GetStringAsync("/pipe", _patience.Token), Is.Empty);
    }

    [TestCase("/sub", "./sub/")]
    [TestCase("/with%20index?a=b", "./with%20index/?a=b")]
    [TestCase("/.well-known", "./.well-known/")]
    public async Task A_folder_without_a_slash_leads_to_the_one_with_it(string path, string location)
    {
        using HttpResponseMessage response = await _http.GetAsync(path, _patience.Token);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.MovedPermanently));
        Assert.That(response.Headers.Location!.OriginalString, Is.EqualTo(location));
    }

    [Test]
    public async Task A_folder_is_listed_with_names_that_are_no_markup()
    {
        using HttpResponseMessage response = await _http.GetAsync("/", _patience.Token);
        string page = await response.Content.ReadAsStringAsync(_patience.Token);
        Assert.That(response.Content.Headers.ContentType!.ToString(), Is.EqualTo("text/html; charset=utf-8"));
        Assert.That(page, Does.Contain("<h1>Index of /</h1>").And.Contain("<a href=\"./sub/\">sub/</a>").And.Contain("<a href=\"./hello.txt\">hello.txt</a></td><td class=\"n\">5</td>"));
        Assert.That(page, Does.Contain("./.well-known/").And.Not.Contain(".hidden").And.Not.Contain(".git").And.Not.Contain("../"));
        Assert.That(page.IndexOf("sub/", StringComparison.Ordinal), Is.LessThan(page.IndexOf("data", StringComparison.Ordinal)), "folders first");
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(page, Does.Not.Contain("<b>"));
            const string Link = "./odd%20%26%20%3Cb%3E%20%22q%22%20%231%20%3Fx%20%2541.txt";
            Assert.That(page, Does.Contain($"href=\"{Link}\""));
            Assert.That(await _http.GetStringAsync(new Uri(_http.BaseAddress!, Link), _patience.Token), Is.EqualTo("odd"));
        }

        Assert.That(await _http.GetStringAsync("/sub/", _patience.Token), Does.Contain("../").And.Contain("inner.txt").And.Not.Contain(".env"));
    }

    [TestCase("bytes=0-1", 206, "he", "bytes 0-1/5")]
    [TestCase("bytes=3-", 206, "lo", "bytes 3-4/5")]
    [TestCase("bytes=-2", 206, "lo", "bytes 3-4/5")]
    [TestCase("bytes=2-100", 206, "llo", "bytes 2-4/5")]
    [TestCase("bytes=9-", 416, "", "bytes */5")]
    [TestCase("lines=1-2", 200, "hello", null)]
    public async Task Ranges_are_served(string range, int status, string content, string? contentRange)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/hello.txt");
        request.Headers.TryAddWithoutValidation("Range", range);
        using HttpResponseMessage response = await _http.SendAsync(request, _patience.Token);
        Assert.That((int)response.StatusCode, Is.EqualTo(status));
        Assert.That(await response.Content.ReadAsStringAsync(_patience.Token), Is.EqualTo(content));
        Assert.That(response.Content.Headers.ContentRange?.ToString(), Is.EqualTo(contentRange));
    }

    [Test]
    public async Task A_file_that_the_user_has_is_not_sent_again()
    {
        using HttpResponseMessage first = await _http.GetAsync("/hello.txt", _patience.Token);
        EntityTagHeaderValue tag = first.Headers.ETag!;
        DateTimeOffset changed = first.Content.Headers.LastModified!.Value;
        Assert.That(await StatusAsync(request => request.Headers.IfNoneMatch.Add(tag)), Is.EqualTo(HttpStatusCode.NotModified));
        Assert.That(await StatusAsync(request => request.Headers.IfModifiedSince = changed), Is.EqualTo(HttpStatusCode.NotModified));
        Assert.That(await StatusAsync(request => request.Headers.IfModifiedSince = changed.AddDays(-1)), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await StatusAsync(request => request.Headers.IfMatch.Add(new EntityTagHeaderValue("\"other\""))), Is.EqualTo(HttpStatusCode.PreconditionFailed));

        async Task<HttpStatusCode> StatusAsync(Action<HttpRequestMessage> condition)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, "/hello.txt");
            condition(request);
            using HttpResponseMessage response = await _http.SendAsync(request, _patience.Token);
            return response.StatusCode;
        }
    }

    [TestCase("/hello.txt", 5)]
    [TestCase("/", null)]
    public async Task Head_answers_without_a_body(string path, int? length)
    {
        using HttpRequestMessage request = new(HttpMethod.Head, path);
        using HttpResponseMessage response = await _http.SendAsync(request, _patience.Token);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(response.Content.Headers.ContentLength, length is null ? Is.GreaterThan(0) : Is.EqualTo(length));
        Assert.That(await response.Content.ReadAsByteArrayAsync(_patience.Token), Is.Empty);
    }

    [TestCase("POST")]
    [TestCase("PUT")]
    [TestCase("DELETE")]
    [TestCase("OPTIONS")]
    public async Task Files_are_to_be_read_only(string method)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), "/hello.txt");
        using HttpResponseMessage response = await _http.SendAsync(request, _patience.Token);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
        Assert.That(response.Content.Headers.Allow, Is.EquivalentTo(new[] { "GET", "HEAD" }));
        Assert.That(File.Exists(Path.Combine(_root, "hello.txt")));
    }

    [Test]
    public async Task A_destination_serves_a_folder()
    {
        byte[] large = RandomNumberGenerator.GetBytes(10_000_000);
        await File.WriteAllBytesAsync(Path.Combine(_root, "large.bin"), large, _patience.Token);
        await using Scenario scenario = await Scenario.StartAsync("http://127.0.0.1:0", $"file:{_root}");
        using HttpClient http = scenario.Http();
        Assert.That((await http.GetByteArrayAsync("/large.bin", scenario.Token)).AsSpan().SequenceEqual(large));
        Assert.That(await http.GetStringAsync("/", scenario.Token), Does.Contain("large.bin"));
        using HttpResponseMessage redirect = await http.GetAsync("/sub", scenario.Token);
        Assert.That(new Uri(http.BaseAddress!, redirect.Headers.Location!.OriginalString).AbsolutePath, Is.EqualTo("/sub/"));
    }

    [Test]
    public async Task A_folder_that_is_missing_is_one_sentence_at_the_start()
    {
        await using Scenario scenario = await Scenario.StartAsync();
        string missing = Path.Combine(_base, "missing");
        string file = Path.Combine(_root, "hello.txt");
        Assert.That(
            () => scenario.AddDestination($"file:{missing}"),
            Throws.InstanceOf<ConnetEndpointException>().With.Message.EqualTo($"Cannot serve the folder {missing}: there is none, or it may not be read."));
        Assert.That(
            async () => await ConnetFileServer.StartAsync(file, "127.0.0.1:0"),
            Throws.InstanceOf<ConnetEndpointException>().With.Message.EqualTo($"Cannot serve {file}: it is a file, name the folder that it is in."));
    }

    [TestCase("")]
    [TestCase("host")]
    [TestCase("127.0.0.1:99999")]
    [TestCase("127.0.0.1:0/path")]
    [TestCase("u@127.0.0.1:0")]
    public void An_address_that_is_none_is_one_sentence(string address) =>
        Assert.That(
            async () => await ConnetFileServer.StartAsync(_root, address),
            Throws.InstanceOf<ConnetEndpointException>().With.Message.EqualTo($"'{address}' is no address to serve a folder at: write host:port, or :port."));

    [Test]
    public void An_address_that_is_taken_is_one_sentence() =>
        Assert.That(
            async () => await ConnetFileServer.StartAsync(_root, $"127.0.0.1:{Port}"),
            Throws.InstanceOf<ConnetEndpointException>().With.Message.StartsWith($"Another program listens at 127.0.0.1:{Port} already"));

    private void Write(string name, string content)
    {
        string path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }

    private void Link(string name, string target) => File.CreateSymbolicLink(Path.Combine(_root, name), target);
}
