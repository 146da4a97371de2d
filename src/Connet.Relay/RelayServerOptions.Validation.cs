using Connet.Protocol;
using Connet.Protocol.Addressing;
using Connet.Protocol.Restrictions;
using Microsoft.Extensions.Options;

namespace Connet.Relay;

/// <content>What is wrong with the options, in sentences for people.</content>
public sealed partial class RelayServerOptions
{
    /// <summary>Checks the options.</summary>
    /// <exception cref="OptionsValidationException">Something is wrong; each failure is one sentence that names the option.</exception>
    public void Validate()
    {
        string[] failures = [.. Failures()];
        if (failures.Length > 0)
        {
            throw new OptionsValidationException(nameof(RelayServerOptions), typeof(RelayServerOptions), failures);
        }
    }

    /// <summary>One sentence for each thing that is wrong.</summary>
    internal IEnumerable<string> Failures() =>
        new[]
        {
            string.IsNullOrEmpty(Token) ? "Token is missing: give the relay one of the control server's relay tokens." : null,
            Try(nameof(ControlAddress), () => ControlHostAndPort()),
            ControlName is { Length: 0 } ? "ControlName is empty: leave it out or give the name on the control server's certificate." : null,
            Positive(HandshakeIdleTimeout, nameof(HandshakeIdleTimeout)),
            Positive(LivenessTimeout, nameof(LivenessTimeout)),
            Positive(ReconnectBackoffInitial, nameof(ReconnectBackoffInitial)),
            Positive(AuthenticationTimeout, nameof(AuthenticationTimeout)),
            Positive(RequestTimeout, nameof(RequestTimeout)),
            Positive(DestinationTimeout, nameof(DestinationTimeout)),
            Positive(HedgeDelay, nameof(HedgeDelay)),
            NotNegative(ControlGracePeriod, nameof(ControlGracePeriod)),
            NotNegative(ShutdownTimeout, nameof(ShutdownTimeout)),
            LivenessInterval < TimeSpan.FromMilliseconds(10) || LivenessInterval > s_longest ? "LivenessInterval must be between 10 ms and one day." : null,
            ReconnectBackoffMax < ReconnectBackoffInitial || ReconnectBackoffMax > s_longest
                ? "ReconnectBackoffMax must be between ReconnectBackoffInitial and one day."
                : null,
            AtLeastOne(MaxUnauthenticatedConnections, nameof(MaxUnauthenticatedConnections)),
            AtLeastOne(MaxConnectionsPerEndpoint, nameof(MaxConnectionsPerEndpoint)),
            MaxStreamsPerConnection is < 1 or > MostStreams ? $"MaxStreamsPerConnection must be between 1 and {MostStreams}." : null,
        }.OfType<string>().Concat(Ingresses.SelectMany(IngressFailures));

    /// <summary>The control server's host and port.</summary>
    /// <exception cref="FormatException">The address is none.</exception>
    internal (string Host, int Port) ControlHostAndPort()
    {
        (string host, int port) = AddressText.Split(ControlAddress, ConnectionKind.ControlRelays.DefaultPort());
        return host.Length > 0 && port > 0
            ? (host, port)
            : throw new FormatException($"'{ControlAddress}' names no host or no port of a control server: write host:port.");
    }

    private const int MostStreams = 65536;

    /// <summary>Timers take no more than some weeks; nobody means more than this.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    private static IEnumerable<string> IngressFailures(RelayIngressOptions ingress, int index)
    {
        string name = $"Ingresses[{index}]";
        return new[]
        {
            Try($"{name}.Address", () => AddressText.Split(ingress.Address, ConnectionKind.RelayClients.DefaultPort())),
            Try($"{name}.HostPorts", () => AdvertisedAddresses.Of(ingress, 1)),
            Try($"{name}.AllowCidrs or DenyCidrs", () => IpRestriction.Parse(ingress.AllowCidrs, ingress.DenyCidrs)),
        }.OfType<string>();
    }

    private static string? Positive(TimeSpan value, string name) =>
        value > TimeSpan.Zero && value <= s_longest ? null : $"{name} must be more than zero, and one day at most.";

    private static string? NotNegative(TimeSpan value, string name) =>
        value >= TimeSpan.Zero && value <= s_longest ? null : $"{name} must be zero or more, and one day at most.";

    private static string? AtLeastOne(int value, string name) => value >= 1 ? null : $"{name} must be at least 1.";

    private static string? Try<T>(string name, Func<T> read)
    {
        try
        {
            read();
            return null;
        }
        catch (FormatException exception)
        {
            return $"{name}: {exception.Message}";
        }
    }
}
