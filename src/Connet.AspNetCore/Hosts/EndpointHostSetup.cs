using System.Net.Security;
using Connet.Client.Endpoints;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Connet.AspNetCore.Hosts;

/// <summary>What the web server of an endpoint serves.</summary>
internal sealed record EndpointHostSetup
{
    /// <summary>What answers requests.</summary>
    public required Action<IApplicationBuilder> Pipeline { get; init; }

    /// <summary>Services that the pipeline needs; null for none.</summary>
    public Action<IServiceCollection>? Services { get; init; }

    /// <summary>The versions of HTTP that are spoken; without <see cref="Tls"/> only HTTP/1.1 makes sense.</summary>
    public HttpProtocols Protocols { get; init; } = HttpProtocols.Http1;

    /// <summary>The server's side of TLS; null for none.</summary>
    public EndpointFile<SslServerAuthenticationOptions>? Tls { get; init; }

    /// <summary>Disposed of after the server; null for nothing.</summary>
    public IDisposable? Owned { get; init; }
}
