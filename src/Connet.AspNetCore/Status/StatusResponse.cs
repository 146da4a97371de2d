using System.Buffers;
using System.Text.Json;
using Connet.Protocol;
using Microsoft.AspNetCore.Http;

namespace Connet.AspNetCore.Status;

/// <summary>The answer with a status.</summary>
internal static class StatusResponse
{
    private static readonly JsonWriterOptions s_format = new() { Indented = true };

    /// <summary>Answers with the status at this instant; to HEAD without it.</summary>
    public static async Task WriteAsync(HttpContext context, IReadOnlyList<IConnetStatusSource> sources)
    {
        ArrayBufferWriter<byte> body = new();
        Write(body, sources);
        HttpResponse response = context.Response;
        Guard(response);
        response.ContentType = "application/json";
        response.ContentLength = body.WrittenCount;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted).ConfigureAwait(false);
        }
    }

    /// <summary>Nobody keeps it, takes it for something else, or shows it inside another page.</summary>
    public static void Guard(HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }

    private static void Write(ArrayBufferWriter<byte> body, IReadOnlyList<IConnetStatusSource> sources)
    {
        using Utf8JsonWriter writer = new(body, s_format);
        if (sources.Count == 1)
        {
            sources[0].WriteStatus(writer);
        }
        else
        {
            writer.WriteStartArray();
            foreach (IConnetStatusSource source in sources)
            {
                source.WriteStatus(writer);
            }

            writer.WriteEndArray();
        }

        writer.Flush();
        body.Write("\n"u8);
    }
}
