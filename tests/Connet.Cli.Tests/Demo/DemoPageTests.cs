using System.Text;
using Connet.Cli.Demo;

namespace Connet.Cli.Tests.Demo;

/// <summary>The little web server of the demo.</summary>
public sealed class DemoPageTests
{
    [TestCase("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "200 OK", DemoPage.Greeting)]
    [TestCase("GET /favicon.ico HTTP/1.1\r\n\r\n", "404 Not Found", "404 Not Found\n")]
    [TestCase("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "405 Method Not Allowed", "405 Method Not Allowed\n")]
    [TestCase("HEAD / HTTP/1.1\r\n\r\n", "200 OK", "")]
    [TestCase("nonsense\r\n\r\n", "405 Method Not Allowed", "")]
    public async Task A_request_is_answered(string request, string status, string body)
    {
        (bool answered, string answer) = await AskAsync(request);
        Assert.That(answered);
        Assert.That(answer, Does.StartWith($"HTTP/1.1 {status}\r\n").And.Contain(body));
    }

    [Test]
    public async Task The_length_is_that_of_the_body()
    {
        (_, string answer) = await AskAsync("GET / HTTP/1.1\r\n\r\n");
        string[] parts = answer.Split("\r\n\r\n");
        Assert.That(parts[0], Does.Contain($"Content-Length: {Encoding.UTF8.GetByteCount(parts[1])}\r\n"));
    }

    [TestCase("")]
    [TestCase("GET / HTTP/1.1\r\n")]
    public async Task A_stream_that_ends_early_is_left_alone(string request)
    {
        (bool answered, string answer) = await AskAsync(request);
        Assert.That(answered, Is.False);
        Assert.That(answer, Is.Empty);
    }

    [Test]
    public async Task An_endless_request_is_left_alone()
    {
        (bool answered, _) = await AskAsync(new string('x', 100_000));
        Assert.That(answered, Is.False);
    }

    private static async Task<(bool Answered, string Answer)> AskAsync(string request)
    {
        using MemoryStream stream = new();
        stream.Write(Encoding.ASCII.GetBytes(request));
        stream.Position = 0;
        bool answered = await DemoPage.AnswerAsync(stream, CancellationToken.None);
        return (answered, Encoding.UTF8.GetString(stream.ToArray().AsSpan(request.Length)));
    }
}
