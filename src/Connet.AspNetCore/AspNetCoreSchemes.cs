using Connet.AspNetCore.Files;
using Connet.AspNetCore.Proxies;
using Connet.AspNetCore.Tunnels;
using Connet.Client.Endpoints;

namespace Connet.AspNetCore;

/// <summary>The schemes of endpoints that speak HTTP. Add them to <see cref="Connet.Client.ConnetClientOptions.Schemes"/>.</summary>
public static class AspNetCoreSchemes
{
    /// <summary>
    /// <c>http://host:port/path</c>, a reverse proxy: a source listens there, a destination sends requests there. The path is put before that of each
    /// request; the port is 80 where none is given.
    /// </summary>
    public static IEndpointScheme Http { get; } = new HttpScheme("http");

    /// <summary><see cref="Http"/> over TLS; the port is 443 where none is given.</summary>
    public static IEndpointScheme Https { get; } = new HttpScheme("https");

    /// <summary>
    /// <c>ws://host:port/path</c>, for sources: each WebSocket is one connection to the destination, its messages are bytes. The path is <c>/</c> where
    /// none is given.
    /// </summary>
    public static IEndpointScheme Ws { get; } = new WebSocketScheme("ws");

    /// <summary><see cref="Ws"/> over TLS.</summary>
    public static IEndpointScheme Wss { get; } = new WebSocketScheme("wss");

    /// <summary><c>file:/folder</c> or <c>file:./folder</c>, for destinations: serves the folder over HTTP, to read only.</summary>
    public static IEndpointScheme File { get; } = new FileScheme();

    /// <summary>All of them.</summary>
    public static IReadOnlyList<IEndpointScheme> All { get; } = [Http, Https, Ws, Wss, File];
}
