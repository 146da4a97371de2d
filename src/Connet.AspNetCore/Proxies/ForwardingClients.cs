using System.Net;
using System.Net.Security;
using System.Text;
using Connet.Client;

namespace Connet.AspNetCore.Proxies;

/// <summary>What sends forwarded requests. Connections are kept for further requests.</summary>
internal static class ForwardingClients
{
    /// <summary>After this a connection is replaced, so that a service that has moved and destinations that were added are found.</summary>
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(5);

    /// <summary>Over connections of a source; the host of requests does not matter.</summary>
    public static HttpMessageInvoker Of(ConnetSource source, int maxConnections)
    {
        SocketsHttpHandler handler = New(maxConnections);
        handler.ConnectCallback = async (_, cancellationToken) => new TunnelStream(await source.DialAsync(cancellationToken).ConfigureAwait(false));
        return new HttpMessageInvoker(handler);
    }

    /// <summary>To a service beside a destination.</summary>
    /// <param name="dialTimeout">How long connecting may take; zero waits.</param>
    /// <param name="tls">For https; null for http.</param>
    /// <param name="maxConnections">How many connections may be open at once.</param>
    public static HttpMessageInvoker OfService(TimeSpan dialTimeout, SslClientAuthenticationOptions? tls, int maxConnections)
    {
        SocketsHttpHandler handler = New(maxConnections);
        handler.ConnectTimeout = dialTimeout > TimeSpan.Zero ? dialTimeout : Timeout.InfiniteTimeSpan;
        if (tls is not null)
        {
            handler.SslOptions = tls;
        }

        return new HttpMessageInvoker(handler);
    }

    private static SocketsHttpHandler New(int maxConnections) => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        MaxConnectionsPerServer = maxConnections,
        PooledConnectionLifetime = s_lifetime,

        // What a user has broken off is not read to its end.
        MaxResponseDrainSize = 0,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
    };
}
