using System.Net.Security;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connet.Client;
using Microsoft.AspNetCore.Http;

namespace Connet.AspNetCore.Tests;

/// <summary>Bodies and WebSockets through both proxies.</summary>
[TestFixture("http", ConnetRoute.Direct)]
[TestFixture("http", ConnetRoute.Relay)]
[TestFixture("https", ConnetRoute.Direct)]
[TestFixture("https", ConnetRoute.Relay)]
public sealed class HttpTransferTests(string scheme, ConnetRoute route) : IDisposable
{
    private const int Megabyte = 1024 * 1024;

    private TestAuthority _authority = null!;
    private X509Certificate2 _certificate = null!;

    [OneTimeSetUp]
    public void MakeCertificates()
    {
        _authority = new TestAuthority();
        (string certificate, string key) = _authority.Issue("service");
        _certificate = X509Certificate2.CreateFromPemFile(certificate, key);
    }

    [SetUp]
    public void LeaveOutWhatIsNearlyTheSame()
    {
        if (scheme == "https" && route == ConnetRoute.Direct)
        {
            TestMachine.RequireTime();
        }
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _authority.Dispose();
    }

    [Test]
    public async Task Large_bodies_pass_both_ways()
    {
        byte[] sent = RandomNumberGenerator.GetBytes(TestMachine.Rounds(full: 24, quick: 8) * Megabyte);
        await using TestService service = await ServeAsync(async context =>
        {
            byte[] hash = await SHA256.HashDataAsync(context.Request.Body);
            context.Response.Headers["X-Hash"] = Convert.ToHexString(hash);
            context.Response.ContentLength = sent.Length;
            await context.Response.Body.WriteAsync(sent);
        });
        await using Scenario scenario = await StartAsync(service);
        using HttpClient http = Http(scenario);
        using HttpResponseMessage response = await http.PostAsync("/", new ByteArrayContent(sent), scenario.Token);
        byte[] received = await response.Content.ReadAsByteArrayAsync(scenario.Token);
        Assert.That(response.Headers.GetValues("X-Hash").Single(), Is.EqualTo(Convert.ToHexString(SHA256.HashData(sent))));
        Assert.That(received.AsSpan().SequenceEqual(sent), $"{received.Length} bytes came back");
    }

