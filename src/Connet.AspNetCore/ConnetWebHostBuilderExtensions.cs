using Connet.AspNetCore.Transport;
using Connet.Client;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Connet.AspNetCore;

/// <summary>Serves an ASP.NET Core application through destinations, without an open port.</summary>
public static class ConnetWebHostBuilderExtensions
{
    /// <summary>
    /// Kestrel serves the connections of a destination. It then listens at no address, unless one is configured in code as well. Can be called for several
    /// destinations.
    /// </summary>
    /// <param name="builder">The application's web host, which uses Kestrel.</param>
    /// <param name="destination">The destination; it has no address of its own. It is not disposed of with the application.</param>
    /// <param name="configure">Changes how the connections are served; null for HTTP/1.1, as Kestrel serves connections without TLS.</param>
    /// <returns>The same builder.</returns>
    public static IWebHostBuilder UseConnetDestination(this IWebHostBuilder builder, ConnetDestination destination, Action<ListenOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return Use(builder, _ => destination, configure);
    }

    /// <summary>
    /// Kestrel serves the connections of a destination of the services, which <c>AddConnetClient(…).AddDestination(name)</c> has added. It then listens at
    /// no address, unless one is configured in code as well. Can be called for several destinations.
    /// </summary>
    /// <param name="builder">The application's web host, which uses Kestrel.</param>
    /// <param name="name">The destination's name.</param>
    /// <param name="configure">Changes how the connections are served; null for HTTP/1.1, as Kestrel serves connections without TLS.</param>
    /// <returns>The same builder.</returns>
    public static IWebHostBuilder UseConnetDestination(this IWebHostBuilder builder, string name, Action<ListenOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Use(builder, services => services.GetRequiredKeyedService<ConnetDestination>(name), configure);
    }

    private static IWebHostBuilder Use(IWebHostBuilder builder, Func<IServiceProvider, ConnetDestination> find, Action<ListenOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.ConfigureServices(services =>
        {
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IConnectionListenerFactory, DestinationListenerFactory>());
            services.AddOptions<KestrelServerOptions>().Configure<IServiceProvider>((options, provider) =>
                options.Listen(new ConnetDestinationEndPoint(find(provider)), configure ?? (static _ => { })));
        });
    }
}
