using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;

namespace Connet.AspNetCore.Proxies;

/// <summary>The headers of requests and responses on their way.</summary>
/// <param name="host">The host to name; null for that of the address.</param>
/// <param name="isEdge">
/// Whether requests come from users, who may not say by themselves who they are; else they come from a source, whose word is kept and extended.
/// </param>
internal sealed class ForwardingTransformer(string? host, bool isEdge) : HttpTransformer
{
    private const string Forwarded = "Forwarded";
    private const string ForwardedFor = "X-Forwarded-For";
    private const string ForwardedHost = "X-Forwarded-Host";
    private const string ForwardedProto = "X-Forwarded-Proto";

    /// <summary>What some versions of the forwarder leave to the tracing of their own process; this proxy is to be invisible.</summary>
    private static readonly string[] s_tracing =
        [HeaderNames.TraceParent, HeaderNames.TraceState, HeaderNames.Baggage, HeaderNames.RequestId, HeaderNames.CorrelationContext];

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken).ConfigureAwait(false);
        IHeaderDictionary received = httpContext.Request.Headers;
        foreach (string name in s_tracing)
        {
            if (!proxyRequest.Headers.Contains(name) && received.TryGetValue(name, out StringValues values))
            {
                proxyRequest.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        // RFC 9110 section 7.6.1: what the header Connection names is for one connection only.
        foreach (string name in received.GetCommaSeparatedValues(HeaderNames.Connection))
        {
            // Asked before: removing a header of the body here is an error.
            if (IsToken(name) && proxyRequest.Headers.TryGetValues(name, out _))
            {
                proxyRequest.Headers.Remove(name);
            }
        }

        SetForwarded(httpContext, proxyRequest);
        proxyRequest.Headers.Host = host;
        proxyRequest.RequestUri = ForwardingHandler.TargetOf(httpContext);
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        bool isCopied = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken).ConfigureAwait(false);
        if (!isCopied || proxyResponse is null)
        {
            return isCopied;
        }

        HttpResponse response = httpContext.Response;
        foreach (string name in proxyResponse.Headers.Connection)
        {
            if (IsToken(name))
            {
                response.Headers.Remove(name);
            }
        }

        // A stream of events may be silent for long: its headers must not wait for the first of them.
        if (IsStream(httpContext, proxyResponse))
        {
            try
            {
                await response.Body.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                // The user has gone, which copying the body will find out.
            }
        }

        return true;
    }

    /// <summary>Not the words that the header Connection has for itself.</summary>
    private static bool IsToken(string name) =>
        !string.Equals(name, HeaderNames.Upgrade, StringComparison.OrdinalIgnoreCase)
        && !string.Equals(name, "close", StringComparison.OrdinalIgnoreCase)
        && !string.Equals(name, HeaderNames.Host, StringComparison.OrdinalIgnoreCase)
        && name.Length > 0 && name.All(static each => char.IsAsciiLetterOrDigit(each) || each is '-' or '_');

    /// <summary>With HTTP/2 early headers would take the place of those that end a response without a body, so only where one is sure to come.</summary>
    private static bool IsStream(HttpContext context, HttpResponseMessage response) =>
        (HttpProtocol.IsHttp11(context.Request.Protocol) || response.Content.Headers.ContentType?.MediaType == "text/event-stream")
        && !HttpMethods.IsHead(context.Request.Method)
        && response.Content.Headers.ContentLength is null
        && response.StatusCode >= HttpStatusCode.OK
        && response.StatusCode is not (HttpStatusCode.NoContent or HttpStatusCode.ResetContent or HttpStatusCode.NotModified);

    private void SetForwarded(HttpContext context, HttpRequestMessage proxyRequest)
    {
        HttpRequest request = context.Request;
        if (isEdge)
        {
            proxyRequest.Headers.Remove(Forwarded);
            proxyRequest.Headers.Remove(ForwardedFor);
            proxyRequest.Headers.Remove(ForwardedHost);
            proxyRequest.Headers.Remove(ForwardedProto);
        }

        if (context.Connection.RemoteIpAddress is { } address)
        {
            string user = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
            string before = isEdge ? string.Empty : request.Headers[ForwardedFor].ToString();
            proxyRequest.Headers.Remove(ForwardedFor);
            proxyRequest.Headers.TryAddWithoutValidation(ForwardedFor, before.Length > 0 ? $"{before}, {user}" : user);
        }

        if (!proxyRequest.Headers.Contains(ForwardedHost) && request.Host.HasValue)
        {
            proxyRequest.Headers.TryAddWithoutValidation(ForwardedHost, request.Host.Value);
        }

        if (!proxyRequest.Headers.Contains(ForwardedProto))
        {
            proxyRequest.Headers.TryAddWithoutValidation(ForwardedProto, request.Scheme);
        }
    }
}
