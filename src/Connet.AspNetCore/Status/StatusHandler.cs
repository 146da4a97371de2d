using System.Net;
using Connet.AspNetCore.Hosts;
using Connet.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Connet.AspNetCore.Status;

/// <summary>Answers the requests of a server that has nothing but a status.</summary>
/// <param name="sources">Whose status.</param>
/// <param name="host">The host of the address that it listens at, as it was configured; empty for all interfaces.</param>
internal sealed class StatusHandler(IReadOnlyList<IConnetStatusSource> sources, string host)
{
    /// <summary>The addresses of the status; the second stays JSON whatever the first shows to people.</summary>
    private static readonly string[] s_paths = ["/", "/status.json"];

    /// <summary>Adds what answers all requests.</summary>
    public void Use(IApplicationBuilder app) => app.Run(AnswerAsync);

    /// <summary>Answers one request.</summary>
    public Task AnswerAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (!IsMeant(context))
        {
            return RefuseAsync(context, StatusCodes.Status403Forbidden, "Over loopback the status is there under an address or as localhost only.");
        }

        if (!s_paths.Contains(request.Path.Value))
        {
            return RefuseAsync(context, StatusCodes.Status404NotFound, "There is nothing here: the status is at /status.json.");
        }

        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return RefuseAsync(context, StatusCodes.Status405MethodNotAllowed, "The status is to be read only.");
        }

        return StatusResponse.WriteAsync(context, sources);
    }

    private static Task RefuseAsync(HttpContext context, int status, string line)
    {
        StatusResponse.Guard(context.Response);
        return LineResponse.WriteAsync(context, status, line);
    }

    /// <summary>
    /// Whether the request's host is one that leads here by itself. A web page elsewhere can give its own name this machine's loopback address, and is
    /// then, to a browser here, of one origin with the status.
    /// </summary>
    private bool IsMeant(HttpContext context)
    {
        if (context.Connection.LocalIpAddress is { } local && !IPAddress.IsLoopback(local.IsIPv4MappedToIPv6 ? local.MapToIPv4() : local))
        {
            return true;
        }

        string asked = context.Request.Host.Host;
        return asked.Length == 0
            || IPAddress.TryParse(asked, out _)
            || asked.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || asked.Equals(host, StringComparison.OrdinalIgnoreCase);
    }
}
