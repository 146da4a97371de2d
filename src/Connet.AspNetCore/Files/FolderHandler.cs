using System.Text;
using Connet.AspNetCore.Diagnostics;
using Connet.AspNetCore.Hosts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace Connet.AspNetCore.Files;

/// <summary>
/// Serves a folder to be read: the index of a folder, or its list; files as the platform's middleware serves them, with ranges and conditions.
/// </summary>
internal sealed class FolderHandler(string name, string address, ServedFolder folder, ILogger logger)
{
    private const string Index = "index.html";
    private const string ByteRanges = "bytes=";

    /// <summary>Adds what answers all requests.</summary>
    public void Use(IApplicationBuilder app)
    {
        app.Use(InvokeAsync);
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = folder,
            ServeUnknownFileTypes = true,
            DefaultContentType = "application/octet-stream",
            OnPrepareResponse = AddCharset,
        });
        app.Run(NotFoundAsync);
    }

    private static void AddCharset(StaticFileResponseContext context)
    {
        IHeaderDictionary headers = context.Context.Response.Headers;
        if (headers.ContentType.ToString() is { Length: > 0 } type && type.StartsWith("text/", StringComparison.Ordinal) && !type.Contains(';', StringComparison.Ordinal))
        {
            headers.ContentType = $"{type}; charset=utf-8";
        }
    }

    private static Task NotFoundAsync(HttpContext context) => LineResponse.WriteAsync(context, StatusCodes.Status404NotFound, "There is nothing here.");

    private async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await AnswerAsync(context, next).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (context.RequestAborted.IsCancellationRequested)
            {
                return;
            }

            AspNetCoreLog.Unreadable(logger, name, context.Request.Path.ToUriComponent(), address, exception.Message);
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }

            context.Response.Clear();
            await LineResponse.WriteAsync(context, StatusCodes.Status403Forbidden, "This cannot be read.").ConfigureAwait(false);
        }
    }

    private Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        HttpRequest request = context.Request;
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return LineResponse.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, "This is to be read only.");
        }

        string path = request.Path.Value ?? "/";
        if (folder.Find(path) is not { } found)
        {
            return NotFoundAsync(context);
        }

        if (request.Headers.Range.Count > 0 && !request.Headers.Range.ToString().StartsWith(ByteRanges, StringComparison.OrdinalIgnoreCase))
        {
            // RFC 9110 section 14.2: a unit that is not known is ignored. The middleware takes any for bytes.
            request.Headers.Remove(HeaderNames.Range);
        }

        if (!found.IsDirectory)
        {
            return next(context);
        }

        if (!path.EndsWith('/'))
        {
            // Relative: what host and path the user sees is not known here.
            context.Response.StatusCode = StatusCodes.Status301MovedPermanently;
            context.Response.Headers.Location = $"./{Uri.EscapeDataString(found.Name)}/{request.QueryString}";
            return Task.CompletedTask;
        }

        if (folder.Find(path + Index) is { IsDirectory: false })
        {
            request.Path = new PathString(path + Index);
            return next(context);
        }

        return ListAsync(context, path, found);
    }

    private async Task ListAsync(HttpContext context, string path, ServedFile found)
    {
        byte[] page = Encoding.UTF8.GetBytes(FolderListing.Of(path, folder.List(found)));
        HttpResponse response = context.Response;
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = page.Length;
        response.Headers.ContentSecurityPolicy = FolderListing.ContentSecurityPolicy;
        response.Headers.CacheControl = "no-cache";
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(page, context.RequestAborted).ConfigureAwait(false);
        }
    }
}
