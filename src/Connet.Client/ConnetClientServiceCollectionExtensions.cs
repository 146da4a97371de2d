using Connet.Client.Control;
using Connet.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Connet.Client;

/// <summary>Adds a Connet client to an application's services.</summary>
public static class ConnetClientServiceCollectionExtensions
{
    /// <summary>
    /// Adds the singleton <see cref="ConnetClient"/>, which is an <see cref="IConnetStatusSource"/> too, and the hosted service that starts and
    /// stops it. Settings are validated when the host starts. The host's start opens the client's socket, but does not wait for the control
    /// server; if that refuses the client, then or later, the host is stopped and <see cref="ConnetClient.Completion"/> has the reason. Without a
    /// host, start the client yourself. Logger factory and clock come from the services unless the settings have their own. Calling it again
    /// adds settings to the same client.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the client's settings; null if they are configured elsewhere.</param>
    /// <returns>What sources and destinations are added with.</returns>
    public static ConnetClientBuilder AddConnetClient(this IServiceCollection services, Action<ConnetClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<ConnetClientOptions>().Configure(configure ?? (static _ => { })).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ConnetClientOptions>, ConnetClientOptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ConnetSourceOptions>, ConnetEndpointOptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ConnetDestinationOptions>, ConnetEndpointOptionsValidator>());
        services.TryAddSingleton(Create);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConnetStatusSource, ConnetClient>(provider => provider.GetRequiredService<ConnetClient>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ConnetClientService>());
        return new ConnetClientBuilder(services);
    }

    private static ConnetClient Create(IServiceProvider provider)
    {
        ConnetClientOptions options = provider.GetRequiredService<IOptions<ConnetClientOptions>>().Value;
        options.LoggerFactory ??= provider.GetService<ILoggerFactory>();
        options.TimeProvider ??= provider.GetService<TimeProvider>();
        ConnetClient client = new(options);
        foreach (EndpointRegistration endpoint in provider.GetServices<EndpointRegistration>().Distinct())
        {
            if (endpoint.Role == ConnetRole.Source)
            {
                client.AddSource(provider.GetRequiredService<IOptionsMonitor<ConnetSourceOptions>>().Get(endpoint.Name));
            }
            else
            {
                client.AddDestination(provider.GetRequiredService<IOptionsMonitor<ConnetDestinationOptions>>().Get(endpoint.Name));
            }
        }

        return client;
    }
}
