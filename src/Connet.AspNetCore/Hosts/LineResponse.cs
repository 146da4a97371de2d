using System.Text;
using Microsoft.AspNetCore.Http;

namespace Connet.AspNetCore.Hosts;

/// <summary>Answers of one line of text, of our own.</summary>
internal static class LineResponse
{
    /// <summary>Answers a request whose response has not started.</summary>
    public static async Task WriteAsync(HttpContext context, int status, string line)
    {
        byte[] body = Encoding.UTF8.GetBytes($"{OneLine(line)}\n");
        HttpResponse response = context.Response;
        response.StatusCode = status;
        response.ContentType = "text/plain; charset=utf-8";
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
        }
    }

    private static string OneLine(string text) => string.Create(text.Length, text, static (span, source) =>
    {
        for (int i = 0; i < span.Length; i++)
        {
            span[i] = char.IsControl(source[i]) ? ' ' : source[i];
        }
    });
}