    [Test]
    public async Task Events_arrive_as_they_are_sent_and_the_headers_before_them()
    {
        SemaphoreSlim next = new(0);
        await using TestService service = await ServeAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.Body.FlushAsync();
            for (int i = 0; i < 3; i++)
            {
                await next.WaitAsync(context.RequestAborted);
                await context.Response.WriteAsync($"data: {i}\n\n");
            }
        });
        await using Scenario scenario = await StartAsync(service);
        using HttpClient http = Http(scenario);
        using HttpResponseMessage response = await http.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, scenario.Token);
        using StreamReader events = new(await response.Content.ReadAsStreamAsync(scenario.Token));
        for (int i = 0; i < 3; i++)
        {
            next.Release();
            Assert.That(await events.ReadLineAsync(scenario.Token), Is.EqualTo($"data: {i}"));
            Assert.That(await events.ReadLineAsync(scenario.Token), Is.Empty);
        }

        Assert.That(await events.ReadLineAsync(scenario.Token), Is.Null);
    }

    [Test]
    public async Task A_user_that_does_not_read_holds_the_service_back()
    {
        int total = TestMachine.Rounds(full: 160, quick: 32) * Megabyte;
        long written = 0;
        await using TestService service = await ServeAsync(async context =>
        {
            context.Response.ContentLength = total;
            byte[] block = new byte[Megabyte];
            while (Volatile.Read(ref written) < total)
            {
                await context.Response.Body.WriteAsync(block, context.RequestAborted);
                Interlocked.Add(ref written, block.Length);
            }
        });
        await using Scenario scenario = await StartAsync(service);
        using HttpClient http = Http(scenario);
        using HttpResponseMessage response = await http.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, scenario.Token);
        long before = await scenario.UntilStillAsync(() => Volatile.Read(ref written), "the service writes no more");
        await TestContext.Out.WriteLineAsync($"{before} bytes were written before nothing went on");
        Assert.That(before, Is.LessThan(total / 2));
        long read = 0;
        byte[] buffer = new byte[Megabyte];
        using Stream body = await response.Content.ReadAsStreamAsync(scenario.Token);
        for (int count; (count = await body.ReadAsync(buffer, scenario.Token)) > 0;)
        {
            read += count;
        }

        Assert.That(read, Is.EqualTo(total));
    }

    [Test]
    public async Task Downloads_that_are_broken_off_leave_everything_working()
    {
        int times = TestMachine.Rounds(full: 200, quick: 30);
        int aborted = 0;
        await using TestService service = await ServeAsync(async context =>
        {
            if (context.Request.Path == "/small")
            {
                await context.Response.WriteAsync("well");
                return;
            }

            context.RequestAborted.Register(() => Interlocked.Increment(ref aborted));
            byte[] block = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(block);
            }
        });
        await using Scenario scenario = await StartAsync(service);
        using HttpClient http = Http(scenario);
        byte[] buffer = new byte[100_000];
        for (int i = 0; i < times; i++)
        {
            using HttpResponseMessage response = await http.GetAsync("/large", HttpCompletionOption.ResponseHeadersRead, scenario.Token);
            using Stream body = await response.Content.ReadAsStreamAsync(scenario.Token);
            await body.ReadExactlyAsync(buffer, scenario.Token);
        }

        Assert.That(await http.GetStringAsync("/small", scenario.Token), Is.EqualTo("well"));
        await scenario.UntilAsync(() => Volatile.Read(ref aborted) == times, "the service has seen each of them end");

        // The one of the last request is kept for the next.
        await scenario.UntilAsync(() => scenario.Source.GetStatus().Paths.Sum(path => path.OpenConnections) <= 1, "the source has closed them");
        await scenario.UntilAsync(() => scenario.Destination.GetStatus().Paths.Sum(path => path.OpenConnections) <= 1, "the destination has closed them");
    }

    [Test]
    public async Task An_upload_that_is_broken_off_reaches_the_service_as_such()
    {
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource<Exception> failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestService service = await ServeAsync(async context =>
        {
            try
            {
                await context.Request.Body.ReadExactlyAsync(new byte[Megabyte]);
                begun.SetResult();
                await context.Request.Body.CopyToAsync(Stream.Null);
                failed.TrySetException(new InvalidOperationException("The body came to its end."));
            }
            catch (Exception exception)
            {
                failed.TrySetResult(exception);
            }
        });
        await using Scenario scenario = await StartAsync(service);
        using HttpClient http = Http(scenario);
        using CancellationTokenSource giveUp = new();
        Task<HttpResponseMessage> posting = http.PostAsync("/", new StreamContent(new EndlessStream()), giveUp.Token);
        await begun.Task.WaitAsync(scenario.Token);
        await giveUp.CancelAsync();
        Assert.That(async () => await posting, Throws.InstanceOf<OperationCanceledException>().Or.InstanceOf<HttpRequestException>());
        Assert.That(await failed.Task.WaitAsync(scenario.Token), Is.InstanceOf<IOException>());
    }

    [Test]
    public async Task A_long_poll_that_is_given_up_ends_at_the_service()
    {
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestService service = await ServeAsync(async context =>
        {
            context.RequestAborted.Register(ended.SetResult);
            begun.SetResult();
            await ended.Task;
        });
        await using Scenario scenario = await StartAsync(service);
        using HttpClient http = Http(scenario);
        using CancellationTokenSource giveUp = new();
        Task<HttpResponseMessage> polling = http.GetAsync("/", giveUp.Token);
        await begun.Task.WaitAsync(scenario.Token);
        await giveUp.CancelAsync();
        Assert.That(async () => await polling, Throws.InstanceOf<OperationCanceledException>());
        await ended.Task.WaitAsync(scenario.Token);
        Assert.That(ended.Task.IsCompletedSuccessfully);
    }

    [Test]
    public async Task A_service_that_breaks_off_its_answer_is_no_orderly_end()
    {
        await using TestService service = await ServeAsync(async context =>
        {
            await context.Response.WriteAsync("half of");
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        await using Scenario scenario = await StartAsync(service);
        using HttpClient http = Http(scenario);
        Assert.That(async () => await http.GetStringAsync("/", scenario.Token), Throws.InstanceOf<HttpRequestException>());
    }

    [Test]
    public async Task WebSockets_pass()
    {
        await using TestService service = await ServeAsync(async context =>
        {
            using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync("chat");
            byte[] buffer = new byte[64 * 1024];
            while (await socket.ReceiveAsync(buffer, default) is { MessageType: not WebSocketMessageType.Close } message)
            {
                await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, default);
            }

            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "bye", default);
        });
        await using Scenario scenario = await StartAsync(service);
        using ClientWebSocket client = new();
        client.Options.AddSubProtocol("chat");
        client.Options.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=source";
        await client.ConnectAsync(new Uri($"{(scheme == "https" ? "wss" : "ws")}://127.0.0.1:{scenario.EndPoint.Port}/x"), scenario.Token);
        Assert.That(client.SubProtocol, Is.EqualTo("chat"));
        byte[] received = new byte[64 * 1024];
        for (int i = 1; i <= 20; i++)
        {
            byte[] sent = RandomNumberGenerator.GetBytes(i * 1000);
            await client.SendAsync(sent, WebSocketMessageType.Binary, true, scenario.Token);
            int count = 0;
            WebSocketReceiveResult result;
            do
            {
                result = await client.ReceiveAsync(new ArraySegment<byte>(received, count, received.Length - count), scenario.Token);
                count += result.Count;
            }
            while (!result.EndOfMessage);

            Assert.That(received.AsSpan(0, count).SequenceEqual(sent));
        }

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", scenario.Token);
        Assert.That(client.CloseStatusDescription, Is.EqualTo("bye"));
    }

    private Task<TestService> ServeAsync(RequestDelegate answer) =>
        TestService.StartAsync(answer, scheme == "https" ? new SslServerAuthenticationOptions { ServerCertificate = _certificate } : null);

    private async Task<Scenario> StartAsync(TestService service)
    {
        Scenario scenario = await Scenario.StartAsync(route);
        scenario.AddDestination($"{scheme}://127.0.0.1:{service.Port}", options => options.Tls.CaFile = scheme == "https" ? _authority.CaFile : null);
        await scenario.AddSourceAsync(
            $"{scheme}://127.0.0.1:0", options => (options.Tls.CertificateFile, options.Tls.KeyFile) = scheme == "https" ? _authority.Issue("source") : default);
        await scenario.Source.WaitForPathAsync(scenario.Token);
        return scenario;
    }

    private HttpClient Http(Scenario scenario) => scenario.Http(
        handler => handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=source", scheme);
}
