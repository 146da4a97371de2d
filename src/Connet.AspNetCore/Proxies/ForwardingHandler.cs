using System.Net;
using Connet.AspNetCore.Diagnostics;
using Connet.AspNetCore.Hosts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Connet.AspNetCore.Proxies;

/// <summary>Forwards requests, and says in one line why one could not be.</summary>
internal sealed class ForwardingHandler(Forwarding forwarding, IHttpForwarder forwarder, ILogger logger)
{
    /// <summary>A body may pause for as long as its ends like: connections that are dead are noticed by their transport.</summary>
    private static readonly ForwarderRequestConfig s_config = new()
    {
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        ActivityTimeout = Timeout.InfiniteTimeSpan,
    };

    private readonly ForwardingTransformer _transformer = new(forwarding.Host, forwarding.IsEdge);

    /// <summary>The address that <see cref="InvokeAsync"/> has found for a request.</summary>
    public static Uri TargetOf(HttpContext context) => (Uri)context.Items[typeof(ForwardTarget)]!;

    public async Task InvokeAsync(HttpContext context)
    {
        if (HttpMethods.IsConnect(context.Request.Method) && context.Features.Get<IHttpExtendedConnectFeature>()?.IsExtendedConnect != true)
        {
            await LineResponse.WriteAsync(context, StatusCodes.Status501NotImplemented, "CONNECT is not proxied here.").ConfigureAwait(false);
            return;
        }

        if (forwarding.Target.Find(RawTarget(context)) is not { } target)
        {
            await LineResponse.WriteAsync(context, StatusCodes.Status400BadRequest, "The path leads out of what is served here.").ConfigureAwait(false);
            return;
        }

        context.Items[typeof(ForwardTarget)] = target;
        ForwarderError error = await forwarder.SendAsync(context, forwarding.Target.Base, forwarding.Client.Current, s_config, _transformer).ConfigureAwait(false);
        if (error != ForwarderError.None)
        {
            await ExplainAsync(context, error).ConfigureAwait(false);
        }
    }

    private static string RawTarget(HttpContext context) =>
        context.Features.Get<IHttpRequestFeature>()?.RawTarget is { Length: > 0 } raw ? raw : context.Request.Path.ToUriComponent() + context.Request.QueryString;

    private async Task ExplainAsync(HttpContext context, ForwarderError error)
    {
        string reason = FailureText.Of(context.Features.Get<IForwarderErrorFeature>()?.Exception);
        string path = context.Request.Path.ToUriComponent();
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            AspNetCoreLog.EndedEarly(logger, forwarding.Name, context.Request.Method, path, $"{error}: {reason}");
            return;
        }

        if (error is ForwarderError.RequestBodyClient)
        {
            // The status says what was wrong with the request.
            AspNetCoreLog.EndedEarly(logger, forwarding.Name, context.Request.Method, path, $"{error}: {reason}");
            await LineResponse.WriteAsync(context, context.Response.StatusCode, "The request broke off or is not valid.").ConfigureAwait(false);
            return;
        }

        AspNetCoreLog.Unreachable(
            logger, forwarding.Name, context.Request.Method, path, StatusCodes.Status502BadGateway, forwarding.Address, reason);
        context.Response.Clear();
        await LineResponse.WriteAsync(context, StatusCodes.Status502BadGateway, $"{forwarding.Subject} was not reached: {reason}.").ConfigureAwait(false);
    }
}
