using System.Text;

namespace Connet.Cli.Demo;

/// <summary>A web server in thirty lines: answers one request of HTTP/1.1 on a stream with the page, and ends it.</summary>
internal static class DemoPage
{
    /// <summary>What the page says, and what the demo looks for in the answer.</summary>
    public const string Greeting = "This page came through a Connet tunnel.";

    /// <summary>More than any browser sends for a page.</summary>
    private const int MaxRequestBytes = 32 * 1024;

    private const string Html =
        $"""
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><title>Connet</title></head>
        <body><h1>It works.</h1><p>{Greeting}</p></body>
        </html>

        """;

    private static readonly byte[] s_endOfHead = "\r\n\r\n"u8.ToArray();

    /// <summary>Reads a request and answers it. The stream is to be closed afterwards.</summary>
    /// <returns>False if the stream ended, or held no request.</returns>
    public static async Task<bool> AnswerAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] request = new byte[MaxRequestBytes];
        int length = 0;
        while (request.AsSpan(0, length).IndexOf(s_endOfHead) < 0)
        {
            int read = length < request.Length ? await stream.ReadAsync(request.AsMemory(length), cancellationToken) : 0;
            if (read == 0)
            {
                return false;
            }

            length += read;
        }

        await stream.WriteAsync(Answer(Encoding.ASCII.GetString(request, 0, length)), cancellationToken);
        return true;
    }

    private static byte[] Answer(string request)
    {
        string[] words = request[..request.IndexOf('\r', StringComparison.Ordinal)].Split(' ');
        string status = words switch
        {
            ["GET" or "HEAD", "/", _] => "200 OK",
            ["GET" or "HEAD", _, _] => "404 Not Found",
            _ => "405 Method Not Allowed",
        };
        string body = status[0] == '2' ? Html : status + "\n";
        string head = string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status}\r\nContent-Type: text/{(status[0] == '2' ? "html" : "plain")}; charset=utf-8\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n");
        return Encoding.UTF8.GetBytes(words[0] == "HEAD" ? head : head + body);
    }
}
