using Connet.Client.Control;
using Microsoft.Extensions.DependencyInjection;

namespace Connet.Client;

/// <summary>Adds endpoints to the client of a service collection. Comes from <see cref="ConnetClientServiceCollectionExtensions.AddConnetClient"/>.</summary>
public sealed class ConnetClientBuilder
{
    internal ConnetClientBuilder(IServiceCollection services) => Services = services;

    /// <summary>The services that the client is added to.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Adds a source. Services get it as the keyed singleton <see cref="ConnetSource"/> with its name as the key.</summary>
    /// <param name="name">The endpoint's name; the options of this name can be configured elsewhere too.</param>
    /// <param name="configure">Changes its settings; null leaves them as they are.</param>
    /// <returns>This builder.</returns>
    public ConnetClientBuilder AddSource(string name, Action<ConnetSourceOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        Services.AddOptions<ConnetSourceOptions>(name).Configure(options => options.Name = name).Configure(configure ?? (static _ => { })).ValidateOnStart();
        Services.AddSingleton(new EndpointRegistration(ConnetRole.Source, name));
        Services.AddKeyedSingleton(name, static (provider, key) => provider.GetRequiredService<ConnetClient>().FindSource((string)key!) ?? throw Gone("source", key));
        return this;
    }

    /// <summary>Adds a destination. Services get it as the keyed singleton <see cref="ConnetDestination"/> with its name as the key.</summary>
    /// <param name="name">The endpoint's name; the options of this name can be configured elsewhere too.</param>
    /// <param name="configure">Changes its settings; null leaves them as they are.</param>
    /// <returns>This builder.</returns>
    public ConnetClientBuilder AddDestination(string name, Action<ConnetDestinationOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        Services.AddOptions<ConnetDestinationOptions>(name).Configure(options => options.Name = name).Configure(configure ?? (static _ => { })).ValidateOnStart();
        Services.AddSingleton(new EndpointRegistration(ConnetRole.Destination, name));
        Services.AddKeyedSingleton(
            name, static (provider, key) => provider.GetRequiredService<ConnetClient>().FindDestination((string)key!) ?? throw Gone("destination", key));
        return this;
    }

    private static InvalidOperationException Gone(string role, object? name) => new($"The client has no {role} '{name}' any more: it was disposed.");
}
