using Connet.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Connet.Control;

/// <summary>Registers a control server in a container.</summary>
public static class ControlServiceCollectionExtensions
{
    /// <summary>
    /// Adds a control server that starts and stops with the host. Its options are checked when the host starts. Logging, a
    /// <see cref="TimeProvider"/> and an <see cref="IControlStore"/> are taken from the container where the options name none. The
    /// running server is reached through <see cref="ControlServerHostedService"/>, which is an <see cref="IConnetStatusSource"/> too; it takes
    /// over options that are bound to configuration when that changes.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The container.</returns>
    public static IServiceCollection AddConnetControlServer(this IServiceCollection services, Action<ControlServerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<ControlServerOptions>().Configure(configure).ValidateOnStart();
        if (services.Any(service => service.ServiceType == typeof(ControlServerHostedService)))
        {
            return services;
        }

        services.TryAddSingleton<ControlServerOptionsSetup>();
        services.AddSingleton<IPostConfigureOptions<ControlServerOptions>>(provider => provider.GetRequiredService<ControlServerOptionsSetup>());
        services.AddSingleton<IValidateOptions<ControlServerOptions>>(provider => provider.GetRequiredService<ControlServerOptionsSetup>());
        services.AddSingleton(provider => new ControlServerHostedService(
            provider.GetRequiredService<IOptions<ControlServerOptions>>(),
            provider.GetRequiredService<IOptionsFactory<ControlServerOptions>>(),
            provider.GetServices<IOptionsChangeTokenSource<ControlServerOptions>>(),
            provider.GetService<IHostApplicationLifetime>()));
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<ControlServerHostedService>());
        services.AddSingleton<IConnetStatusSource>(provider => provider.GetRequiredService<ControlServerHostedService>());
        return services;
    }
}
