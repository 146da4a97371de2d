using Microsoft.Extensions.Logging.Abstractions;

namespace Connet.Client.Endpoints;

/// <summary>What runs for a source or destination that has an address.</summary>
internal sealed class EndpointRunner : IAsyncDisposable
{
    private const string LogCategory = "Connet.Client.Endpoints";

    private readonly IAsyncDisposable _running;

    private EndpointRunner(IAsyncDisposable running) => _running = running;

    /// <summary>Checks an address against the schemes of a client.</summary>
    /// <returns>Null if it can be used; else one sentence.</returns>
    public static string? Check(string address, ConnetRole role, ConnetClientOptions options)
    {
        if (!EndpointAddress.TryParse(address, out EndpointAddress? parsed))
        {
            return $"'{address}' is no address of an endpoint: write tcp://host:port, or host:port.";
        }

        return Find(parsed, options) is { } scheme ? scheme.Check(parsed, role) : UnknownScheme(parsed, options);
    }

    /// <summary>What a destination takes: where it has an address, its scheme knows.</summary>
    public static ConnetTraffic TrafficOf(ConnetDestinationOptions destination, ConnetClientOptions options) =>
        EndpointAddress.TryParse(destination.Address, out EndpointAddress? address) && Find(address, options) is { } scheme ? scheme.Traffic : destination.Traffic;

    /// <summary>Starts what carries connections to a source; the source has <see cref="ConnetSource.LocalEndPoint"/> afterwards.</summary>
    /// <param name="source">A source with an address.</param>
    /// <param name="options">The client's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConnetEndpointException">The address cannot be used or taken.</exception>
    public static async ValueTask<EndpointRunner> StartSourceAsync(ConnetSource source, ConnetClientOptions options, CancellationToken cancellationToken)
    {
        (IEndpointScheme scheme, EndpointAddress address) = Resolve(source.Options.Address, ConnetRole.Source, options);
        ConnetSourceOptions own = source.Options;
        EndpointContext context = Context(options, own.DialTimeout, own.MaxConnections, own.FlowIdleTimeout, own.Tls);
        IEndpointListener listener = await scheme.StartSourceAsync(source, address, context, cancellationToken).ConfigureAwait(false);
        source.LocalEndPoint = listener.LocalEndPoint;
        return new EndpointRunner(listener);
    }

    /// <summary>Starts what carries a destination's connections to its service.</summary>
    /// <param name="destination">A destination with an address.</param>
    /// <param name="options">The client's.</param>
    /// <exception cref="ConnetEndpointException">The address cannot be used.</exception>
    public static EndpointRunner StartDestination(ConnetDestination destination, ConnetClientOptions options)
    {
        (IEndpointScheme scheme, EndpointAddress address) = Resolve(destination.Options.Address, ConnetRole.Destination, options);
        ConnetDestinationOptions own = destination.Options;
        return new EndpointRunner(
            scheme.StartDestination(destination, address, Context(options, own.DialTimeout, own.MaxConnections, own.FlowIdleTimeout, own.Tls)));
    }

    /// <summary>Nothing new begins; what is open may finish within the client's time for shutdown.</summary>
    public ValueTask DisposeAsync() => _running.DisposeAsync();

    private static (IEndpointScheme Scheme, EndpointAddress Address) Resolve(string? text, ConnetRole role, ConnetClientOptions options)
    {
        if (Check(text ?? string.Empty, role, options) is { } problem)
        {
            throw new ConnetEndpointException(problem);
        }

        EndpointAddress address = EndpointAddress.Parse(text!);
        return (Find(address, options)!, address);
    }

    /// <summary>The last one registered wins, so that a built-in scheme can be replaced.</summary>
    private static IEndpointScheme? Find(EndpointAddress address, ConnetClientOptions options) =>
        options.Schemes.LastOrDefault(each => string.Equals(each.Name, address.Scheme, StringComparison.Ordinal));

    private static string UnknownScheme(EndpointAddress address, ConnetClientOptions options) =>
        $"'{address}' has the scheme {address.Scheme}, which this client does not know: use {string.Join(" or ", options.Schemes.Select(each => each.Name).Distinct())}.";

    private static EndpointContext Context(
        ConnetClientOptions options, TimeSpan dialTimeout, int maxConnections, TimeSpan flowIdleTimeout, EndpointTlsOptions tls) => new()
    {
        FlowIdleTimeout = flowIdleTimeout,
        DialTimeout = dialTimeout,
        MaxConnections = Math.Max(1, maxConnections),
        Tls = tls,
        ShutdownTimeout = options.ShutdownTimeout,
        TimeProvider = options.Clock,
        Logger = (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger(LogCategory),
    };
}
