using Connet.Client.Endpoints;
using Microsoft.Extensions.Options;

namespace Connet.Client;

/// <summary>Says what is wrong with the settings of sources and destinations, each in a sentence that names endpoint and setting.</summary>
/// <param name="client">The client that they belong to.</param>
internal sealed class ConnetEndpointOptionsValidator(IOptions<ConnetClientOptions> client)
    : IValidateOptions<ConnetSourceOptions>, IValidateOptions<ConnetDestinationOptions>
{
    private const int MaxNameLength = 1024;
    private const int MaxRetryCount = 4096;

    private static readonly TimeSpan s_shortestIdle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ConnetSourceOptions options) => Result(Check(options, client.Value));

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ConnetDestinationOptions options) => Result(Check(options, client.Value));

    /// <summary>What is wrong; nothing for good settings.</summary>
    public static IEnumerable<string> Check(ConnetSourceOptions options, ConnetClientOptions client) =>
        Check($"Source '{options.Name}'", options.Name, options.Route, options.RelayEncryptions, options.DialTimeout, options.MaxConnections)
            .Concat(CheckAddress($"Source '{options.Name}'", options.Address, ConnetRole.Source, client))
            .Concat(CheckTls($"Source '{options.Name}'", options.Tls))
            .Concat(CheckIdleTimeout($"Source '{options.Name}'", options.FlowIdleTimeout))
            .Concat(CheckBalancing(options));

    /// <inheritdoc cref="Check(ConnetSourceOptions, ConnetClientOptions)"/>
    public static IEnumerable<string> Check(ConnetDestinationOptions options, ConnetClientOptions client) =>
        Check($"Destination '{options.Name}'", options.Name, options.Route, options.RelayEncryptions, options.DialTimeout, options.MaxConnections)
            .Concat(CheckAddress($"Destination '{options.Name}'", options.Address, ConnetRole.Destination, client))
            .Concat(CheckTls($"Destination '{options.Name}'", options.Tls))
            .Concat(CheckIdleTimeout($"Destination '{options.Name}'", options.FlowIdleTimeout))
            .Concat(CheckTraffic(options, client))
            .Concat(options.AcceptBacklog < 1 ? [$"Destination '{options.Name}': AcceptBacklog is {options.AcceptBacklog}: use 1 or more."] : []);

    /// <summary>What is set and changes nothing, in a sentence; null if everything has an effect.</summary>
    public static string? WithoutEffect(ConnetSourceOptions options) => options switch
    {
        { LoadBalancing: ConnetLoadBalancing.None, Retry: not ConnetDialRetry.None } =>
            $"Retry is {options.Retry}, which has no effect without a policy: set LoadBalancing; without it all destinations are tried.",
        { RetryMax: not null, Retry: ConnetDialRetry.None or ConnetDialRetry.All } =>
            $"RetryMax is {options.RetryMax}, which has no effect while Retry is {options.Retry}: set Retry to Count or Timed.",
        _ => null,
    };

    private static IEnumerable<string> CheckBalancing(ConnetSourceOptions options)
    {
        if (!Enum.IsDefined(options.LoadBalancing))
        {
            yield return $"Source '{options.Name}': LoadBalancing is {options.LoadBalancing}: use {Names<ConnetLoadBalancing>()}.";
        }

        if (!Enum.IsDefined(options.Retry))
        {
            yield return $"Source '{options.Name}': Retry is {options.Retry}: use {Names<ConnetDialRetry>()}.";
        }

        (int most, string unit) = options.Retry == ConnetDialRetry.Timed ? ((int)s_longest.TotalMilliseconds, "milliseconds") : (MaxRetryCount, "destinations");
        if (options.RetryMax is { } max && (max < 0 || max > most))
        {
            yield return $"Source '{options.Name}': RetryMax is {max}: use 0 to {most} {unit}.";
        }
    }

    private static string Names<T>()
        where T : struct, Enum
    {
        string[] names = Enum.GetNames<T>();
        return $"{string.Join(", ", names[..^1])} or {names[^1]}";
    }

    private static IEnumerable<string> Check(
        string endpoint, string name, ConnetRoute route, IList<string> encryptions, TimeSpan dialTimeout, int maxConnections)
    {
        if (name.Length is 0 or > MaxNameLength)
        {
            yield return $"{endpoint}: Name has {name.Length} characters: use 1 to {MaxNameLength}.";
        }

        if (!Enum.IsDefined(route))
        {
            yield return $"{endpoint}: Route is {route}: use any, direct or relay.";
        }

        if (dialTimeout < TimeSpan.Zero || dialTimeout > s_longest)
        {
            yield return $"{endpoint}: DialTimeout is {dialTimeout}: use {TimeSpan.Zero} to {s_longest}.";
        }

        if (maxConnections < 1)
        {
            yield return $"{endpoint}: MaxConnections is {maxConnections}: use 1 or more.";
        }

        foreach (string failure in ConnetClientOptionsValidator.CheckEncryptions(encryptions, "RelayEncryptions"))
        {
            yield return $"{endpoint}: {failure}";
        }
    }

    private static IEnumerable<string> CheckTls(string endpoint, EndpointTlsOptions tls) =>
        tls.HandshakeTimeout > TimeSpan.Zero && tls.HandshakeTimeout <= s_longest
            ? []
            : [$"{endpoint}: Tls.HandshakeTimeout is {tls.HandshakeTimeout}: use more than zero, up to {s_longest}."];

    private static IEnumerable<string> CheckIdleTimeout(string endpoint, TimeSpan timeout) =>
        timeout >= s_shortestIdle && timeout <= s_longest ? [] : [$"{endpoint}: FlowIdleTimeout is {timeout}: use {s_shortestIdle} to {s_longest}."];

    private static IEnumerable<string> CheckTraffic(ConnetDestinationOptions options, ConnetClientOptions client)
    {
        string endpoint = $"Destination '{options.Name}'";
        if (!Enum.IsDefined(options.Traffic))
        {
            yield return $"{endpoint}: Traffic is {options.Traffic}: use {Names<ConnetTraffic>()}.";
        }

        if (!Enum.IsDefined(options.ProxyProtocol))
        {
            yield return $"{endpoint}: ProxyProtocol is {options.ProxyProtocol}: use none, v1 or v2.";
        }
        else if (options.ProxyProtocol != ConnetProxyProtocol.None && EndpointRunner.TrafficOf(options, client) == ConnetTraffic.Datagrams)
        {
            yield return $"{endpoint}: ProxyProtocol is {options.ProxyProtocol}, and datagrams have no such header: leave it out, or use tcp.";
        }
    }

    private static IEnumerable<string> CheckAddress(string endpoint, string? address, ConnetRole role, ConnetClientOptions client) =>
        address is not null && EndpointRunner.Check(address, role, client) is { } problem ? [$"{endpoint}: {problem}"] : [];

    private static ValidateOptionsResult Result(IEnumerable<string> failures)
    {
        string[] all = [.. failures];
        return all.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(all);
    }
}
