namespace Connet.Control;

/// <summary>How much a control server does for one peer, and for all of them. All counts are at least 1.</summary>
public sealed class ControlServerLimits
{
    private const int MaxStreams = 65536;

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

    /// <summary>What the announcements of one connection may take together, in bytes: names, addresses, certificates, and about 1 KiB for each.</summary>
    /// <value>8,388,608 (8 MiB) by default.</value>
    public int MaxAnnouncedBytesPerSession { get; set; } = 8 * 1024 * 1024;

    /// <summary>
    /// What is kept of the announcements of all connections that have died, in bytes; when there is more, the one that has waited longest
    /// for its client goes at once.
    /// </summary>
    /// <value>268,435,456 (256 MiB) by default.</value>
    public int MaxExpiringBytes { get; set; } = 256 * 1024 * 1024;

    /// <summary>
    /// How many lists one stream may be sent without a pause; those beyond are sent one in each <see cref="PushInterval"/>, each the newest
    /// at its time. The first news after a quiet time is never held back.
    /// </summary>
    /// <value>10 by default.</value>
    public int PushBurst { get; set; } = 10;

    /// <summary>The time between two lists on one stream after a burst, and the time in which a stream may be sent one more at once.</summary>
    /// <value>200 milliseconds by default; zero sends every list at once.</value>
    public TimeSpan PushInterval { get; set; } = TimeSpan.FromMilliseconds(200);

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
        foreach ((string name, TimeSpan value) in new[] { (nameof(AuthenticationTimeout), AuthenticationTimeout), (nameof(RequestTimeout), RequestTimeout) })
        {
            if (value <= TimeSpan.Zero || value > OptionChecks.LongestTime)
            {
                yield return OptionChecks.BadTime($"Limits.{name}", value);
            }
        }

        if (PushInterval < TimeSpan.Zero || PushInterval > OptionChecks.LongestTime)
        {
            yield return $"Limits.{nameof(PushInterval)} is {PushInterval}: it must be zero (off) or more, and at most {OptionChecks.LongestTime.TotalDays} days.";
        }

        foreach ((string name, int value, int maximum) in Counts())
        {
            if (value < 1 || value > maximum)
            {
                yield return $"Limits.{name} is {value}: it must be between 1 and {maximum}.";
            }
        }
    }

    /// <summary>All values with their names.</summary>
    internal IEnumerable<(string Name, object Value)> Values() =>
        Counts().Select(count => (count.Name, (object)count.Value)).Concat(
        [
            (nameof(AuthenticationTimeout), AuthenticationTimeout),
            (nameof(RequestTimeout), RequestTimeout),
            (nameof(PushInterval), PushInterval),
        ]);

    private IEnumerable<(string Name, int Value, int Maximum)> Counts() =>
        [
            (nameof(MaxPendingConnections), MaxPendingConnections, int.MaxValue),
            (nameof(MaxConnections), MaxConnections, int.MaxValue),
            (nameof(MaxAuthenticationLength), MaxAuthenticationLength, Protocol.MessageFraming.MaxMessageLength),
            (nameof(MaxRequestLength), MaxRequestLength, Protocol.MessageFraming.MaxMessageLength),
            (nameof(MaxStreamsPerSession), MaxStreamsPerSession, MaxStreams),
            (nameof(MaxEndpointsPerSession), MaxEndpointsPerSession, int.MaxValue),
            (nameof(MaxAnnouncedBytesPerSession), MaxAnnouncedBytesPerSession, int.MaxValue),
            (nameof(MaxExpiringBytes), MaxExpiringBytes, int.MaxValue),
            (nameof(PushBurst), PushBurst, int.MaxValue),
            (nameof(MaxNameLength), MaxNameLength, int.MaxValue),
            (nameof(MaxMetadataLength), MaxMetadataLength, int.MaxValue),
            (nameof(MaxPeerAddresses), MaxPeerAddresses, int.MaxValue),
            (nameof(MaxPeerRelays), MaxPeerRelays, int.MaxValue),
            (nameof(MaxRelayAddresses), MaxRelayAddresses, int.MaxValue),
        ];
}
