using Connet.Client;
using Connet.Control;
using Connet.Protocol;
using Connet.Relay;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Connet.Hosting;

/// <summary>Registers the combined server, and everything else from configuration.</summary>
public static class ConnetServiceCollectionExtensions
{
    private const string Sources = "Sources";
    private const string Destinations = "Destinations";

    /// <summary>
    /// Runs a control server and a relay in this host. The options are checked when the host starts. Logging, a <see cref="TimeProvider"/> and
    /// an <see cref="IControlStore"/> are taken from the container where the options name none. The running server is
    /// <see cref="ConnetServerService.Server"/> of the registered <see cref="ConnetServerService"/>, which is an <see cref="IConnetStatusSource"/> too.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The container.</returns>
    public static IServiceCollection AddConnetServer(this IServiceCollection services, Action<ConnetServerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<ConnetServerOptions>().Configure(configure).ValidateOnStart();
        if (services.Any(service => service.ServiceType == typeof(ConnetServerService)))
        {
            return services;
        }

        services.TryAddSingleton<ConnetServerOptionsSetup>();
        services.AddSingleton<IPostConfigureOptions<ConnetServerOptions>>(provider => provider.GetRequiredService<ConnetServerOptionsSetup>());
        services.AddSingleton<IValidateOptions<ConnetServerOptions>>(provider => provider.GetRequiredService<ConnetServerOptionsSetup>());
        services.AddSingleton<ConnetServerService>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<ConnetServerService>());
        services.AddSingleton<IConnetStatusSource>(provider => provider.GetRequiredService<ConnetServerService>());
        return services;
    }

    /// <summary>Runs a control server and a relay in this host, set up by configuration. An unknown key fails the start; a change of the configuration is taken over.</summary>
    /// <param name="services">The container.</param>
    /// <param name="section">The section with the properties of <see cref="ConnetServerOptions"/>.</param>
    /// <param name="configure">Sets what configuration cannot, and wins over it; null if there is nothing.</param>
    /// <returns>The container.</returns>
    public static IServiceCollection AddConnetServer(
        this IServiceCollection services, IConfiguration section, Action<ConnetServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(section);
        services.AddSingleton<IOptionsChangeTokenSource<ConnetServerOptions>>(new SectionChanges<ConnetServerOptions>(section));
        return services.AddConnetServer(options =>
        {
            StrictBinding.Bind(section, options);
            configure?.Invoke(options);
        });
    }

    /// <summary>Runs a control server in this host, set up by configuration. An unknown key fails the start; a change of the configuration is taken over.</summary>
    /// <param name="services">The container.</param>
    /// <param name="section">The section with the properties of <see cref="ControlServerOptions"/>.</param>
    /// <param name="configure">Sets what configuration cannot, and wins over it; null if there is nothing.</param>
    /// <returns>The container.</returns>
    public static IServiceCollection AddConnetControlServer(
        this IServiceCollection services, IConfiguration section, Action<ControlServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(section);
        services.AddSingleton<IOptionsChangeTokenSource<ControlServerOptions>>(new SectionChanges<ControlServerOptions>(section));
        return services.AddConnetControlServer(options =>
        {
            StrictBinding.Bind(section, options);
            configure?.Invoke(options);
        });
    }

    /// <summary>Runs a relay in this host, set up by configuration. An unknown key fails the start; a change of the configuration is taken over.</summary>
    /// <param name="services">The container.</param>
    /// <param name="section">The section with the properties of <see cref="RelayServerOptions"/>.</param>
    /// <param name="configure">Sets what configuration cannot, and wins over it; null if there is nothing.</param>
    /// <returns>The container.</returns>
    public static IServiceCollection AddConnetRelayServer(
        this IServiceCollection services, IConfiguration section, Action<RelayServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(section);
        services.AddSingleton<IOptionsChangeTokenSource<RelayServerOptions>>(new SectionChanges<RelayServerOptions>(section));
        return services.AddConnetRelayServer(options =>
        {
            StrictBinding.Bind(section, options);
            configure?.Invoke(options);
        });
    }

    /// <summary>
    /// Runs a client in this host, set up by configuration. Below <c>Sources</c> and <c>Destinations</c> each subsection is one endpoint: its
    /// key is the name, its values are the properties of <see cref="ConnetSourceOptions"/> or <see cref="ConnetDestinationOptions"/>. An
    /// unknown key fails the start.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="section">The section with the properties of <see cref="ConnetClientOptions"/>.</param>
    /// <param name="configure">Sets what configuration cannot, and wins over it; null if there is nothing.</param>
    /// <returns>Adds further sources and destinations.</returns>
    public static ConnetClientBuilder AddConnetClient(
        this IServiceCollection services, IConfiguration section, Action<ConnetClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(section);
        ConnetClientBuilder builder = services.AddConnetClient(options =>
        {
            StrictBinding.Bind(StrictBinding.Without(section, Sources, Destinations), options);
            configure?.Invoke(options);
        });
        foreach (IConfigurationSection source in section.GetSection(Sources).GetChildren())
        {
            builder.AddSource(source.Key, options => StrictBinding.Bind(source, options));
        }

        foreach (IConfigurationSection destination in section.GetSection(Destinations).GetChildren())
        {
            builder.AddDestination(destination.Key, options => StrictBinding.Bind(destination, options));
        }

        return builder;
    }
}
