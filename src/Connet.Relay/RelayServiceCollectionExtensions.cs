using Connet.Protocol;
using Connet.Relay.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Connet.Relay;

/// <summary>Registers a relay with a host.</summary>
public static class RelayServiceCollectionExtensions
{
    /// <summary>
    /// Runs a relay in this host. The options are validated when the host starts; the running relay is <see cref="RelayServerService.Server"/> of the
    /// registered <see cref="RelayServerService"/>, which is an <see cref="IConnetStatusSource"/> too.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Sets the relay up; null if the options are configured elsewhere.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddConnetRelayServer(this IServiceCollection services, Action<RelayServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        OptionsBuilder<RelayServerOptions> options = services.AddOptions<RelayServerOptions>().ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RelayServerOptions>, RelayServerOptionsValidator>());
        services.TryAddSingleton<RelayServerService>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, RelayServerService>(provider => provider.GetRequiredService<RelayServerService>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConnetStatusSource, RelayServerService>(provider => provider.GetRequiredService<RelayServerService>()));
        return services;
    }
}
