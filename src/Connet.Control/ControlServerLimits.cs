namespace Connet.Control;

/// <summary>How much a control server does for one peer, and for all of them. All counts are at least 1.</summary>
public sealed class ControlServerLimits
{
    /// <summary>How long a connection may take to authenticate once its handshake is complete.</summary>
    /// <value>10 seconds by default.</value>
    public TimeSpan AuthenticationTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the first request on a stream may take to arrive, and the last response on one to be taken.</summary>
    /// <value>10 seconds by default.</value>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Connections of one ingress that are not authenticated yet; when there are more, the one that has waited longest is closed.</summary>
    /// <value>256 by default.</value>
    public int MaxPendingConnections { get; set; } = 256;

    /// <summary>Authenticated connections of one ingress; those beyond are closed.</summary>
    /// <value>100,000 by default.</value>
    public int MaxConnections { get; set; } = 100_000;

    /// <summary>The largest message of a peer that is not authenticated yet, in bytes.</summary>
    /// <value>65,536 by default; at most 16 MiB.</value>
    public int MaxAuthenticationLength { get; set; } = 64 * 1024;

    /// <summary>The largest request of a client, in bytes.</summary>
    /// <value>131,072 by default; at most 16 MiB.</value>
    public int MaxRequestLength { get; set; } = 128 * 1024;

    /// <summary>Streams that a peer may have open at once.</summary>
    /// <value>1,024 by default; at most 65,536.</value>
    public int MaxStreamsPerSession { get; set; } = 1024;

    /// <summary>Endpoints that one connection may announce at once.</summary>
    /// <value>1,024 by default.</value>
    public int MaxEndpointsPerSession { get; set; } = 1024;

    /// <summary>The length of an endpoint's name, in UTF-16 code units.</summary>
    /// <value>256 by default.</value>
    public int MaxNameLength { get; set; } = 256;

    /// <summary>The length of a client's or relay's metadata, in UTF-16 code units; what is beyond is cut off.</summary>
    /// <value>4,096 by default.</value>
    public int MaxMetadataLength { get; set; } = 4096;

    /// <summary>Direct addresses of one announcement.</summary>
    /// <value>256 by default.</value>
    public int MaxPeerAddresses { get; set; } = 256;

    /// <summary>Relays that one announcement may name.</summary>
    /// <value>1,024 by default.</value>
    public int MaxPeerRelays { get; set; } = 1024;

    /// <summary>Addresses that one relay may advertise.</summary>
    /// <value>64 by default.</value>
    public int MaxRelayAddresses { get; set; } = 64;

    /// <summary>What is wrong with the values.</summary>
    /// <returns>One sentence for each; none if all is well.</returns>
    public IEnumerable<string> Validate()
    {
        const int MaxStreams = 65536;
        foreach ((string name, TimeSpan value) in new[] { (nameof(AuthenticationTimeout), AuthenticationTimeout), (nameof(RequestTimeout), RequestTimeout) })
        {
            if (value <= TimeSpan.Zero || value > OptionChecks.LongestTime)
            {
                yield return OptionChecks.BadTime($"Limits.{name}", value);
            }
        }

        foreach ((string name, int value, int maximum) in new[]
        {
            (nameof(MaxPendingConnections), MaxPendingConnections, int.MaxValue),
            (nameof(MaxConnections), MaxConnections, int.MaxValue),
            (nameof(MaxAuthenticationLength), MaxAuthenticationLength, Protocol.MessageFraming.MaxMessageLength),
            (nameof(MaxRequestLength), MaxRequestLength, Protocol.MessageFraming.MaxMessageLength),
            (nameof(MaxStreamsPerSession), MaxStreamsPerSession, MaxStreams),
            (nameof(MaxEndpointsPerSession), MaxEndpointsPerSession, int.MaxValue),
            (nameof(MaxNameLength), MaxNameLength, int.MaxValue),
            (nameof(MaxMetadataLength), MaxMetadataLength, int.MaxValue),
            (nameof(MaxPeerAddresses), MaxPeerAddresses, int.MaxValue),
            (nameof(MaxPeerRelays), MaxPeerRelays, int.MaxValue),
            (nameof(MaxRelayAddresses), MaxRelayAddresses, int.MaxValue),
        })
        {
            if (value < 1 || value > maximum)
            {
                yield return $"Limits.{name} is {value}: it must be between 1 and {maximum}.";
            }
        }
    }
}
