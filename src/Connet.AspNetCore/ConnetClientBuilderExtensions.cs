using Connet.Client;
using Connet.Client.Endpoints;
using Microsoft.Extensions.DependencyInjection;

namespace Connet.AspNetCore;

/// <summary>Adds schemes to a client in an application's services.</summary>
public static class ConnetClientBuilderExtensions
{
    /// <summary>Lets addresses of sources and destinations start with <c>http</c>, <c>https</c>, <c>ws</c>, <c>wss</c> and <c>file</c>.</summary>
    /// <param name="builder">The client.</param>
    /// <returns>The same builder.</returns>
    public static ConnetClientBuilder AddAspNetCoreSchemes(this ConnetClientBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure<ConnetClientOptions>(options =>
        {
            foreach (IEndpointScheme scheme in AspNetCoreSchemes.All)
            {
                options.Schemes.Add(scheme);
            }
        });
        return builder;
    }
}
