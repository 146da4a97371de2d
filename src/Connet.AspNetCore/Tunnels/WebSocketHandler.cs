using System.Net;
using System.Net.WebSockets;
using Connet.AspNetCore.Diagnostics;
using Connet.AspNetCore.Hosts;
using Connet.Client;
using Connet.Client.Endpoints;
using Microsoft.AspNetCore.Http;

namespace Connet.AspNetCore.Tunnels;

/// <summary>Takes WebSockets at one path, and carries each over a connection of its own.</summary>
internal sealed class WebSocketHandler(ConnetSource source, string path, EndpointContext context)
{
    /// <summary>What programs ask for that put a byte stream into a WebSocket; a browser wants an answer where it has asked.</summary>
    private const string BinarySubProtocol = "binary";

    public async Task InvokeAsync(HttpContext http)
    {
        if (http.Request.Path.Value != path)
        {
            await LineResponse.WriteAsync(http, StatusCodes.Status404NotFound, "There is nothing at this path.").ConfigureAwait(false);
        }
        else if (!http.WebSockets.IsWebSocketRequest)
        {
            http.Response.Headers.Upgrade = "websocket";
            await LineResponse.WriteAsync(http, StatusCodes.Status426UpgradeRequired, "Only WebSockets are taken here.").ConfigureAwait(false);
        }
        else if (!IsOwnOrigin(http.Request))
        {
            await LineResponse.WriteAsync(http, StatusCodes.Status403Forbidden, "WebSockets of pages from elsewhere are not taken here.").ConfigureAwait(false);
        }
        else if (await DialAsync(http).ConfigureAwait(false) is { } connection)
        {
            await using (connection.ConfigureAwait(false))
            {
                await CarryAsync(http, connection).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// A browser lets any page open a WebSocket to any address that its user can reach, so that a page from elsewhere would reach the destination with its
    /// user's access. Programs other than browsers name no origin.
    /// </summary>
    private static bool IsOwnOrigin(HttpRequest request)
    {
        string origin = request.Headers.Origin.ToString();
        return origin.Length == 0
            || (Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri)
                && string.Equals(uri.Authority, Uri.TryCreate($"{uri.Scheme}://{request.Host}", UriKind.Absolute, out Uri? own) ? own.Authority : null, StringComparison.OrdinalIgnoreCase));
    }

    private static ConnetDialOptions DialOptions(ConnectionInfo user) => new()
    {
        UserEndPoint = user.RemoteIpAddress is { } remote ? new IPEndPoint(remote, user.RemotePort) : null,
        ListenerEndPoint = user.LocalIpAddress is { } local ? new IPEndPoint(local, user.LocalPort) : null,
    };

    private async ValueTask<ConnetConnection?> DialAsync(HttpContext http)
    {
        try
        {
            return await source.DialAsync(DialOptions(http.Connection), http.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            string reason = FailureText.Of(exception);
            if (http.RequestAborted.IsCancellationRequested)
            {
                AspNetCoreLog.EndedEarly(context.Logger, source.Name, http.Request.Method, path, reason);
                return null;
            }

            AspNetCoreLog.Unreachable(context.Logger, source.Name, http.Request.Method, path, StatusCodes.Status502BadGateway, "the destination", reason);
            await LineResponse.WriteAsync(
                http, StatusCodes.Status502BadGateway, $"The destination '{source.Name}' was not reached: {reason}.").ConfigureAwait(false);
            return null;
        }
    }

    private async Task CarryAsync(HttpContext http, ConnetConnection connection)
    {
        bool isBinary = http.WebSockets.WebSocketRequestedProtocols.Contains(BinarySubProtocol);
        WebSocket socket;
        try
        {
            socket = await http.WebSockets.AcceptWebSocketAsync(isBinary ? BinarySubProtocol : null).ConfigureAwait(false);
        }
        catch
        {
            connection.Abort(WebSocketTunnel.PlainCode);
            throw;
        }

        using (socket)
        {
            WebSocketTunnel tunnel = new(socket, connection, http.Abort, context);
            await tunnel.RunAsync(http.RequestAborted).ConfigureAwait(false);
        }
    }
}
