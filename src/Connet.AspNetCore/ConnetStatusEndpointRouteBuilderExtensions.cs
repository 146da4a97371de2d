using System.Diagnostics.CodeAnalysis;
using Connet.AspNetCore.Status;
using Connet.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Connet.AspNetCore;

/// <summary>Serves the status of an application's Connet clients and servers at one of its addresses.</summary>
public static class ConnetStatusEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Answers <c>GET</c> and <c>HEAD</c> with the status of every <see cref="IConnetStatusSource"/> of the services as JSON, other methods with 405:
    /// of one source its object, of several a list of them. <c>AddConnetClient</c>, <c>AddConnetControlServer</c>, <c>AddConnetRelayServer</c> and
    /// <c>AddConnetServer</c> each add one. The status holds no token and no key, but names and addresses: who may see it is for the application to say, as with
    /// <c>RequireAuthorization</c> or <c>RequireHost</c> on what is returned.
    /// </summary>
    /// <param name="endpoints">The application's routes.</param>
    /// <param name="pattern">The path.</param>
    /// <returns>Adds conditions and metadata to the route.</returns>
    /// <exception cref="InvalidOperationException">The services have no <see cref="IConnetStatusSource"/>.</exception>
    public static IEndpointConventionBuilder MapConnetStatus(this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern = "/connet/status")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        if (endpoints.ServiceProvider.GetService<IServiceProviderIsService>()?.IsService(typeof(IConnetStatusSource)) == false)
        {
            throw new InvalidOperationException(
                "There is nothing whose status could be served: call AddConnetClient, AddConnetControlServer, AddConnetRelayServer or AddConnetServer before.");
        }

        // The sources are made with the first request, not here: settings that are wrong are the host's to report.
        return endpoints.MapMethods(
            pattern,
            [HttpMethods.Get, HttpMethods.Head],
            context => StatusResponse.WriteAsync(context, [.. context.RequestServices.GetServices<IConnetStatusSource>()]));
    }
}
